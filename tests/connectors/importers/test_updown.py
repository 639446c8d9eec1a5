"""Short sessions: several markets and sources in one file, sockets that were closed without a word."""

import json
from pathlib import Path
from typing import Any

import pytest

from connectors.chunks import TapeError
from connectors.importers import Assumptions, open_tape
from connectors.reference_frames import CHANNEL_BINANCE, CHANNEL_POLYMARKET_PRICES
from connectors.tape import CHANNEL_CONTINUITY_LOST, CHANNEL_POLYMARKET_MARKET
from tests.connectors.frames import CONDITION, NO, YES, book, entry, price_change, rest_book

MS = 1_777_428_643_288


def line(after_ms: int, payload: object, source: str = "polymarket_clob", mono_ns: int | None = None) -> bytes:
    at_ms = MS + after_ms
    text = payload if isinstance(payload, str) else json.dumps(payload)
    mono = at_ms * 1_000_000 + 430 if mono_ns is None else mono_ns
    told = {"run_id": "r", "source": source, "recv_wall_ts": at_ms, "recv_mono_ns": mono, "ingest_seq": 1, "payload": text}
    return json.dumps(told).encode()


def given_session(folder: Path, *lines: bytes) -> Path:
    path = folder / "m9-session.jsonl"
    path.write_bytes(b"\n".join(lines))
    return path


PAIR = [line(0, rest_book(NO, tick_size="0.001")), line(200, rest_book(YES))]


def test_markets_are_paired_by_market_id_with_what_the_books_tell(tmp_path: Path) -> None:
    lonely = {**rest_book("5"), "market": "0x5"}
    recording = open_tape(given_session(tmp_path, *PAIR, line(300, lonely)))
    (market,) = recording.markets
    assert (market.market_id, market.yes, market.no) == (CONDITION, NO, YES)
    assert (market.tick_pips, market.min_shares_micro, market.neg_risk, market.fee.rate_bps) == (10, 15_000_000, True, 700)
    assert (market.end_ns, recording.kind, recording.trade_rule) == (None, "updown", "announced")
    assert any("market 0x5 is left out: it shows 1 token(s)" in sentence for sentence in recording.assumptions)


@pytest.mark.parametrize("other", [{"tick_size": "0.03"}, {"tick_size": None}, {"min_order_size": "many"}])
def test_a_tick_or_minimum_that_is_not_told_is_assumed_aloud(tmp_path: Path, other: dict[str, Any]) -> None:
    recording = open_tape(given_session(tmp_path, line(0, rest_book(NO, **other)), line(1, rest_book(YES, **other))))
    (market,) = recording.markets
    assert (market.tick_pips, market.min_shares_micro) == (100, 5_000_000)
    assert f"tick and minimum of {CONDITION} are assumed" in recording.assumptions[-1]
    assert market.assumptions[-1] == recording.assumptions[-1]


def test_payloads_pass_through_and_other_sources_are_counted_as_not_read(tmp_path: Path) -> None:
    others = [line(300, "{}", "pyth_proxy"), line(301, "not even json", "coinbase"), line(302, "{}", "pyth_proxy")]
    listed = [line(303, {"event_type": "new_market", "market": "0x9", "asset_id": ""})]
    recording = open_tape(given_session(tmp_path, *PAIR, *others, *listed, line(304, [book()])))
    frames = list(recording.frames())
    assert [frame.channel for frame in frames] == [CHANNEL_POLYMARKET_MARKET] * 3
    assert json.loads(frames[-1].payload) == [book()]
    assert recording.not_read == {"pyth_proxy": 2, "coinbase": 1, "new_market": 1}
    assert recording.bad_lines == 0


def test_reference_prices_pass_through_on_channels_of_their_own(tmp_path: Path) -> None:
    told = [line(300, '{"stream":"btcusdt@trade"}', "binance"), line(301, "", "polymarket_rtds_chainlink"), line(302, "no json", "binance")]
    recording = open_tape(given_session(tmp_path, *PAIR, *told))
    assert [(frame.channel, frame.payload) for frame in recording.frames()][2:] == [
        (CHANNEL_BINANCE, b'{"stream":"btcusdt@trade"}'),
        (CHANNEL_POLYMARKET_PRICES, b""),
        (CHANNEL_BINANCE, b"no json"),
    ]
    assert (recording.not_read, recording.bad_lines) == ({}, 0)


def test_time_is_the_finer_clock_where_the_two_agree(tmp_path: Path) -> None:
    recording = open_tape(given_session(tmp_path, *PAIR, line(300, book(), mono_ns=12_345)))
    assert [frame.at_ns - MS * 1_000_000 for frame in recording.frames()] == [430, 200_000_430, 300_000_000]


def test_a_silent_socket_is_said_to_be_closed_once_when_the_silence_is_long_enough(tmp_path: Path) -> None:
    burst = [line(1_000, [book(), book(NO)]), line(1_030, price_change(entry()))]
    later = [line(5_000, rest_book()), line(11_031, "{}", "coinbase"), line(12_000, rest_book()), line(60_000, [book()])]
    path = given_session(tmp_path, *PAIR, *burst, *later)
    frames = list(open_tape(path).frames())
    assert [(frame.channel, (frame.at_ns - MS * 1_000_000) // 1_000_000) for frame in frames[4:]] == [
        (CHANNEL_POLYMARKET_MARKET, 5_000),
        (CHANNEL_CONTINUITY_LOST, 11_030),
        (CHANNEL_POLYMARKET_MARKET, 12_000),
        (CHANNEL_POLYMARKET_MARKET, 60_000),
    ]
    patient = open_tape(path, Assumptions(reopened_after_s=600))
    assert [frame.channel for frame in patient.frames()] == [CHANNEL_POLYMARKET_MARKET] * 7


def test_a_payload_that_cannot_be_read_leaves_a_hole(tmp_path: Path) -> None:
    recording = open_tape(given_session(tmp_path, *PAIR, line(300, "{cut")))
    assert [frame.channel for frame in recording.frames()][2:] == [CHANNEL_CONTINUITY_LOST]
    assert recording.bad_lines == 1


def test_a_session_without_a_pair_is_no_market(tmp_path: Path) -> None:
    with pytest.raises(TapeError, match=r"books of 1 market\(s\), none with two tokens"):
        open_tape(given_session(tmp_path, line(0, rest_book())))


def test_a_payload_nested_without_end_behind_escapes_is_a_bad_line(tmp_path: Path) -> None:
    deep = line(500, "").replace(b'"payload": ""', b'"payload": "' + b"\\u005b" * 50_000 + b'"')
    recording = open_tape(given_session(tmp_path, deep, *PAIR))
    frames = list(recording.frames())
    assert (recording.bad_lines, frames[0].channel) == (1, CHANNEL_CONTINUITY_LOST)
    assert "recursion" in recording.first_bad_line
