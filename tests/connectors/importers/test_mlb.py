"""Recordings of mid-2025: messages pass through, tokens are paired in order of appearance."""

import json
from pathlib import Path

import pytest

from connectors.chunks import TapeError
from connectors.importers import open_tape


def line(token: str, **other: object) -> bytes:
    return json.dumps({"event_type": "price_change", "asset_id": token, "timestamp": "1750000000000", "changes": [], **other}).encode()


def given_game(folder: Path, *lines: bytes) -> Path:
    path = folder / "mlb-a-b-2025-06-17.jsonl"
    path.write_bytes(b"\n".join(lines))
    return path


def test_messages_pass_through_byte_for_byte(tmp_path: Path) -> None:
    lines = [line("1", market="0xa"), line("2", odd="kept")]
    assert [frame.payload for frame in open_tape(given_game(tmp_path, *lines)).frames()] == lines


@pytest.mark.parametrize(
    ("first", "second", "market_id"),
    [
        ({"market": "0xa"}, {}, "0xa"),
        ({"gamma_market_id": 7}, {}, "gamma:7"),
        ({}, {"gamma_market_id": "8"}, "gamma:8"),
        ({}, {}, "tape:mlb-a-b-2025-06-17"),
    ],
)
def test_the_market_is_named_by_what_is_told(tmp_path: Path, first: dict[str, object], second: dict[str, object], market_id: str) -> None:
    recording = open_tape(given_game(tmp_path, line("1", **first), line("2"), line("2", **second)))
    (market,) = recording.markets
    assert (market.market_id, market.yes, market.no) == (market_id, "1", "2")
    assert market.title == recording.name == "mlb-a-b-2025-06-17"
    assert (recording.kind, recording.trade_rule, market.fee.rate_bps) == ("mlb", "mlb-book", 0)


def test_a_third_token_is_left_out_by_name(tmp_path: Path) -> None:
    recording = open_tape(given_game(tmp_path, line("1"), line("2"), line("3")))
    assert any("token 3 is left out" in sentence for sentence in recording.assumptions)


def test_one_token_is_no_market(tmp_path: Path) -> None:
    with pytest.raises(TapeError, match=r"messages of 1 token\(s\) and a market has two, so there is no market to trade"):
        open_tape(given_game(tmp_path, line("1")))
