import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.polymarket.book_audit import GRACE_NS, STRIKES_MAX, BookAudit, RestHash, hashes
from tests.connectors.frames import frame
from tests.connectors.polymarket.words_feed import SECOND, T0, ms_text, rest_book_of


def rest(text: str, at_ns: int = T0, token: str = "a") -> RestHash:
    return RestHash(token, ms_text(at_ns), text)


def given_audit(text: str = "h1", at_ns: int = T0) -> BookAudit:
    """One that has heard of token a, and is asking."""
    audit = BookAudit()
    audit.told("a", at_ns, text)
    audit.begin(at_ns)
    return audit


def round_of(audit: BookAudit, text: str, *, was_silent: bool = False) -> list[str]:
    """One question with this answer, judged."""
    audit.begin(T0)
    audit.answered([rest(text)], T0)
    return audit.judge(was_silent=was_silent) if audit.due_ns else []


def test_what_the_stream_told_before_the_question_agrees() -> None:
    audit = given_audit("h1")
    assert audit.answered([rest("h1")], T0)
    assert (audit.agreed, audit.differed, audit.due_ns, audit.is_busy) == (1, 0, None, False)


def test_what_the_stream_tells_while_the_answer_is_under_way_agrees() -> None:
    audit = given_audit("h1")
    for number in range(2, 6):
        audit.told("a", T0 + number, f"h{number}")
    assert audit.answered([rest("h3")], T0 + SECOND)


def test_what_the_stream_tells_soon_after_the_answer_agrees() -> None:
    audit = given_audit("h1")
    assert not audit.answered([rest("h2", T0 + SECOND)], T0 + SECOND)
    assert (audit.due_ns, audit.is_busy) == (T0 + SECOND + GRACE_NS, True)
    audit.told("a", T0 + SECOND, "h2")
    assert audit.judge(was_silent=False) == []
    assert (audit.agreed, audit.differed) == (1, 0)


def test_an_answer_older_than_the_streams_newest_tells_nothing() -> None:
    audit = given_audit("h1", T0 + SECOND)
    assert not audit.answered([rest("h0", T0)], T0 + SECOND)
    assert audit.due_ns is None
    audit.begin(T0)
    audit.answered([RestHash("a", "yesterday", "h9"), RestHash("a", ms_text(T0 + 9 * SECOND), "")], T0)
    assert (audit.due_ns, audit.agreed, audit.differed) == (None, 0, 0)


def test_a_token_is_lost_when_it_differs_twice_in_a_row() -> None:
    audit = given_audit()
    assert round_of(audit, "x") == []
    assert round_of(audit, "y") == ["a"]
    assert audit.differed == 2


def test_an_agreement_between_two_differences_forgives() -> None:
    audit = given_audit()
    assert [round_of(audit, text) for text in ("x", "h1", "y", "h1")] == [[]] * 4


def test_one_difference_is_enough_when_the_whole_socket_is_silent() -> None:
    assert round_of(given_audit(), "x", was_silent=True) == ["a"]


def test_a_book_that_the_stream_never_told_is_kept_back() -> None:
    audit = BookAudit()
    assert round_of(audit, "x") == []
    assert round_of(audit, "x") == ["a"]


def test_a_token_that_goes_on_differing_is_believed_lost_ever_more_rarely() -> None:
    audit = given_audit()
    lost_at = [number for number in range(1, 400) if round_of(audit, f"x{number}")]
    gaps = [later - earlier for earlier, later in zip([0, *lost_at], lost_at, strict=False)]
    assert gaps == [2, 4, 8, 16, 32, *[STRIKES_MAX] * (len(gaps) - 5)]


def test_a_question_without_an_answer_says_nothing() -> None:
    audit = given_audit()
    audit.failed()
    assert not audit.is_busy
    assert audit.judge(was_silent=True) == []


def test_a_new_socket_begins_anew_but_what_is_held_against_a_token_stays() -> None:
    audit = given_audit()
    round_of(audit, "x")
    audit.restart()
    assert (audit.newest, audit.is_busy) == ({}, False)
    other = BookAudit()
    other.inherit(audit)
    assert round_of(other, "y") == ["a"]
    other.forget(["a"])
    assert round_of(other, "y") == []


def test_an_answer_is_read_without_its_levels_or_not_at_all() -> None:
    assert hashes(frame([rest_book_of("a", T0, "h1"), rest_book_of("b", T0, "h2")])) == [rest("h1"), rest("h2", token="b")]
    for bad in (b"", b"{", b'{"error":"x"}', b"[1]", b"\xff", b"[" * 5_000, frame([{"asset_id": 5, "timestamp": "1"}])):
        assert hashes(bad) is None


@given(st.lists(st.tuples(st.sampled_from(["told", "begin", "answer", "judge", "failed", "restart"]), st.integers(0, 3), st.sampled_from("abc"))))
def test_a_stream_that_tells_what_rest_tells_never_loses_a_token(steps: list[tuple[str, int, str]]) -> None:
    """Whatever comes when: as long as every REST hash was told by the stream during the question, nothing is lost."""
    audit, now = BookAudit(), T0
    during: dict[str, str] = {}
    for what, number, token in steps:
        now += SECOND
        if what == "told":
            audit.told(token, now, f"h{number}")
            during[token] = f"h{number}"
        elif what == "begin":
            audit.begin(now)
        elif what == "answer":
            audit.begin(now)
            audit.answered([rest(text, now, token) for token, text in during.items()], now)
            assert audit.due_ns is None
        elif what == "restart":
            audit.restart()
            during.clear()
        elif what == "failed":
            audit.failed()
        assert audit.judge(was_silent=True) == []


@pytest.mark.data
def test_in_recordings_rest_and_stream_tell_the_same_hash_of_the_same_moment(data_dir: Path) -> None:
    """Sessions that read GET /book and then subscribed: the opening `book` carries REST's hash whenever it carries REST's timestamp."""
    kept = sorted((data_dir / "polymarket-ws-updown-2026-04").glob("*.jsonl.gz"))
    assert kept, "no session in polymarket-ws-updown-2026-04"
    same = 0
    for path in kept:
        told: dict[str, tuple[str, str]] = {}
        with gzip.open(path, "rt") as lines:
            payloads = [json.loads(line)["payload"] for line in lines if '"polymarket_clob"' in line]
        for payload in payloads:
            message = json.loads(payload) if payload[:1] in "[{" else []
            for row in message if isinstance(message, list) else [message]:
                if "bids" not in row:
                    continue
                now = (row["timestamp"], row["hash"])
                if "event_type" not in row:
                    told[row["asset_id"]] = now
                elif row["asset_id"] in told and told[row["asset_id"]][0] == now[0]:
                    assert told[row["asset_id"]] == now, path
                    same += 1
    assert same > 0
