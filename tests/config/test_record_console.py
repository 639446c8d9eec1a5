"""What a person sees of a recording: one line while it lasts, a summary at the end, and nothing a terminal would obey."""

import io
from pathlib import Path
from typing import Any

import pytest

from config.assembly.record import RecordView
from config.record_console import StatusLine, size_text, status, told
from oms.values.units import NS_PER_SECOND

T0 = 1_795_267_800 * NS_PER_SECOND


class Terminal(io.StringIO):
    """A terminal."""

    def isatty(self) -> bool:
        return True


def given_view(**other: Any) -> RecordView:  # noqa: ANN401 (any field)
    view = {
        "at_ns": T0,
        "frames": 1_000,
        "written_bytes": 1_500_000,
        "last_ns": T0 - NS_PER_SECOND // 4,
        "markets": 3,
        "sockets": 4,
        "sockets_open": 3,
    }
    return RecordView(**{**view, "holes": 1, "latest": (), **other})


def given_summary(**other: Any) -> dict[str, Any]:  # noqa: ANN401 (JSON)
    counts = {"written_bytes": 3 * 1024**3, "segments": 12, "dropped_segments": [], "pack_failures": 0, "rest_failures": 0, "markets_open": 1}
    return {"frames": {"polymarket-market": 1_234}, **counts, "holes": {}, "refused": {}, "prices": [], "never_came": [], **other}


def test_the_line_tells_rate_size_age_markets_and_sockets() -> None:
    line = status(given_view(latest=("btcusdt quote 61685.99/61686",)), 3_723.0, 412.4)
    assert line == (
        "1:02:03 | 412 frames/s | 1,000 frames | 1.4 MiB | last 0.2 s ago | 3 markets open | sockets 3 of 4 | 1 hole | btcusdt quote 61685.99/61686"
    )
    assert "no frame yet" in status(given_view(last_ns=None), 0.0, 0.0)


def test_a_price_from_outside_cannot_steer_the_terminal() -> None:
    assert "\x1b" not in status(given_view(latest=("\x1b[2Jbtc",)), 0.0, 0.0)


def test_the_line_is_shown_once_a_second_and_only_on_a_terminal() -> None:
    times = iter([0.0, 0.5, 1.0, 1.5, 3.0])
    out = Terminal()
    line = StatusLine(out, lambda: next(times))
    for frames in (10, 20, 30, 40):
        line.show(given_view(frames=frames))
    line.end()
    shown = out.getvalue().split("\r")[1:]
    assert [part.split(" | ")[1] for part in shown] == ["20 frames/s", "10 frames/s"]
    assert out.getvalue().endswith("\n")
    silent = io.StringIO()
    line = StatusLine(silent, lambda: 0.0)
    line.show(given_view())
    line.end()
    assert silent.getvalue() == ""


@pytest.mark.parametrize(("size", "text"), [(0, "0 B"), (1_023, "1023 B"), (1_024, "1.0 KiB"), (1_500_000, "1.4 MiB"), (5 * 1024**4, "5120.0 GiB")])
def test_sizes_are_told_in_units_a_person_reads(size: int, text: str) -> None:
    assert size_text(size) == text


def test_a_quiet_recording_ends_in_four_lines() -> None:
    lines = told(given_summary(), Path("out")).splitlines()
    assert lines == [
        "",
        "record: what became of it",
        "  frames     1,234 polymarket-market",
        "  tape       3.0 GiB before packing, in 12 segments in out",
        "  replay     run_bot.py replay out/*.tape*",
    ]


def test_everything_that_went_wrong_is_told() -> None:
    price = {"channel": "binance", "source": "BINANCE", "symbol": "btcusdt", "kind": "quote", "count": 1_000, "latest": "1/2"}
    summary = given_summary(
        frames={},
        segments=1,
        dropped_segments=["000001-a.tape.zst", "000002-b.tape.zst"],
        pack_failures=2,
        holes={f"reason {number}\x1b": 1 for number in range(7)},
        refused={"not_json": 3},
        rest_failures=4,
        prices=[price],
        never_came=["crypto_prices btcusdt"],
    )
    text = told(summary, Path("out"))
    for words in (
        "none: nothing arrived",
        "in 1 segment in out",
        "2 old segments made room, the last was 000002-b.tape.zst",
        "not packed 2 segments",
        "1 times: reason 4",
        "and 2 other reasons",
        "3 frames as not_json; they are on the tape as they came",
        "4 questions about whole books",
        "BINANCE btcusdt quote on binance: 1,000, the latest 1/2",
        "no price   crypto_prices btcusdt",
    ):
        assert words in text
    assert "\x1b" not in text
    assert "reason 5" not in text
