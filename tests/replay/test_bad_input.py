"""Bad frames through the whole house: a refusal by name that is counted, the book as it was, never a wrong book that is believed."""

from pathlib import Path

import pytest
from hypothesis import given, settings

from oms.values.snapshot import Health
from tests.connectors.frames import NO, YES, book, entry, frame, price_change
from tests.replay.words_spoilt import GOOD, RUNG, changes, given_tape, healths, levels, ms, replayed, spoilt_tapes, whole_books


def changed(best_bid: str = "0.48", token: str = YES, **other: object) -> bytes:
    return frame(price_change(entry(token, best_bid=best_bid, best_ask="0.52", **other)))


BAD: dict[str, tuple[str, bytes]] = {
    "a price that is text NaN": ("bad_number", changed(price="NaN")),
    "a price that is NaN": ("not_json", changed(price=float("nan"))),
    "a negative price": ("bad_number", changed(price="-0.37")),
    "a price off every grid": ("bad_number", changed(price="0.12345")),
    "a price of nothing": ("bad_number", changed(price="0")),
    "a price of a dollar": ("bad_number", changed(price="1.0")),
    "a price with an exponent": ("bad_number", changed(price="4e-1")),
    "a size of 10^30": ("bad_number", changed(size="1" + "0" * 30)),
    "a size of 1e30": ("bad_number", changed(size="1e30")),
    "an infinite size": ("bad_number", changed(size="Infinity")),
    "a negative size": ("bad_number", changed(size="-5")),
    "a size that is a number": ("wrong_shape", changed(size=5)),
    "a side that is none": ("wrong_shape", changed(side="HOLD")),
    "a best price beyond a dollar": ("bad_number", changed(best_bid="2")),
    "one bad entry among good ones": ("bad_number", frame(price_change(entry(), entry(price="7")))),
    "one bad message among good ones": ("bad_number", frame([book(), book(NO, bids=[{"price": "7", "size": "1"}])])),
    "a time that is no number": ("bad_timestamp", frame(book(timestamp="noon"))),
    "a time of thirty digits": ("bad_timestamp", frame(book(timestamp="9" * 30))),
    "no time": ("wrong_shape", frame({key: value for key, value in book().items() if key != "timestamp"})),
    "no bids": ("wrong_shape", frame({key: value for key, value in book().items() if key != "bids"})),
    "bids that are null": ("wrong_shape", frame(book(bids=None))),
    "a price twice in one book": ("duplicate_level", frame(book(bids=[RUNG, RUNG]))),
    "a tick that divides no dollar": ("bad_number", frame(book(tick_size="0.03"))),
    "a type nobody knows": ("unknown_event_type", frame({**book(), "event_type": "surprise"})),
    "an empty frame": ("not_json", b""),
    "bytes": ("not_json", bytes(range(256))),
    "half a frame": ("not_json", frame(book())[:-9]),
    "another JSON": ("wrong_shape", b"null"),
    "brackets without end": ("not_json", b"[" * 100_000),
    "a giant": ("too_long", b'{"a":"' + b"x" * (8 * 1024 * 1024)),
}


@pytest.mark.parametrize("what", BAD)
def test_a_bad_frame_is_counted_by_name_and_leaves_the_book_as_it_was_but_not_believed(tmp_path: Path, what: str) -> None:  # req 2.10
    name, bad = BAD[what]
    clean, _ = replayed(given_tape(tmp_path, GOOD))
    assert healths(clean) == [Health.LIVE, Health.LIVE]
    spoilt, report = replayed(given_tape(tmp_path, [*GOOD, bad]))
    assert report["tapes"][0]["refused_frames"] == {name: 1}
    assert levels(spoilt) == levels(clean)
    assert healths(spoilt) == [Health.STALE, Health.STALE]


@pytest.mark.parametrize("what", BAD)
def test_after_a_bad_frame_trading_goes_on_with_the_next_whole_books(tmp_path: Path, what: str) -> None:
    name, bad = BAD[what]
    later = [*whole_books(ms(20)), *(changes(ms(second), 30 + second) for second in range(21, 29))]
    watched, report = replayed(given_tape(tmp_path, [*GOOD, bad, changes(ms(19), 999), *later]))
    assert report["tapes"][0]["refused_frames"] == {name: 1}
    assert report["tapes"][0]["frames"] == 1 + len(GOOD) + 2 + len(later)
    assert healths(watched) == [Health.LIVE, Health.LIVE]
    assert report["orders"]["placed"] > replayed(given_tape(tmp_path, [*GOOD, bad]))[1]["orders"]["placed"], "quoting began anew"
    fresh, _ = replayed(given_tape(tmp_path, [*whole_books(ms(20)), *later[2:]]))
    assert levels(watched) == levels(fresh)


@pytest.mark.parametrize("harmless", [b"[]", b"PONG", changed(token="5"), frame({"event_type": "new_market", "id": 1})])
def test_a_frame_about_nothing_of_ours_changes_nothing(tmp_path: Path, harmless: bytes) -> None:
    clean, _ = replayed(given_tape(tmp_path, GOOD))
    told, report = replayed(given_tape(tmp_path, [*GOOD, harmless]))
    assert (report["tapes"][0]["refused_frames"], levels(told), healths(told)) == ({}, levels(clean), healths(clean))


def test_doubled_frames_make_the_same_book(tmp_path: Path) -> None:  # req 2.13
    clean, _ = replayed(given_tape(tmp_path, GOOD))
    doubled, report = replayed(given_tape(tmp_path, [copy for payload in GOOD for copy in (payload, payload)]))
    assert (report["tapes"][0]["refused_frames"], levels(doubled), healths(doubled)) == ({}, levels(clean), healths(clean))


def test_a_book_that_says_it_is_crossed_is_held_and_not_believed(tmp_path: Path) -> None:
    crossed = frame(book(hash="", bids=[{"price": "0.6", "size": "1"}], asks=[{"price": "0.5", "size": "1"}]))
    watched, _ = replayed(given_tape(tmp_path, [*GOOD, crossed]))
    assert healths(watched) == [Health.SUSPECT, Health.LIVE]


@settings(max_examples=120)
@given(spoilt_tapes())
def test_after_spoilt_frames_no_cent_is_lost_and_whole_books_make_all_good(tmp_path_factory: pytest.TempPathFactory, frames: list[bytes]) -> None:
    last = whole_books(ms(100))
    watched, report = replayed(given_tape(tmp_path_factory.getbasetemp(), [*frames, *last]))  # Watched looks at every book after every fact
    assert report["tapes"][0]["frames"] == 1 + len(frames) + len(last)
    assert sum(report["tapes"][0]["refused_frames"].values()) <= len(frames)
    assert levels(watched) == levels(replayed(given_tape(tmp_path_factory.getbasetemp(), last))[0])
    assert Health.STALE not in healths(watched)
