"""Histories to report on: one by hand, and any at all for property tests; and how a page is read."""

from html.parser import HTMLParser
from typing import Any

from hypothesis import strategies as st
from msgspec.structs import replace

from oms.values.history import EquityPoint, FillPoint, HealthPoint, History, LensPoint, MarketHistory, MarketPoint, Measure
from oms.values.market import Payout
from oms.values.orders import Side
from oms.values.snapshot import Health
from oms.values.units import MICRO, NS_PER_SECOND
from oms.values.views import LensView
from tests.words import NOON_NS, given_market

FIRST = NOON_NS
LAST = NOON_NS + 600 * NS_PER_SECOND
START = 1_000 * MICRO


def given_totals(**other: object) -> dict[str, Any]:
    """A run report as a journal comes to it, with nothing special in it."""
    told = {
        "report": 1,
        "orders": {"placed": 9, "filled": 2, "cancelled": 4, "expired": 0, "rejected": 1, "failed": 0, "resting": 2, "unknown": 0}
        | {"of_which_part_filled": 1},
        "fills": {
            "count": 3,
            "shares_micro": 60 * MICRO,
            "by_outcome_side": {"YES": {"BUY": 1, "SELL": 1}, "NO": {"BUY": 1, "SELL": 0}},
            "shares_micro_by_outcome_side": {"YES": {"BUY": 20 * MICRO, "SELL": 10 * MICRO}, "NO": {"BUY": 30 * MICRO, "SELL": 0}},
            "inferred": 1,
            "settlements_failed": 0,
            "settlements_open": 1,
        },
        "cash": {"start_micro": START, "free_micro": START - 20 * MICRO, "pending_micro": 10 * MICRO, "fees_micro": 5_000}
        | {"equity_worst_micro": START - 15_500_000, "equity_mark_micro": START + 2_250_000},
        "marks": {"live": 1, "old": 0, "none": 0},
        "books": {"health": {"LIVE": 2, "SUSPECT": 0, "STALE": 0, "CLOSED": 0}, "hash_checked": 0, "hash_agreed": 0, "hash_agreement": None}
        | {"mirror_judged": 4, "mirror_agreed": 3, "mirror_agreement": 0.75},
        "arbitrage": None,
        "refused_by_gate": {"ORDER_CAP": 4, "NOT_ENOUGH_CASH": 3},
        "oddities": {},
        "markets": {"known": 1, "resolved": 0},
        "conserved": True,
        "conservation": {"statements_compared": 7, "full_recounts": 2},
        "latency_us": {"age_at_decision": None},
        "lenses": None,
        "events": 5_000,
        "turns": 1_000,
        "virtual_s": 600,
        "seed": 7,
        "commit": "abc",
        "config_hash": "cd" * 32,
        "commands": 20,
        "commands_hash": "ab" * 32,
    }
    return {**told, **other}


def given_point(at_s: int, **other: Any) -> MarketPoint:  # noqa: ANN401 (any field of it)
    """A moment of a market, `at_s` after the beginning."""
    usual = MarketPoint(
        at_ns=FIRST + at_s * NS_PER_SECOND,
        bid_pips=4_900,
        ask_pips=5_100,
        our_bid_pips=4_800,
        our_ask_pips=5_200,
        yes_micro=20 * MICRO,
        no_micro=0,
        health=Health.LIVE,
    )
    return replace(usual, **other)


def given_fill(at_s: int, outcome: str = "YES", side: Side = Side.BUY, **other: Any) -> FillPoint:  # noqa: ANN401 (any field of it)
    """A fill, `at_s` after the beginning."""
    usual = FillPoint(
        at_ns=FIRST + at_s * NS_PER_SECOND,
        order_id=f"7-{at_s}",
        trade_id=f"t{at_s}",
        outcome=outcome,
        side=side,
        price_pips=4_800,
        yes_price_pips=4_800 if outcome == "YES" else 5_200,
        shares_micro=20 * MICRO,
        fee_cash_micro=0,
        is_maker=True,
        inferred=False,
    )
    return replace(usual, **other)


def given_market_history(title: str = "Will it?", **other: Any) -> MarketHistory:  # noqa: ANN401 (any field of it)
    """A market with three fills."""
    usual = MarketHistory(
        market=replace(given_market(), title=title),
        points=(
            given_point(0),
            given_point(60, bid_pips=0, health=Health.STALE),
            given_point(300, yes_micro=0, no_micro=30 * MICRO),
            given_point(590),
        ),
        fills=(given_fill(10), given_fill(200, side=Side.SELL, shares_micro=10 * MICRO), given_fill(250, "NO", inferred=True)),
        orders=9,
        cash_micro=-15_500_000,
        payout=None,
    )
    return replace(usual, **other)


def given_lenses(at_s: int, worst: int) -> LensPoint:
    """Three lenses, each a dollar worse than the one before."""
    views = [
        LensView(name=name, fills=9 - number, inferred=1, result_worst_micro=worst - number * MICRO, result_mark_micro=None if number else worst)
        for number, name in enumerate(("touch", "queue", "through"))
    ]
    return LensPoint(at_ns=FIRST + at_s * NS_PER_SECOND, lenses=tuple(views))


