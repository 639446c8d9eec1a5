"""Made-up pictures of a run, of every topic: what a busy day looks like, what an empty one, and what nobody ever should send."""

import enum
import math
import types
import typing
from typing import Any

import msgspec

from connectors.operator.control.protocol import Welcome
from oms.values.panels import (
    AlertRow,
    Alerts,
    Arbitrage,
    BundleRow,
    Curve,
    CurvePoint,
    FeedRow,
    FillRow,
    Fills,
    Health,
    HoldingRow,
    Inventory,
    Ladder,
    LadderLevel,
    LogRow,
    MarketRow,
    Markets,
    NearRow,
    OrderRow,
    Orders,
    Overview,
    Story,
    Strategies,
    StrategyRow,
    Topic,
    View,
)
from oms.values.units import MICRO, NS_PER_SECOND

S = NS_PER_SECOND
NOW = 1_790_600_400 * S
"""2026-09-28 13:00:00 UTC."""
WELCOME = Welcome(protocol=1, verb="paper", version="0.6.0", pid=4711)
TITLES = (
    "Will BTC be above $120,000 on October 1?",
    "Will the Fed cut rates in October 2026?",
    "Lakers to win the 2027 NBA championship",
    "Will it rain in New York on Friday?",
    "ETH up or down, 13:00–13:15 ET",
    "Best Picture 2027: Dune: Messiah",
    "Will inflation exceed 3.0% in September?",
    "Yankees vs. Red Sox: Yankees win",
)
HOSTILE = "[red]paid[/red] \x1b[2J\x1b[31mgone\nnext\r\tline \u202eabc\u202c שלום Z̴̡̧͙a"


def overview(**other: object) -> Overview:
    told: dict[str, object] = {
        "at_ns": NOW,
        "verb": "paper",
        "phase": "trading",
        "since_ns": NOW - 8_053 * S,
        "version": "0.6.0",
        "commit": "d2cd5fc07a11",
        "seed": 7,
        "cash_free_micro": 9_512_330_000,
        "cash_pending_micro": 341_200_000,
        "fees_micro": 12_450_000,
        "start_micro": 10_000_000_000,
        "equity_mark_micro": 10_042_310_000,
        "equity_worst_micro": 9_873_110_000,
        "peak_micro": 10_058_900_000,
        "day_start_micro": 10_011_020_000,
        "placed": 12_480,
        "filled": 1_204,
        "cancelled": 11_190,
        "resting": 64,
        "unknown": 1,
        "fills": 1_377,
        "settlements_open": 3,
        "settlements_failed": 1,
        "markets": 8,
        "books_live": 6,
        "books_suspect": 1,
        "books_stale": 1,
        "alerts": 4,
        "near": 5,
        "bundles": 1,
        "events": 1_803_221,
        "commands_hash": "9f31c07ab2d4e6f8a1b2c3d4",
    }
    return Overview(**{**told, **other})  # type: ignore[arg-type]


def curve(points: int = 240) -> Curve:
    def point(i: int) -> CurvePoint:
        mark = 10_000 + 42 * i / points + 14 * math.sin(i / 17) + 5 * math.sin(i / 3)
        worst = mark - 90 - 60 * abs(math.sin(i / 29)) - (70 if i % 80 > 60 else 0)
        return CurvePoint(NOW - (points - i) * 30 * S, None if 90 < i < 96 else round(mark * MICRO), round(worst * MICRO))

    return Curve(at_ns=NOW, points=tuple([point(i) for i in range(points)]))


def market_row(i: int) -> MarketRow:
    bid = ((i * 1_137 + 4_600) % 9_300 + 200) // 100 * 100 + (50 if i % 8 == 6 else 0)
    quoted = i % 3 != 1
    return MarketRow(
        market_id=f"0x{i:04x}",
        title=TITLES[i % len(TITLES)] if i < len(TITLES) else f"{TITLES[i % len(TITLES)]} ({i})",
        bid_pips=bid,
        ask_pips=bid + 100 + (i % 4) * 50,
        our_bid_pips=bid if quoted else 0,
        our_ask_pips=bid + 100 + (i % 4) * 50 if quoted else 0,
        health=("LIVE", "LIVE", "SUSPECT", "LIVE", "LIVE", "STALE", "LIVE", "LIVE")[i % 8],
        doubts=("", "", "the book's hash disagrees", "", "", "nothing heard for 31 s", "", "")[i % 8],
        changed_ns=NOW - (i % 8) ** 3 * S // 10,
        net_micro=((i * 37) % 90 - 45) * MICRO if i % 4 else 0,
        orders=2 if quoted else 0,
        worst_micro=-((i * 311) % 40) * MICRO,
        end_ns=None if i % 8 == 5 else NOW + (i * 4_321 + 77) * S,
        stopped="paused by a person: asked for on the dashboard" if i == 3 else "",
    )


