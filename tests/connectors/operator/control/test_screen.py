"""Which picture is shown when: moments are told, nothing waits."""

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.operator.control.bridge import Wanted
from connectors.operator.control.protocol import VIEW_BYTES_MAX, Shown, told_decoder
from connectors.operator.control.screen import ALIVE_S, Gallery, Screen, line_of
from oms.values.panels import Alerts, Fills, LogRow, Overview, Topic

ONE, TWO = Wanted(Topic.OVERVIEW), Wanted(Topic.FILLS)


def overview(at_ns: int, events: int = 0) -> Overview:
    return Overview(at_ns=at_ns, verb="demo", phase="trading", events=events)


@pytest.fixture
def unshowable() -> list[Wanted]:
    return []


@pytest.fixture
def gallery(unshowable: list[Wanted]) -> Gallery:
    return Gallery(unshowable.append)


def given_screen(*watched: Wanted, every_s: float = 0.5) -> Screen:
    screen = Screen()
    screen.watch(watched, every_s)
    return screen


def shown(screen: Screen, gallery: Gallery, now_s: float) -> Sequence[Wanted]:
    """Everything that is due now, in order."""
    found = []
    while (picture := screen.next(gallery, now_s)) is not None:
        found.append(picture.wanted)
    return found


def test_nothing_is_shown_of_which_there_is_no_picture_or_which_is_not_watched(gallery: Gallery) -> None:
    screen = given_screen(ONE)
    assert shown(screen, gallery, 0) == []
    assert screen.wake_s(gallery) is None
    gallery.hang(TWO, Fills(at_ns=1))
    assert shown(screen, gallery, 0) == []
    assert screen.wake_s(gallery) is None


def test_a_picture_is_shown_once_and_a_changed_one_not_before_its_time(gallery: Gallery) -> None:
    screen = given_screen(ONE, every_s=0.5)
    gallery.hang(ONE, overview(1))
    assert shown(screen, gallery, 10.0) == [ONE]
    assert shown(screen, gallery, 99.0) == []
    gallery.hang(ONE, overview(2, events=1))
    assert screen.wake_s(gallery) == 10.5
    assert shown(screen, gallery, 10.4) == []
    assert shown(screen, gallery, 10.5) == [ONE]


def test_a_picture_that_is_the_same_but_for_its_age_is_shown_every_two_seconds(gallery: Gallery) -> None:
    screen = given_screen(ONE, every_s=0.5)
    gallery.hang(ONE, overview(1))
    assert shown(screen, gallery, 10.0) == [ONE]
    gallery.hang(ONE, overview(2))
    assert shown(screen, gallery, 10.0 + ALIVE_S - 0.01) == []
    assert screen.wake_s(gallery) == 10.0 + ALIVE_S
    assert shown(screen, gallery, 10.0 + ALIVE_S) == [ONE]


def test_a_trading_side_that_hangs_is_seen_as_silence(gallery: Gallery) -> None:
    screen = given_screen(ONE)
    gallery.hang(ONE, overview(1))
    assert shown(screen, gallery, 0.0) == [ONE]
    assert shown(screen, gallery, 3_600.0) == []


def test_what_was_shown_longest_ago_comes_first_so_that_none_starves(gallery: Gallery) -> None:
    screen = given_screen(ONE, TWO, every_s=0.1)
    gallery.hang(ONE, overview(1))
    gallery.hang(TWO, Fills(at_ns=1))
    assert shown(screen, gallery, 1.0) == [ONE, TWO]
    for at in range(2, 10):
        gallery.hang(ONE, overview(at, events=at))
        gallery.hang(TWO, Fills(at_ns=at, count=at))
        first = screen.next(gallery, float(at))
        second = screen.next(gallery, float(at) + 0.01)
        assert first is not None
        assert second is not None
        assert {first.wanted, second.wanted} == {ONE, TWO}


def test_what_is_watched_anew_is_shown_at_once_and_what_stays_watched_keeps_its_pace(gallery: Gallery) -> None:
    screen = given_screen(ONE, every_s=5.0)
    gallery.hang(ONE, overview(1))
    gallery.hang(TWO, Fills(at_ns=1))
    assert shown(screen, gallery, 0.0) == [ONE]
    screen.watch((ONE, TWO), 5.0)
    gallery.hang(ONE, overview(2, events=1))
    assert shown(screen, gallery, 1.0) == [TWO]
    screen.watch((TWO,), 5.0)
    screen.watch((ONE,), 5.0)
    assert shown(screen, gallery, 1.0) == [ONE]


def test_a_line_is_made_once_however_many_look(gallery: Gallery) -> None:
    gallery.hang(ONE, overview(7))
    screens = [given_screen(ONE) for _ in range(3)]
    pictures = [screen.next(gallery, 0.0) for screen in screens]
    lines = [gallery.line(picture) for picture in pictures if picture is not None]
    assert len(lines) == 3
    assert lines[0] is lines[1] is lines[2]
    assert told_decoder.decode(lines[0]) == Shown(topic=Topic.OVERVIEW, view=overview(7))


def test_pictures_that_nobody_watches_any_more_are_let_go(gallery: Gallery) -> None:
    gallery.hang(ONE, overview(1))
    gallery.hang(TWO, Fills(at_ns=1))
    gallery.keep((TWO,))
    assert gallery.picture(ONE) is None
    assert gallery.picture(TWO) is not None


@pytest.mark.parametrize(
    "view",
    [
        Overview(at_ns=1, verb="\ud800", phase=""),
        Alerts(at_ns=1, log=(LogRow(at_ns=1, level="info", text="x" * VIEW_BYTES_MAX),)),
    ],
)
def test_a_picture_that_no_line_can_hold_is_named_once_and_none_is_sent(gallery: Gallery, unshowable: list[Wanted], view: Overview | Alerts) -> None:
    assert line_of(Shown(topic=Topic.OVERVIEW, view=view)) == b""
    for _ in range(3):
        gallery.hang(ONE, view)
        picture = gallery.picture(ONE)
        assert picture is not None
        assert gallery.line(picture) == b""
    assert unshowable == [ONE]


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans(), st.booleans()), max_size=60), st.sampled_from([0.1, 0.5, 3.0]))
def test_no_client_is_shown_more_often_than_it_wants_nor_anything_older_and_it_ends_with_the_latest(
    steps: list[tuple[float, bool, bool]], every_s: float
) -> None:
    gallery, screen = Gallery(lambda _: None), given_screen(ONE, every_s=every_s)
    now_s, at_ns, events = 0.0, 0, 0
    moments: list[float] = []
    seen: list[Overview] = []

    def look() -> None:
        while (picture := screen.next(gallery, now_s)) is not None:
            moments.append(now_s)
            assert isinstance(picture.view, Overview)
            seen.append(picture.view)

    for passes_s, is_new, is_changed in steps:
        now_s += passes_s
        at_ns += is_new
        events += is_new and is_changed
        if is_new:
            gallery.hang(ONE, overview(at_ns, events))
        look()
    while (wake_s := screen.wake_s(gallery)) is not None:
        assert wake_s > now_s
        now_s = wake_s
        look()
    assert all(later - before >= every_s - 1e-9 for before, later in pairwise(moments))
    assert [view.at_ns for view in seen] == sorted({view.at_ns for view in seen})
    assert not at_ns or seen[-1].at_ns == at_ns
