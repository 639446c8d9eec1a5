"""What the operator of the simulated venue may do while it runs: markets, money, misfortune. Every request carries a token. No socket.

`POST /admin/<word>` with a JSON body; a field that is not known is refused. Times are seconds, money and sizes decimal texts, prices texts.

    markets      list one             close, resolve, void, tick     what becomes of it
    faucet       cash, or complete sets of shares for it             cancel-all     the venue cancels what stands
    settlement   delays and failure rate of trades to come           settle         one trade takes a step now
    conditions   modes, restart, limits, regions, standing, allowances
    faults       mishaps of requests (kinds: sim/faults.py): rates from a seed, or the next so many
    streams      what is wrong with a channel                        disconnect     close all its sockets
    state        (GET) what there is, and the audit of the books     account/0x…    (GET) one wallet: balances, orders, trades, in micro units
"""

from collections.abc import Callable
from typing import Final, Protocol, TypeVar

import msgspec

from oms.values.market import FeeCurve, Payout
from oms.values.nesting import check_nesting
from oms.values.units import NS_PER_MS, NS_PER_SECOND, BadNumber, size_micro_from_text, tick_pips_from_text
from sim.faults import Faults
from sim.gateway.admin_account import account_row
from sim.gateway.admin_words import AdminBody, Gift, Hangup, Health, Misfortune, NewMarket, OfMarket, Settling, Spoilt, Step, Wallet
from sim.gateway.authentication import is_same
from sim.gateway.cancelling import standing
from sim.gateway.conditions import Conditions, Rates
from sim.gateway.frames import Closing
from sim.gateway.host import Host
from sim.gateway.ids import BadId, checksummed, new_market
from sim.gateway.pathologies import Pathologies
from sim.gateway.records import Terms
from sim.gateway.wire import Asked, Route, WireError
from sim.outcomes import NotPossible, Refusal

CHANNELS: Final = ("market", "user")
ADMIN: Final = "admin"
"""Who asks, as a journal says it."""


class Channels(Protocol):
    """The streams, as far as an admin knows them (sockets.py)."""

    def spoil(self, channel: str, pathologies: Pathologies) -> None:
        """What is wrong with a channel from now on."""

    def close_all(self, channel: str, closing: Closing) -> int:
        """Close every socket of it."""


_B = TypeVar("_B", bound=AdminBody)
_V = TypeVar("_V")


