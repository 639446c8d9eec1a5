"""Snapshots of 15-minute markets become books; the side file tells end and payout."""

import json
from pathlib import Path
from typing import Any

import pytest

from connectors.chunks import TapeError
from connectors.importers import Assumptions, open_tape
from connectors.polymarket.market_stream import MarketStream
from connectors.tape import CHANNEL_CONTINUITY_LOST
from oms.values.events import BookReset
from oms.values.market import Payout
from tests.connectors.frames import AT_NS

SLUG = "btc-updown-15m-1790586000"
LINE = b'{"ts":1790585112649,"side":"DOWN","bids":[[0.5,205.0],[0.49,75.25]],"asks":[[0.51,514.990]]}'
ROW: dict[str, Any] = {"market_id": "0xfb", "slug": SLUG, "question": "Up?", "end_ts": 1_790_586_900_000, "payout_up": 0.0, "payout_down": 1.0}


def given_tape(folder: Path, *lines: bytes, row: dict[str, Any] | None = None) -> Path:
    path = folder / f"{SLUG}.jsonl"
    path.write_bytes(b"\n".join(lines))
    if row is not None:
        (folder / "markets.json").write_text(json.dumps([{**ROW, "slug": "another"}, row]))
    return path


def test_a_snapshot_becomes_a_book_message_in_shortest_decimal_text(tmp_path: Path) -> None:  # req 2.37
    recording = open_tape(given_tape(tmp_path, LINE, row=ROW))
    (frame,) = recording.frames()
    assert json.loads(frame.payload) == {
        "event_type": "book",
        "market": "0xfb",
        "asset_id": f"{SLUG}:DOWN",
        "timestamp": "1790585112649",
        "bids": [{"price": "0.49", "size": "75.25"}, {"price": "0.5", "size": "205"}],
        "asks": [{"price": "0.51", "size": "514.99"}],
    }
    (market,) = recording.markets
    (event,) = MarketStream({market.yes: market, market.no: market}).receive(frame.payload, AT_NS)
    assert isinstance(event, BookReset)
    assert (event.token, event.hash, event.context, event.from_rest) == (market.no, "", None, False)


def test_the_side_file_tells_market_end_and_payout(tmp_path: Path) -> None:
    recording = open_tape(
        given_tape(tmp_path, LINE, row=ROW), Assumptions(end_after_first_s=5, payouts={"0xfb": Payout(yes_ppm=500_000, no_ppm=500_000)})
    )
    (market,) = recording.markets
    assert (market.market_id, market.title, market.end_ns) == ("0xfb", "Up?", 1_790_586_900_000_000_000)
    assert (market.yes, market.no, market.fee.rate_bps) == (f"{SLUG}:UP", f"{SLUG}:DOWN", 700)
    assert recording.payouts == {"0xfb": Payout(yes_ppm=0, no_ppm=1_000_000)}
    assert (recording.kind, recording.trade_rule) == ("l2", "l2-vanish")
    assert any("top 20 levels" in sentence for sentence in recording.assumptions)


def test_without_a_side_file_end_and_payout_come_from_the_assumptions_or_nowhere(tmp_path: Path) -> None:
    path = given_tape(tmp_path, LINE)
    bare = open_tape(path)
    assert (bare.markets[0].market_id, bare.markets[0].end_ns, bare.payouts) == (SLUG, None, {})
    assert any("no row for" in sentence for sentence in bare.assumptions)
    even = Payout(yes_ppm=500_000, no_ppm=500_000)
    told = open_tape(path, Assumptions(end_after_first_s=5, payouts={SLUG: even, "0xnobody": even}))
    assert told.markets[0].end_ns == 1_790_585_117_649_000_000
    assert told.payouts == {SLUG: even}


def test_a_market_not_yet_paid_has_no_payout(tmp_path: Path) -> None:
    assert open_tape(given_tape(tmp_path, LINE, row={**ROW, "payout_up": None})).payouts == {}


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({**ROW, "payout_up": 0.25}, "add up to one dollar"),
        ({**ROW, "end_ts": "soon"}, "no list of markets"),
        ({"slug": SLUG}, "no list of markets"),
        ({**ROW, "payout_up": "1e999999"}, r"1E\+999999 is no part of a dollar; mend the row"),
        ({**ROW, "payout_up": -1}, "-1 is no part of a dollar; mend the row"),
        ({**ROW, "payout_up": "NaN"}, "payouts of .*; mend the row"),
        ({**ROW, "payout_down": "sNaN"}, "payouts of .*; mend the row"),
    ],
)
def test_a_side_file_that_makes_no_sense_is_named(tmp_path: Path, row: dict[str, Any], words: str) -> None:
    with pytest.raises(TapeError, match=rf"markets\.json: .*{words}"):
        open_tape(given_tape(tmp_path, LINE, row=row))


@pytest.mark.parametrize("row", [{**ROW, "market_id": ""}, {**ROW, "end_ts": 2**62}, {**ROW, "end_ts": -1}])
def test_a_row_of_the_side_file_that_makes_no_market_is_named(tmp_path: Path, row: dict[str, Any]) -> None:
    with pytest.raises(TapeError, match=r"market .*; mend it, or name another file"):
        open_tape(given_tape(tmp_path, LINE, row=row))


@pytest.mark.parametrize("bad", [b"1e5", b"null", b'"0.5"', b"[]"])
def test_a_number_that_is_no_plain_decimal_is_a_bad_line(tmp_path: Path, bad: bytes) -> None:
    recording = open_tape(given_tape(tmp_path, LINE, LINE.replace(b"75.25", bad)))
    assert [frame.channel for frame in recording.frames()][1:] == [CHANNEL_CONTINUITY_LOST]
    assert recording.bad_lines == 1


def test_a_file_without_a_readable_snapshot_is_no_market(tmp_path: Path) -> None:
    with pytest.raises(TapeError, match="holds no readable snapshot, so there is no market"):
        open_tape(given_tape(tmp_path, LINE.replace(b"1790585112649", b"-5")))