def given_history(**other: Any) -> History:  # noqa: ANN401 (any field of it)
    """Ten minutes in one market."""
    worst = (START, START - 20 * MICRO, START - 15_500_000)
    marks = (START, None, START + 2_250_000)
    times = (FIRST, FIRST + 200 * NS_PER_SECOND, LAST)
    usual = History(
        run_id="a test, seed 7",
        status="finished",
        schema=2,
        about={"notes": ["It means nothing."], "strategies": {"market_making": {"depth": 2}}, "limits": {"order_max_usd": 100}, "tapes": []},
        first_ns=FIRST,
        last_ns=LAST,
        totals=given_totals(),
        measures=(
            Measure(name="a share", unit="share", value=0.25, low=0.125, high=0.5, count=8, of="orders that ended"),
            Measure(name="a result", unit="usd", value=None, low=None, high=None, count=0, of="markets"),
        ),
        verdict="No verdict: 3 fills are too few to conclude anything from.",
        disagreement="",
        drawdown_mark_micro=3_000_000,
        equity=tuple(
            EquityPoint(at_ns=at_ns, cash_free_micro=low, worst_micro=low, mark_micro=mark)
            for at_ns, low, mark in zip(times, worst, marks, strict=True)
        ),
        health=(HealthPoint(at_ns=FIRST, live=1, suspect=0, stale=0), HealthPoint(at_ns=FIRST + 300 * NS_PER_SECOND, live=0, suspect=0, stale=1)),
        lenses=(),
        markets=(given_market_history(),),
    )
    return replace(usual, **other)


INT64 = st.integers(-(2**62), 2**62)
TIMES = st.lists(st.integers(FIRST, LAST), max_size=6).map(sorted)
AMOUNTS = st.one_of(INT64, st.integers(-100, 100), st.just(10**30))


@st.composite
def market_histories(draw: st.DrawFn) -> MarketHistory:
    """Any market whatever, also one without points or fills."""
    pips = st.integers(0, 10_000)
    points = [
        MarketPoint(
            at_ns=at_ns,
            bid_pips=draw(pips),
            ask_pips=draw(pips),
            our_bid_pips=draw(pips),
            our_ask_pips=draw(pips),
            yes_micro=draw(AMOUNTS),
            no_micro=draw(AMOUNTS),
            health=draw(st.sampled_from(Health)),
        )
        for at_ns in draw(TIMES)
    ]
    fills = [
        replace(
            given_fill(0, draw(st.sampled_from(["YES", "NO"])), draw(st.sampled_from(Side))),
            at_ns=at_ns,
            yes_price_pips=draw(pips),
            inferred=draw(st.booleans()),
        )
        for at_ns in draw(TIMES)
    ]
    payout = draw(st.one_of(st.none(), st.integers(0, MICRO).map(lambda yes: Payout(yes_ppm=yes, no_ppm=MICRO - yes))))
    return given_market_history(draw(st.text(max_size=20)), points=tuple(points), fills=tuple(fills), cash_micro=draw(AMOUNTS), payout=payout)


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Any history whatever: nothing at all, single points, equal values, huge and negative ones, gaps."""
    small = st.integers(0, 50)
    equity = [
        EquityPoint(at_ns=at_ns, cash_free_micro=0, worst_micro=draw(AMOUNTS), mark_micro=draw(st.one_of(st.none(), AMOUNTS)))
        for at_ns in draw(TIMES)
    ]
    return given_history(
        run_id=draw(st.text(max_size=90)),
        last_ns=draw(st.sampled_from([FIRST, FIRST + 1, LAST])),
        verdict=draw(st.text(max_size=20)),
        disagreement=draw(st.text(max_size=20)),
        equity=tuple(equity),
        health=tuple(HealthPoint(at_ns=at_ns, live=draw(small), suspect=draw(small), stale=draw(small)) for at_ns in draw(TIMES)),
        lenses=tuple(given_lenses((at_ns - FIRST) // NS_PER_SECOND, draw(AMOUNTS)) for at_ns in draw(TIMES)),
        markets=tuple(draw(st.lists(market_histories(), max_size=2))),
    )


class Read(HTMLParser):
    """A page as a reader of HTML sees it."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.open: list[str] = []
        self.feed(page)
        self.close()

    def _opened(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in {"meta", "br", "col"}:
            self.open.append(tag)

    def _closed(self, tag: str) -> None:
        assert self.open.pop() == tag, tag

    def _said(self, data: str) -> None:
        if not self.open or self.open[-1] != "style":
            self.text += data + " "

    handle_starttag, handle_endtag, handle_data = _opened, _closed, _said  # the parser's words for it, which are not ours

    def names(self) -> set[str]:
        """Which elements there are."""
        return {name for name, _ in self.elements}
