"""Positions, trades, holders and resolutions as the Data API writes them: v1 in camelCase, v2 in snake_case (polymarket.md §5.4).

Sizes and prices are JSON numbers there; here they are written from integers, digit for digit.
"""

from collections.abc import Mapping

import msgspec

from oms.values.market import PAYOUT_ONE_PPM, Market, TokenId
from oms.values.orders import Side
from oms.values.units import MICRO, CashMicro, SharesMicro, micro_text, price_text
from sim.gateway.asking import json_number
from sim.gateway.catalogue import Catalogue
from sim.gateway.ids import checksummed
from sim.gateway.marks import price_micro
from sim.gateway.positions import Position
from sim.gateway.records import VenueTrade
from sim.gateway.wire import iso_text, seconds
from sim.listing import MarketState
from sim.outcomes import Leg

Told = dict[str, object]
_V1_NAMES = {
    "proxy_wallet": "proxyWallet", "token_id": "asset", "condition_id": "conditionId", "current_size": "size", "avg_price": "avgPrice",
    "entry_cost_usdc": "initialValue", "current_value": "currentValue", "total_pnl": "cashPnl", "percent_pnl": "percentPnl",
    "total_size": "totalBought", "realized_pnl": "realizedPnl", "percent_realized_pnl": "percentRealizedPnl", "current_price": "curPrice",
    "event_slug": "eventSlug", "outcome_index": "outcomeIndex", "opposite_outcome": "oppositeOutcome", "opposite_token_id": "oppositeAsset",
    "end_date": "endDate", "negative_risk": "negativeRisk", "transaction_hash": "transactionHash", "usdc_size": "usdcSize",
}  # fmt: skip
"""v2's name of a field → v1's, where they differ."""
_V1_POSITION = (
    "proxy_wallet", "token_id", "condition_id", "current_size", "avg_price", "entry_cost_usdc", "current_value", "total_pnl", "percent_pnl",
    "total_size", "realized_pnl", "percent_realized_pnl", "current_price", "redeemable", "mergeable", "title", "slug", "icon", "event_slug",
    "outcome", "outcome_index", "opposite_outcome", "opposite_token_id", "end_date", "negative_risk",
)  # fmt: skip