class Admin:
    """Serves the operator. Without streams `streams` and `disconnect` are refused."""

    def __init__(self, host: Host, conditions: Conditions, token: str, channels: Channels | None = None) -> None:
        assert token, "an admin without a token would be everybody"
        self._host = host
        self._conditions = conditions
        self._token = token
        self._channels = channels

    def routes(self) -> list[Route]:
        """What the gateway serves of this."""
        return [
            self._deed("/admin/markets", self._taking(NewMarket, self._list)),
            self._deed("/admin/close", self._taking(OfMarket, self._close)),
            self._deed("/admin/resolve", self._taking(OfMarket, self._resolve)),
            self._deed("/admin/void", self._taking(OfMarket, self._void)),
            self._deed("/admin/tick", self._taking(OfMarket, self._tick)),
            self._deed("/admin/faucet", self._taking(Gift, self._give)),
            self._deed("/admin/cancel-all", self._taking(Wallet, self._cancel_all)),
            self._deed("/admin/settlement", self._taking(Settling, self._settlement)),
            self._deed("/admin/settle", self._taking(Step, self._settle)),
            self._deed("/admin/conditions", self._taking(Health, self._change)),
            self._deed("/admin/faults", self._taking(Misfortune, self._spoil)),
            self._deed("/admin/streams", self._taking(Spoilt, self._spoil_stream)),
            self._deed("/admin/disconnect", self._taking(Hangup, self._hang_up)),
            Route("GET", "/admin/state", self._state),
            Route("GET", "/admin/account/{address}", self._account),
        ]

    def _deed(self, path: str, endpoint: Callable[[Asked], object]) -> Route:
        return Route("POST", path, endpoint, who=self._who)

    def _who(self, asked: Asked) -> str:
        self._check(asked)
        return ADMIN

    def _check(self, asked: Asked) -> None:
        if asked.who == ADMIN:
            return
        told = asked.headers.get("authorization", "").removeprefix("Bearer ")
        if not is_same(self._token, told):
            raise WireError(401, "the admin's token is missing or wrong: send it as 'Authorization: Bearer …'")

    def _taking(self, kind: type[_B], deed: Callable[[_B], object]) -> Callable[[Asked], object]:
        """An endpoint that takes a body of this kind. What cannot be done is a 400 with the reason in one line."""

        def endpoint(asked: Asked) -> object:
            self._check(asked)
            try:
                check_nesting(asked.body)
                told = deed(msgspec.json.decode(asked.body or b"{}", type=kind))
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, NotPossible, BadId, BadNumber, ValueError) as error:
                raise WireError(400, str(error)) from None
            return {"ok": True} if told is None else told

        return endpoint

    def _list(self, wanted: NewMarket) -> object:
        market = new_market(
            wanted.title,
            generation=wanted.generation,
            neg_risk=wanted.neg_risk,
            tick_pips=tick_pips_from_text(wanted.tick),
            fee=FeeCurve(rate_bps=wanted.fee_bps),
            end_ns=None if wanted.end_s is None else wanted.end_s * NS_PER_SECOND,
        )
        market = msgspec.structs.replace(market, event_id=wanted.event_id, min_shares_micro=size_micro_from_text(wanted.min_size))
        terms = Terms(
            slug=wanted.slug,
            description=wanted.description,
            outcomes=wanted.outcomes,
            tags=wanted.tags,
            hold_ns=wanted.hold_ms * NS_PER_MS,
            hold_keeps_reply=wanted.hold_keeps_reply,
            pays_after_ns=wanted.pays_after_s * NS_PER_SECOND,
            listed_ns=self._host.now_ns(),
        )
        self._host.list_market(market, terms)
        return {"market": market.market_id, "tokens": [market.yes, market.no]}

    def _close(self, wanted: OfMarket) -> None:
        self._host.close(wanted.market)

    def _resolve(self, wanted: OfMarket) -> None:
        yes_ppm = 0 if wanted.yes_ppm is None else wanted.yes_ppm
        if wanted.yes_ppm is None:
            raise ValueError("say with yes_ppm what a YES share pays: 1000000 or 0")
        self._host.resolve(wanted.market, Payout(yes_ppm=yes_ppm, no_ppm=1_000_000 - yes_ppm))

    def _void(self, wanted: OfMarket) -> None:
        self._host.void(wanted.market, refund=wanted.refund)

    def _tick(self, wanted: OfMarket) -> None:
        self._host.change_tick(wanted.market, tick_pips_from_text(wanted.tick))

    def _give(self, wanted: Gift) -> None:
        account, exchange = self._host.open_wallet(wanted.address), self._host.exchange
        cash, sets = size_micro_from_text(wanted.cash), size_micro_from_text(wanted.sets)
        if cash + sets <= 0:
            raise ValueError("nothing is given: name cash, or a market and sets")
        if sets and wanted.market not in exchange.listings:
            raise ValueError(f"there is no market {wanted.market!r}")
        exchange.deposit(account, cash + sets)
        if sets:
            refusal: Refusal | None = exchange.split(account, wanted.market, sets)
            if refusal is not None:
                exchange.withdraw(account, sets)
                raise ValueError(refusal.value)

    def _cancel_all(self, wanted: Wallet) -> object:
        accounts = [checksummed(wanted.address).lower()] if wanted.address else list(self._host.exchange.clearing.accounts)
        orders = [order for account in accounts for order in standing(self._host, account)]
        for order in orders:
            self._host.cancel(order)
        return {"canceled": len(orders)}

    def _settlement(self, wanted: Settling) -> None:
        now = self._host.settings
        self._host.settings = msgspec.structs.replace(
            now,
            mined_ns=now.mined_ns if wanted.mined_ms is None else wanted.mined_ms * NS_PER_MS,
            confirmed_ns=now.confirmed_ns if wanted.confirmed_ms is None else wanted.confirmed_ms * NS_PER_MS,
            failed_ppm=now.failed_ppm if wanted.failed_ppm is None else wanted.failed_ppm,
        )

    def _settle(self, wanted: Step) -> None:
        trade = self._host.book.trades.get(wanted.trade)
        if trade is None:
            raise ValueError(f"there is no trade {wanted.trade!r}")
        self._host.settle(trade, wanted.stage)

    def _change(self, wanted: Health) -> None:
        conditions, at_ns = self._conditions, self._host.now_ns()
        if wanted.mode is not None:
            conditions.mode = wanted.mode
        if wanted.restart_s is not None:
            conditions.restart(wanted.restart_s, at_ns)
        if wanted.post_only_s is not None:
            conditions.post_only_until_ns = at_ns + int(wanted.post_only_s * NS_PER_SECOND)
        if wanted.geoblocked is not None:
            conditions.geoblocked = wanted.geoblocked
        if wanted.is_limited is not None or wanted.rates is not None:
            conditions.rates = None if wanted.is_limited is False else wanted.rates or Rates()
        for address, words in wanted.standing.items():
            _mark(conditions.closed_only, address, words or None)
        for address, is_approved in wanted.approved.items():
            _mark(conditions.unapproved, address, None if is_approved else True)

    def _spoil(self, wanted: Misfortune) -> object:
        if wanted.rates is not None:
            self._conditions.faults = Faults(wanted.seed or 0, rates=wanted.rates)
        for kind, count in wanted.next.items():
            self._conditions.order(kind, count)
        return {"struck": self._conditions.faults.counts()}

    def _spoil_stream(self, wanted: Spoilt) -> None:
        self._channel(wanted.channel).spoil(wanted.channel, wanted.pathologies)

    def _hang_up(self, wanted: Hangup) -> object:
        return {"closed": self._channel(wanted.channel).close_all(wanted.channel, Closing(wanted.code, wanted.reason))}

    def _channel(self, name: str) -> Channels:
        if self._channels is None or name not in CHANNELS:
            raise ValueError(f"there is no channel {name!r}; there are {', '.join(CHANNELS)}")
        return self._channels

    def _account(self, asked: Asked) -> object:
        self._check(asked)
        self._host.now_ns()
        try:
            return account_row(self._host, asked.named["address"])
        except (BadId, ValueError) as error:
            raise WireError(404, str(error)) from None

    def _state(self, asked: Asked) -> object:
        self._check(asked)
        host = self._host
        return {
            "markets": [{"market": market_id, "state": host.state(market_id).value} for market_id in host.listed],
            "accounts": len(host.exchange.clearing.accounts),
            "orders_standing": sum(len(listing.standing) for listing in host.exchange.listings.values()),
            "trades": len(host.book.trades),
            "audit": host.exchange.audit() or "balanced",
        }


def _mark(marks: dict[str, _V], address: str, value: _V | None) -> None:
    """Set or lift what is said of a wallet. Raises BadId."""
    account = checksummed(address).lower()
    if value is None:
        marks.pop(account, None)
    else:
        marks[account] = value
