"""Made-up pictures of money, markets, orders, fills and holdings; those of whole days are in made_up_days.py."""

import math

from connectors.operator.control.protocol import Welcome
from oms.values.panels import (
    Curve,
    CurvePoint,
    FillRow,
    Fills,
    HoldingRow,
    Inventory,
    Ladder,
    LadderLevel,
    MarketRow,
    Markets,
    OrderRow,
    Orders,
    Overview,
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