class DataRows:
    """Writes the rows."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._host = catalogue.host

    def position(self, account: str, position: Position, *, is_mergeable: bool) -> Told:
        """A position of v2. `total_size` is what was bought ever, not what is held: the venue's own trap."""
        market = position.market
        price = price_micro(self._host, market.market_id, position.token)
        value = position.held_micro * price // MICRO
        unrealized = value - position.cost_micro
        total = unrealized + position.realized_micro
        return {
            "proxy_wallet": wallet(account),
            **self._names(market, position.token),
            "current_size": number(position.held_micro),
            "avg_price": number(_part(position.cost_micro, position.held_micro)),
            "entry_cost_usdc": number(position.cost_micro),
            "entry_fees_usdc": number(position.fees_micro),
            "total_cost_usdc": number(position.cost_micro + position.fees_micro),
            "current_price": number(price),
            "current_value": number(value),
            "total_size": number(position.bought_micro),
            "realized_pnl": number(position.realized_micro),
            "unrealized_pnl": number(unrealized),
            "total_pnl": number(total),
            "percent_pnl": number(_part(total, position.cost_micro) * 100),
            "percent_realized_pnl": number(_part(position.realized_micro, position.cost_micro) * 100),
            "status": "OPEN" if position.is_open else "CLOSED",
            "redeemable": False,
            "mergeable": is_mergeable,
            "negative_risk": market.neg_risk,
            "archived": False,
            "verified": False,
            "opposite_outcome": self._outcome(market, market.other(position.token)),
            "opposite_token_id": market.other(position.token),
            "end_date": iso_text(market.end_ns)[:10] if market.end_ns is not None else "",
            "event_id": self._catalogue.event_of(market).number,
            "first_entry_at": seconds(position.first_ns),
            "last_event_at": seconds(position.last_ns),
            "name": "",
            "profile_image": "",
        }

    def trade(self, trade: VenueTrade, leg: Leg) -> Told:
        """One party's part of a trade, v2."""
        return {
            "proxy_wallet": wallet(leg.account),
            **self._names(trade.market, leg.token),
            "side": leg.side.value,
            "size": number(leg.shares_micro),
            "price": json_number(price_text(leg.price_pips)),
            "timestamp": seconds(trade.matched_ns),
            "transaction_hash": trade.transaction_hash,
            "name": "",
            "pseudonym": "",
            "bio": "",
            "profile_image": "",
            "profile_image_optimized": "",
        }

    def activity(self, trade: VenueTrade, leg: Leg) -> Told:
        """A trade as a wallet's activity, v2: the fee of a taker is in its cash."""
        fee = leg.fee_cash_micro if leg.side is Side.BUY else -leg.fee_cash_micro
        return {**self.trade(trade, leg), "type": "TRADE", "is_combo": False, "usdc_size": number(leg.cash_micro + fee)}

    def resolution(self, market: Market) -> Told:
        """How the end of a market stands, v2."""
        state = self._host.state(market.market_id)
        payout = self._host.payouts.get(market.market_id)
        told: Told = {
            "question_id": None,
            "condition_id": market.market_id,
            "status": {MarketState.OPEN: "initialized", MarketState.CLOSED: "proposed", MarketState.RESOLVED: "resolved"}[state],
            "extended_review": False,
            "was_disputed": False,
            "new_version_q": False,
            "proposed_price": "69",
            "reproposed_price": "69",
            "price": "69",
            "last_update_timestamp": seconds(self._host.now_ns()),
            "market_type": "ATOMIC_NEGRISK" if market.neg_risk else "BINARY",
            "reporter": "EOA",
        }
        if payout is not None:
            told |= {"payouts": [payout.yes_ppm, payout.no_ppm], "resolution_source": "reported"}
            told["price"] = micro_text(payout.yes_ppm * MICRO // PAYOUT_ONE_PPM)
        return told

    def holder(self, account: str, market: Market, token: TokenId, held_micro: SharesMicro) -> Told:
        """One of a token's holders, v2."""
        return {
            "proxy_wallet": wallet(account),
            "token_id": token,
            "amount": number(held_micro),
            "outcome_index": int(token == market.no),
            "display_username_public": False,
            "verified": False,
            "name": "",
        }

    def _names(self, market: Market, token: TokenId) -> Told:
        listed, entry = self._host.listed[market.market_id], self._catalogue.event_of(market)
        return {
            "token_id": token,
            "condition_id": market.market_id,
            "title": market.title,
            "slug": self._catalogue.slug(listed),
            "icon": "",
            "event_slug": self._catalogue.event_slug(entry),
            "outcome": self._outcome(market, token),
            "outcome_index": int(token == market.no),
        }

    def _outcome(self, market: Market, token: TokenId) -> str:
        return self._host.listed[market.market_id].terms.outcomes[token == market.no]


def wallet(account: str) -> str:
    """The address of an account in EIP-55 case; a trader inside the process is shown by name, which no address can be."""
    return checksummed(account) if account.startswith("0x") and len(account) == 42 else account


def number(value_micro: CashMicro | SharesMicro) -> msgspec.Raw:
    """Micro-units as a JSON number."""
    return json_number(micro_text(value_micro))


def old_names(row: Mapping[str, object], names: tuple[str, ...] | None = None) -> Told:
    """A row of v2 as v1 writes it; `names`: only these fields of it."""
    return {_V1_NAMES.get(name, name): row[name] for name in names or row}


def old_position(row: Mapping[str, object]) -> Told:
    """A position of v2 as v1 writes it."""
    return old_names(row, _V1_POSITION)


def _part(value: int, of: int) -> int:
    """value ÷ of in micro-units, rounded towards zero; 0 of nothing."""
    return (abs(value) * MICRO // of) * (1 if value >= 0 else -1) if of else 0