def markets(many: int = 8) -> Markets:
    return Markets(at_ns=NOW, rows=tuple([market_row(i) for i in range(many)]))


def order_row(i: int, **other: object) -> OrderRow:
    row = market_row(i % 8)
    told: dict[str, object] = {
        "order_id": f"7-{1_000 + i}",
        "market_id": row.market_id,
        "title": row.title,
        "outcome": "YES" if i % 3 else "NO",
        "side": "BUY" if i % 2 else "SELL",
        "price_pips": row.bid_pips + (0 if i % 2 else 100),
        "size_micro": (20 + i * 5) * MICRO,
        "filled_micro": 5 * MICRO if i % 4 == 3 else 0,
        "state": "LIVE",
        "status": "partial" if i % 4 == 3 else "pending",
        "strategy": "market-making",
        "why": f"quote {i % 2 + 1} of 2: fair 48.7 ¢, half a spread of 1.1 ¢, leaning 0.2 ¢ because 20 YES are held",
        "opened_ns": NOW - (i * i * 7 + 3) * S,
        "changed_ns": NOW - i * 2 * S,
        "venue_order_id": f"0xab{i:04x}",
    }
    return OrderRow(**{**told, **other})  # type: ignore[arg-type]


def orders() -> Orders:
    ended = ("filled", "cancelled", "expired", "rejected", "failed", "cancelled")
    return Orders(
        at_ns=NOW,
        open=tuple([order_row(i) for i in range(14)] + [order_row(14, state="UNKNOWN", status="unknown", why="no answer came within 5 s")]),
        ended=tuple([order_row(20 + i, state=state.upper(), status=state, filled_micro=25 * MICRO if not i else 0) for i, state in enumerate(ended)]),
        left_out=49,
    )


def fill_row(i: int) -> FillRow:
    order = order_row(i)
    return FillRow(
        at_ns=NOW - i * 13 * S - S,
        order_id=order.order_id,
        market_id=order.market_id,
        title=order.title,
        outcome=order.outcome,
        side=order.side,
        price_pips=order.price_pips,
        shares_micro=(5 + i) * MICRO + (i % 3) * 250_000,
        cash_micro=(5 + i) * order.price_pips * 100,
        fee_micro=0 if i % 4 else 21_500,
        is_maker=bool(i % 4),
        strategy="market-making" if i % 4 else "by hand",
        stage=("MATCHED", "MINED", "CONFIRMED", "CONFIRMED", "RETRYING", "FAILED", "CONFIRMED")[i % 7],
    )


def fills() -> Fills:
    return Fills(at_ns=NOW, rows=tuple([fill_row(i) for i in range(24)]), count=1_377, shares_micro=33_412_250_000)


def ladder(i: int = 0) -> Ladder:
    row = market_row(i)
    bids = tuple([LadderLevel(row.bid_pips - 100 * k, (120 + k * 137 % 411) * MICRO, 20 * MICRO if k in {0, 2} else 0) for k in range(25)])
    asks = tuple([LadderLevel(row.ask_pips + 100 * k, (90 + k * 151 % 377) * MICRO, 20 * MICRO if k == 0 else 0) for k in range(25)])
    return Ladder(
        at_ns=NOW,
        market=row,
        bids=bids,
        asks=asks,
        tick_pips=100,
        epoch=3,
        fee_rate_bps=700,
        yes_token="1" * 77,
        no_token="2" * 77,
        hash_checked=412,
        hash_agreed=412,
        orders=(order_row(1), order_row(2)),
        fills=tuple([fill_row(k) for k in range(5)]),
    )


