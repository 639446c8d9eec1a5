"""Whole days of made-up pictures: a busy one, one that has just begun, and what no daemon of ours would send."""

import enum
import types
import typing
from typing import Any

import msgspec

from oms.values.panels import (
    AlertRow,
    Alerts,
    Arbitrage,
    BundleRow,
    Curve,
    FeedRow,
    Fills,
    Health,
    Inventory,
    Ladder,
    LogRow,
    MarketRow,
    Markets,
    NearRow,
    Orders,
    Overview,
    Story,
    Strategies,
    StrategyRow,
    Topic,
    View,
)
from oms.values.units import MICRO
from tests.connectors.operator.terminal.made_up import NOW, S, curve, fills, inventory, ladder, markets, order_row, orders, overview


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
