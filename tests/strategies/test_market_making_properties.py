"""strategies/market_making.py: what holds in every market, with every inventory and every setting."""

import msgspec
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from oms.values.decisions import Decision, Quote, Quotes
from oms.values.orders import Side
from oms.values.snapshot import BookView, Snapshot, TokenHolding
from oms.values.units import MICRO, PRICE_ONE_PIPS, cost_cash_micro
from strategies.market_making import Params, evaluate
from tests.words import NO, YES, given_book_view, given_market, given_mirror_of, given_resting, given_snapshot, given_swapped

TICKS = (1, 10, 100)
OTHER = {YES: NO, NO: YES}
ROOMY = {"max_net_shares": 10_000_000, "max_collateral_usd": 10_000_000, "stop_buying_above_pips": PRICE_ONE_PIPS}


@st.composite
def books(draw: st.DrawFn, tick_pips: int) -> BookView:
    """A YES book with one to three levels a side, not crossed, anywhere in the price range."""
    rungs = PRICE_ONE_PIPS // tick_pips
    bid = draw(st.integers(1, rungs - 2))
    ask = draw(st.integers(bid + 1, min(rungs - 1, bid + 40)))
    shares = st.integers(1, 500)
    bids = [((bid - k) * tick_pips, draw(shares)) for k in range(draw(st.integers(1, 3))) if bid - k > 0]
    asks = [((ask + k) * tick_pips, draw(shares)) for k in range(draw(st.integers(1, 3))) if ask + k < rungs]
    return given_book_view(bids=bids, asks=asks, tick_pips=tick_pips)


@st.composite
def holdings(draw: st.DrawFn) -> TokenHolding:
    """Confirmed shares, some offered, some on their way; fractions of a share included."""
    confirmed = draw(st.integers(0, 200 * MICRO))
    offered = draw(st.integers(0, confirmed))
    return TokenHolding(
        confirmed_micro=confirmed,
        provisional_micro=draw(st.integers(-min(confirmed, 5 * MICRO), 100 * MICRO)),
        resting_sell_micro=offered,
        sellable_micro=confirmed - offered,
    )


@st.composite
def snapshots(draw: st.DrawFn) -> Snapshot:
    """Any moment of a healthy market."""
    yes = draw(books(draw(st.sampled_from(TICKS))))
    resting = [given_resting("a", Side.BUY, draw(st.integers(1, 9_999)), draw(st.integers(1, 50)))] if draw(st.booleans()) else []
    return given_snapshot(
        market=given_market(tick_pips=yes.tick_pips, left_s=draw(st.sampled_from([None, 30, 60, 3_600]))),
        yes=yes,
        yes_holding=draw(holdings()),
        no_holding=draw(holdings()),
        resting=resting,
        cash=draw(st.integers(0, 500)),
    )


@st.composite
def all_params(draw: st.DrawFn) -> Params:
    """Any setting one might try."""
    return Params(
        fair=draw(st.sampled_from(["mid", "microprice"])),
        half_spread_pips=draw(st.integers(1, 500)),
        step_pips=draw(st.integers(1, 300)),
        depth=draw(st.integers(1, 4)),
        size_shares=draw(st.integers(1, 60)),
        lean_pips_per_100_shares=draw(st.integers(0, 1_000)),
        max_net_shares=draw(st.integers(1, 300)),
        max_collateral_usd=draw(st.integers(1, 300)),
        stop_buying_above_pips=draw(st.sampled_from([5_000, 9_000, 10_000])),
    )


def quotes_of(decision: Decision) -> tuple[Quote, ...]:
    """What is quoted; nothing when it stands aside."""
    return decision.quotes if isinstance(decision, Quotes) else ()


def in_yes_terms(quote: Quote) -> tuple[Side, int]:
    """A trade in NO at p is the opposite trade in YES at 1 − p."""
    return (quote.side, quote.price_pips) if quote.token == YES else (quote.side.opposite, PRICE_ONE_PIPS - quote.price_pips)


@given(snapshots(), all_params())
@settings(max_examples=150)
def test_no_quote_crosses_a_book_or_another_quote_and_all_lie_on_the_grid(view: Snapshot, params: Params) -> None:  # req 0.13, 2.4
    best_bid, best_ask = view.yes.bids[0][0], view.yes.asks[0][0]
    seen = [in_yes_terms(quote) for quote in quotes_of(evaluate(view, params))]
    for side, price_pips in seen:
        assert price_pips % view.yes.tick_pips == 0
        assert view.yes.tick_pips <= price_pips <= PRICE_ONE_PIPS - view.yes.tick_pips
        assert price_pips < best_ask if side is Side.BUY else price_pips > best_bid
    bids = [price for side, price in seen if side is Side.BUY]
    asks = [price for side, price in seen if side is Side.SELL]
    assert max(bids, default=0) < min(asks, default=PRICE_ONE_PIPS)


@given(snapshots(), all_params())
@settings(max_examples=150)
def test_sales_capital_and_exposure_stay_within_what_there_is_and_what_is_allowed(view: Snapshot, params: Params) -> None:  # req 2.31, 2.44
    quotes = quotes_of(evaluate(view, params))
    for token, holding in ((YES, view.yes_holding), (NO, view.no_holding)):
        sold = sum(quote.shares_micro for quote in quotes if quote.token == token and quote.side is Side.SELL)
        assert sold <= holding.sellable_micro + holding.resting_sell_micro
    cost = sum(cost_cash_micro(quote.shares_micro, quote.price_pips) for quote in quotes if quote.side is Side.BUY)
    standing = sum(cost_cash_micro(order.remaining_micro, order.price_pips) for order in view.resting)
    assert cost <= view.cash_free_micro + standing
    assert cost <= params.max_collateral_usd * MICRO
    longer = sum(quote.shares_micro for quote in quotes if in_yes_terms(quote)[0] is Side.BUY)
    shorter = sum(quote.shares_micro for quote in quotes if in_yes_terms(quote)[0] is Side.SELL)
    assert longer <= max(0, params.max_net_shares * MICRO - view.net_micro)
    assert shorter <= max(0, params.max_net_shares * MICRO + view.net_micro)