def inventory() -> Inventory:
    def holding(i: int) -> HoldingRow:
        row = market_row(i // 2)
        return HoldingRow(
            market_id=row.market_id,
            title=row.title,
            outcome="NO" if i % 2 else "YES",
            confirmed_micro=(i * 17) % 60 * MICRO,
            provisional_micro=5 * MICRO if i == 3 else 0,
            at_risk_micro=5 * MICRO if i == 5 else 0,
            resting_buy_micro=20 * MICRO if i % 3 else 0,
            resting_sell_micro=15 * MICRO if i % 4 == 2 else 0,
            sellable_micro=max(0, (i * 17) % 60 - 15) * MICRO,
            mark_half_pips=None if i == 4 else 2 * row.bid_pips + 100,
            market_cash_micro=-(i * 3 + 2) * MICRO + 430_000,
            market_worst_micro=-(i * 2) * MICRO,
        )

    return Inventory(
        at_ns=NOW,
        rows=tuple([holding(i) for i in range(12)]),
        cash_free_micro=9_512_330_000,
        cash_pending_micro=341_200_000,
        worst_micro=9_873_110_000,
        day_spent_micro=1_204_550_000,
    )


def arbitrage() -> Arbitrage:
    def near(i: int) -> NearRow:
        return NearRow(
            event_id=f"event-{i}",
            title=("Who wins the 2026 Ballon d'Or?", "Next UK prime minister", "Best Picture 2027", "Fed decision in October", "NBA champion 2027")[
                i
            ],
            strategy="negrisk-arbitrage" if i else "binary-arbitrage",
            shape=("buy the pair", "buy every YES", "buy every YES", "sell every YES", "buy every NO")[i],
            edge_pips=(12, -35, -60, -84, -120)[i],
            raw_pips=(9_945, 10_005, 10_030, None, 10_095)[i],
            sets_micro=(140 - i * 22) * MICRO,
            seen_ns=NOW - i * i * S,
            why=(
                "the gate allows 40 of 140 sets",
                "35 pips are missing after fees",
                "60 pips are missing",
                "one book is SUSPECT",
                "120 pips are missing",
            )[i],
        )

    def bundle(i: int, end: str) -> BundleRow:
        return BundleRow(
            bundle_id=f"b-7-{i}",
            event_id=f"event-{i}",
            strategy="negrisk-arbitrage",
            shape="buy every YES",
            legs=3 + i,
            sets_micro=40 * MICRO,
            worst_micro=480_000,
            opened_ns=NOW - (i * 60 + 2) * S,
            ended_ns=NOW - i * 55 * S if end else 0,
            end=end.upper(),
            result_micro={"complete": 480_000, "unwound": -210_000}.get(end, 0),
            why="all legs filled"
            if end == "complete"
            else "leg 3 was taken by somebody else; sold back at once"
            if end
            else "2 of 3 legs are filled",
        )

    return Arbitrage(
        at_ns=NOW,
        near=tuple([near(i) for i in range(5)]),
        in_flight=(bundle(0, ""),),
        ended=tuple([bundle(i + 1, end) for i, end in enumerate(("complete", "missed", "unwound", "complete"))]),
        seen=312,
        taken=41,
        missed={"too short-lived": 180, "gate: cap a market": 61, "book in doubt": 22, "too small": 8},
        ends={"complete": 33, "missed": 5, "unwound": 3, "exposed": 0},
        result_micro=14_820_000,
    )


def health(**other: object) -> Health:
    told: dict[str, object] = {
        "at_ns": NOW,
        "lag_ms": 1.8,
        "turn_us": {"p50": 41.0, "p99": 187.0, "max": 2_210.0, "mean": 49.5},
        "age_us": {"p50": 310.0, "p99": 4_120.0, "max": 88_000.0, "mean": 500.0},
        "commit_us": {"p50": 64.0, "p99": 950.0, "max": 12_000.0, "mean": 80.0},
        "last_turn_ns": NOW - S // 10,
        "turns": 812_330,
        "memory_bytes": 143_200_000,
        "journal_bytes": 88_412_000,
        "disk_free_bytes": 41_200_000_000,
        "feeds": (
            FeedRow(name="market 1", is_open=True, heard_ns=NOW - S // 5, frames=1_203_441, reconnects=1),
            FeedRow(name="market 1 standby", is_open=True, heard_ns=NOW - S // 4, frames=1_203_100),
            FeedRow(
                name="user",
                is_open=False,
                heard_ns=NOW - 7 * S,
                frames=4_410,
                reconnects=3,
                trouble="closed by the other side (1006); next try in 2 s",
            ),
            FeedRow(name="prices binance", is_open=True, heard_ns=NOW - S // 20, frames=88_121),
        ),
        "budgets": {"orders": 412, "cancels": 480, "questions": 0},
        "clock_off_ms": -12.4,
        "hash_checked": 41_220,
        "hash_agreed": 41_218,
        "mirror_judged": 902_114,
        "mirror_agreed": 902_114,
        "settlements_failed": 1,
        "settlements_done": 1_370,
        "refusals": {"CAP_A_MARKET": 312, "PRICE_OFF_TICK": 2, "NOT_ENOUGH_CASH": 41},
        "oddities": {"fill after cancel": 2, "order forgotten by the venue": 1},
        "guards": {
            "fall from the peak": "$16.59 of $250.00",
            "loss today": "none of $150.00",
            "settlement failures": "1 of 5 in an hour",
            "user stream": "silent for 7 s of 30 s",
            "clock": "12 ms of 500 ms off",
            "disk": "41.2 GB free, 1 GB is needed",
        },
    }
    return Health(**{**told, **other})  # type: ignore[arg-type]


def alerts() -> Alerts:
    return Alerts(
        at_ns=NOW,
        rows=(
            AlertRow(at_ns=NOW - 7 * S, kind="stream", text="the user stream is closed (1006); orders are not followed live until it is back"),
            AlertRow(at_ns=NOW - 190 * S, kind="settlement", text="trade 0x77aa of order 7-1034 failed on chain and was undone: 25 YES", count=1),
            AlertRow(at_ns=NOW - 2_400 * S, kind="book", text="the hash of 'Lakers to win' disagreed, the book was asked for anew", count=12),
            AlertRow(at_ns=NOW - 8_000 * S, kind="start", text="went on with the journal of an interrupted run: 3 orders were found at the venue"),
        ),
        log=(
            LogRow(at_ns=NOW - 2 * S, level="INFO", text="client connected client=dashboard#1"),
            LogRow(at_ns=NOW - 7 * S, level="WARNING", text="user stream closed code=1006 next_s=2"),
            LogRow(at_ns=NOW - 190 * S, level="ERROR", text="settlement failed trade=0x77aa order=7-1034"),
            *[LogRow(at_ns=NOW - (200 + 30 * i) * S, level="INFO", text=f"picture committed entries={800 - i * 7}") for i in range(12)],
        ),
    )


def strategies() -> Strategies:
    return Strategies(
        at_ns=NOW,
        rows=(
            StrategyRow(
                name="market-making",
                params={"half_spread_pips": 110, "size_shares": 20, "lean": 0.25, "both_sides": True, "mode": "calm", "until": None},
            ),
            StrategyRow(name="negrisk-arbitrage", params={"edge_pips_min": 15, "sets_max": 500}),
        ),
        limits={"order_usd": 100},
    )


def story() -> Story:
    return Story(
        at_ns=NOW,
        order=order_row(3),
        lines=(
            "market-making wanted it: fair value 48.7 ¢ (micro-price), half a spread of 1.1 ¢, leaning 0.2 ¢ down because 20 YES are held",
            "the gate approved it: $11.20 of $100.00 an order, $54.30 of $500.00 in this market, no crossing with our own",
            "13:00:02 UTC placed as 0xab0003, acknowledged after 84 ms",
            "13:00:31 UTC filled 5 at 49.0 ¢ as maker, settled (CONFIRMED) after 4.1 s",
            "it rests with 30 shares left, 412 shares ahead of it at this price",
        ),
    )


def everything() -> dict[Topic, View]:
    """A busy day."""
    return {
        Topic.OVERVIEW: overview(),
        Topic.CURVE: curve(),
        Topic.MARKETS: markets(),
        Topic.LADDER: ladder(),
        Topic.ORDERS: orders(),
        Topic.FILLS: fills(),
        Topic.INVENTORY: inventory(),
        Topic.ARBITRAGE: arbitrage(),
        Topic.HEALTH: health(),
        Topic.ALERTS: alerts(),
        Topic.STRATEGIES: strategies(),
        Topic.STORY: story(),
    }


def nothing() -> dict[Topic, View]:
    """A daemon that has just begun: whatever may be unknown is."""
    row = MarketRow(market_id="m", title="")
    return {
        Topic.OVERVIEW: Overview(at_ns=NOW, verb="demo", phase="starting"),
        Topic.CURVE: Curve(at_ns=NOW),
        Topic.MARKETS: Markets(at_ns=NOW),
        Topic.LADDER: Ladder(at_ns=NOW, market=row),
        Topic.ORDERS: Orders(at_ns=NOW),
        Topic.FILLS: Fills(at_ns=NOW),
        Topic.INVENTORY: Inventory(at_ns=NOW),
        Topic.ARBITRAGE: Arbitrage(at_ns=NOW),
        Topic.HEALTH: Health(at_ns=NOW),
        Topic.ALERTS: Alerts(at_ns=NOW),
        Topic.STRATEGIES: Strategies(at_ns=NOW),
        Topic.STORY: Story(at_ns=NOW, order=order_row(0)),
    }


def filled(kind: Any, text: str, number: int) -> Any:  # noqa: ANN401 - a type of whatever kind, and a value of it
    """A value of this type in which every text and every number is the given one: what a daemon of ours never sends, and another one might."""
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin is tuple:
        return (filled(inner[0], text, number),) * 3
    if origin is dict:
        return {text: filled(inner[1], text, number)}
    if origin in {typing.Union, types.UnionType}:
        return filled(next(part for part in inner if part is not type(None)), text, number)
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return kind(**{field.name: filled(field.type, text, number) for field in msgspec.structs.fields(kind)})
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return next(iter(kind))
    return {str: text, int: number, bool: number > 0, float: float(number), object: number}[kind]


def strange(text: str, number: int) -> dict[Topic, View]:
    """Pictures of every topic made of one text and one number."""
    kinds = (Overview, Curve, Markets, Ladder, Orders, Fills, Inventory, Arbitrage, Health, Alerts, Strategies, Story)
    return dict(zip(everything(), [filled(kind, text, number) for kind in kinds], strict=True))
