from msgspec.structs import replace

from connectors.operator.terminal.ink import width_of
from connectors.operator.terminal.panels.depth import depth_lines
from oms.values.panels import Ladder, LadderLevel, MarketRow
from oms.values.units import MICRO


def given_a_ladder(**other: object) -> Ladder:
    told: dict[str, object] = {
        "at_ns": 1,
        "market": MarketRow(market_id="m", title="t"),
        "bids": (LadderLevel(4_800, 100 * MICRO, 20 * MICRO), LadderLevel(4_700, 50 * MICRO)),
        "asks": (LadderLevel(5_000, 200 * MICRO), LadderLevel(5_100, 25 * MICRO)),
    }
    return Ladder(**{**told, **other})  # type: ignore[arg-type]


def texts(ladder: Ladder, width: int = 44, height: int = 8) -> list[str]:
    return ["".join([cell.text for cell in line]).rstrip() for line in depth_lines(ladder, width, height)]


def test_asks_stand_above_bids_below_best_prices_next_to_each_other() -> None:
    assert texts(given_a_ladder()) == [
        "     ¢     shares ours     depth",
        "",
        "  51.0         25          ██▏",
        "  50.0        200          █████████████████",
        "─── 2.0 ¢ wide, middle 49.0 ¢ ───",
        "  48.0        100 ◆ 20     ████████▌",
        "  47.0         50          ████▎",
    ]


def test_with_room_each_price_tells_what_stands_up_to_it() -> None:
    lines = texts(given_a_ladder(), width=80)
    assert "up to here" in lines[0]
    assert lines[2].split()[:3] == ["51.0", "25", "225"]
    assert lines[6].split()[:3] == ["47.0", "50", "150"]


def test_the_best_levels_are_kept_where_there_is_no_room_for_all() -> None:
    many = given_a_ladder(asks=tuple([LadderLevel(5_000 + 100 * i, MICRO) for i in range(20)]))
    lines = depth_lines(many, 44, 8)
    assert len(lines) <= 8
    assert "50.0" in texts(many)[3]
    assert max([width_of(line) for line in lines]) <= 44


def test_a_side_that_is_missing_and_a_crossed_book_are_said() -> None:
    assert "nobody bids" in texts(given_a_ladder(bids=()))[4]
    assert "nobody asks" in texts(given_a_ladder(asks=()))[4]
    assert "nobody bids, nobody asks" in texts(given_a_ladder(asks=(), bids=()))[4]
    crossed = replace(given_a_ladder(), bids=(LadderLevel(5_200, MICRO),))
    assert "crossed by 2.0 ¢" in "\n".join(texts(crossed))
