"""Test words of exclusive events: markets q0, q1, … of one event on an exchange, and what everybody has of them."""

from msgspec.structs import replace

from oms.values.market import EventGroup, FeeCurve, Market, Payout
from oms.values.orders import Lifetime, OrderSpec, Side
from oms.values.units import MICRO
from sim.exchange import Exchange
from tests.words import NOON_NS, given_market

EVENT = "event"
YES_WINS = Payout(yes_ppm=MICRO, no_ppm=0)
NO_WINS = Payout(yes_ppm=0, no_ppm=MICRO)


def names_of(count: int) -> tuple[str, ...]:
    return tuple(f"q{number}" for number in range(count))


def yes_of(market_id: str) -> str:
    return f"{market_id}:YES"


def no_of(market_id: str) -> str:
    return f"{market_id}:NO"


def given_question(market_id: str, *, fee_bps: int = 0, event_id: str = EVENT) -> Market:
    fee = FeeCurve(rate_bps=fee_bps)
    return replace(given_market(fee=fee), market_id=market_id, yes=yes_of(market_id), no=no_of(market_id), event_id=event_id, neg_risk=True)


def given_group(
    *market_ids: str, exhaustive: bool = True, conversion_fee_bps: int | None = 0, questions: int = 0, exclusive: bool = True
) -> EventGroup:
    return EventGroup(
        event_id=EVENT,
        market_ids=market_ids,
        exclusive=exclusive,
        exhaustive=exhaustive,
        questions=questions,
        conversion_fee_bps=conversion_fee_bps,
    )


def given_event(
    count: int, *names: str, cash: int = 1_000, fee_bps: int = 0, conversion_fee_bps: int | None = 0, exhaustive: bool = True, instant: bool = True
) -> Exchange:
    """An exchange with one event of `count` markets, and traders with `cash` dollars each."""
    exchange = Exchange(instant_settlement=instant)
    for market_id in names_of(count):
        exchange.list_market(given_question(market_id, fee_bps=fee_bps), NOON_NS)
    exchange.list_event(given_group(*names_of(count), exhaustive=exhaustive, conversion_fee_bps=conversion_fee_bps), NOON_NS)
    for name in names or ("alice", "bob"):
        exchange.deposit(name, cash * MICRO)
    exchange.drain_public()
    return exchange


def wish(what: str, cents: int, size: float, lifetime: Lifetime = Lifetime.GTC) -> OrderSpec:
    """`what` is "BUY q0:YES" and so on; size in shares, or dollars for an immediate BUY."""
    side, token = what.split()
    return OrderSpec(
        market_id=token.split(":")[0], token=token, side=Side[side], price_pips=cents * 100, size_micro=round(size * MICRO), lifetime=lifetime
    )  # fmt: skip


def holds(exchange: Exchange, name: str) -> dict[str, float]:
    """Shares by token, those of which there are any."""
    return {token: held.total_micro / MICRO for token, held in exchange.account(name).tokens.items() if held.total_micro}