@given(snapshots(), all_params())
@settings(max_examples=150)
def test_every_quote_is_one_a_venue_would_take(view: Snapshot, params: Params) -> None:
    decision = evaluate(view, params)
    assert decision.why
    quotes = quotes_of(decision)
    for quote in quotes:
        assert quote.why
        assert quote.shares_micro >= view.market.min_shares_micro
        assert quote.shares_micro % 10_000 == 0
    places = [(quote.token, quote.side, quote.price_pips) for quote in quotes]
    assert len(places) == len(dict.fromkeys(places))


@given(snapshots(), all_params())
@settings(max_examples=150)
def test_swapping_yes_and_no_swaps_the_quotes_and_nothing_else(view: Snapshot, params: Params) -> None:  # req 2.42
    def places(quotes: tuple[Quote, ...], names: dict[str, str]) -> list[tuple[str, str, int, int]]:
        return sorted((names[quote.token], quote.side.name, quote.price_pips, quote.shares_micro) for quote in quotes)

    here, there = evaluate(view, params), evaluate(given_swapped(view), params)
    assert places(quotes_of(here), OTHER) == places(quotes_of(there), {YES: YES, NO: NO})


def best_prices(view: Snapshot, params: Params) -> tuple[int, int]:
    """Best bid and best ask quoted, in YES terms; 0 and 10 000 when there is none."""
    seen = [in_yes_terms(quote) for quote in quotes_of(evaluate(view, params))]
    bid = max((price for side, price in seen if side is Side.BUY), default=0)
    ask = min((price for side, price in seen if side is Side.SELL), default=PRICE_ONE_PIPS)
    return bid, ask


@given(snapshots(), all_params(), st.integers(1, 100), st.integers(0, 100))
@settings(max_examples=150)
def test_more_inventory_never_raises_the_bid_or_the_ask(view: Snapshot, params: Params, more: int, lean: int) -> None:  # req 2.41
    """Told apart from the caps, which take rungs away: here there is room for all of them."""
    roomy = msgspec.structs.replace(params, size_shares=10, lean_pips_per_100_shares=lean, **ROOMY)
    flush = msgspec.structs.replace(view, cash_free_micro=10**12, market=given_market(tick_pips=view.market.tick_pips))
    fuller = msgspec.structs.replace(
        flush,
        yes_holding=msgspec.structs.replace(flush.yes_holding, provisional_micro=flush.yes_holding.provisional_micro + more * MICRO),
    )
    bid, ask = best_prices(flush, roomy)
    bid_then, ask_then = best_prices(fuller, roomy)
    assert bid_then <= bid
    assert ask_then <= ask


@given(st.sampled_from(TICKS), st.data())
@settings(max_examples=80)
def test_sales_go_on_wherever_buys_stop(tick_pips: int, data: st.DataObject) -> None:  # req 2.43
    yes = data.draw(books(tick_pips))
    holding = TokenHolding(confirmed_micro=50 * MICRO, sellable_micro=50 * MICRO)
    params = Params(half_spread_pips=1, depth=1, lean_pips_per_100_shares=0)
    open_, closing = (given_snapshot(market=given_market(left_s=left_s), yes=yes, yes_holding=holding, no_holding=holding) for left_s in (3_600, 10))

    def sales(view: Snapshot) -> list[Quote]:
        return [quote for quote in quotes_of(evaluate(view, params)) if quote.side is Side.SELL]

    before, after = sales(open_), sales(closing)
    assume(before)
    assert [(q.token, q.price_pips, q.shares_micro) for q in after] == [(q.token, q.price_pips, q.shares_micro) for q in before]
    assert all(quote.side is Side.SELL for quote in quotes_of(evaluate(closing, params)))


@given(snapshots(), all_params())
@settings(max_examples=50)
def test_the_same_view_gives_the_same_decision_and_is_left_as_it_was(view: Snapshot, params: Params) -> None:  # req 2.21
    before = msgspec.json.encode(view)
    assert evaluate(view, params) == evaluate(view, params)
    assert msgspec.json.encode(view) == before


@given(st.sampled_from(TICKS), st.data(), st.integers(1, 400))
@settings(max_examples=80)
def test_a_book_of_the_other_token_that_shows_a_better_price_is_not_crossed_either(tick_pips: int, data: st.DataObject, half: int) -> None:
    yes, hidden = data.draw(books(tick_pips)), data.draw(books(tick_pips))
    no = given_mirror_of(hidden)
    view = given_snapshot(yes=yes, no=no)
    best_bid = max(yes.bids[0][0], hidden.bids[0][0])
    best_ask = min(yes.asks[0][0], hidden.asks[0][0])
    for quote in quotes_of(evaluate(view, Params(half_spread_pips=half))):
        side, price_pips = in_yes_terms(quote)
        assert best_bid < best_ask
        assert price_pips < best_ask if side is Side.BUY else price_pips > best_bid
