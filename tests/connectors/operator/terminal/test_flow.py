from connectors.operator.terminal.flow import Block, Pair, block_lines, flowed
from connectors.operator.terminal.ink import Line, width_of
from tests.connectors.operator.terminal.stage import LARGE, Stage, play

BLOCK = Block(
    "ORDERS", (Pair("resting", "64"), Pair("", "a sentence that is longer than the block"), Pair("a long name", "and a value that is too long"))
)


def texts(lines: list[Line]) -> list[str]:
    return ["".join([cell.text for cell in line]).rstrip() for line in lines]


def test_values_stand_right_and_what_does_not_fit_is_folded_below() -> None:
    assert texts(block_lines(BLOCK, 30)) == [
        "ORDERS ───────────────────────",
        "resting                     64",
        "a sentence that is longer than",
        "the block",
        "a long name",
        "  and a value that is too long",
    ]


def test_blocks_stand_beside_each_other_as_far_as_there_is_room() -> None:
    blocks = [Block(name, (Pair("a", "1"),)) for name in ("ONE", "TWO", "THREE")]
    assert len(flowed(blocks, 30, least=28)) == 8
    assert len(flowed(blocks, 100, least=28)) == 2
    assert all(width_of(line) <= 103 for line in flowed(blocks, 100, least=28))


def test_the_shortest_column_takes_the_next_block() -> None:
    tall, low = Block("TALL", (Pair("a", "1"),) * 6), Block("LOW", (Pair("b", "2"),))
    assert texts(flowed([tall, low, low], 60, least=28))[3].endswith("LOW ────────────────────────")


def test_nothing_is_no_line() -> None:
    assert flowed([], 80) == []


def test_more_lines_than_room_are_reached_by_scrolling() -> None:
    async def scene(stage: Stage) -> tuple[str, str]:
        await stage.press("6")
        before = stage.text()
        await stage.press("end")
        return before, stage.text()

    before, after = play(scene)
    assert "REFUSED BY OUR GATE" not in before
    assert "NOT_ENOUGH_CASH" in after
    assert "NOT_ENOUGH_CASH" in play(scene, LARGE)[0]
