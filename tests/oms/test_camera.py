"""Pictures: when they are due, what is in them, and that taking them changes nothing."""

from pathlib import Path

import pytest

from oms.camera import Camera
from oms.entries import Entry, read_journal
from oms.ports import JournalFailed
from oms.report import run_report
from oms.values import events as e
from oms.values.market import Payout
from oms.values.snapshot import Health
from oms.values.units import NS_PER_SECOND
from oms.values.views import MarketView, Picture
from tests.oms.words_engine import Floor, buy, given_floor, given_other_market, resolved
from tests.oms.words_oms import told_book
from tests.oms.words_record import SHORT_WINDOWS, change, given_demo, given_replay
from tests.words import MARKET, NO, NOON_NS, YES

SECOND = NS_PER_SECOND


def given_camera(floor: Floor, every_s: int = 5, beside: Picture | None = None) -> Camera:
    return Camera(floor.state, every_s * SECOND, lambda: beside or Picture())


def pictures_of(path: Path) -> list[tuple[Entry, Picture]]:
    return [(entry, entry.body) for entry in read_journal(path)[1] if isinstance(entry.body, Picture)]


def test_pictures_are_due_at_whole_multiples_of_the_interval_whenever_the_run_began() -> None:
    camera = given_camera(given_floor())
    times = [2, 3, 4, 5, 5, 6, 9, 10, 27, 28, 29, 30, 34]
    taken = [at for at in times if camera(NOON_NS + at * SECOND) is not None]
    assert taken == [2, 5, 10, 27, 30]
    later = given_camera(given_floor())
    assert [at for at in times[4:] if later(NOON_NS + at * SECOND) is not None] == [5, 10, 27, 30]


def test_only_markets_that_look_different_are_in_a_picture() -> None:
    floor = given_floor()
    floor.tell(e.MarketListed(market=given_other_market("other")))
    camera = given_camera(floor)
    first = camera.take().markets
    assert [(view.market_id, view.bid_pips, view.ask_pips, view.health) for view in first] == [
        (MARKET, 4_800, 5_200, Health.LIVE),
        ("other", 0, 10_000, Health.STALE),
    ]
    assert camera.take().markets == ()
    floor.tell(told_book(((4_700, 5),), ((5_200, 5),), at_ms=9))
    (changed,) = camera.take().markets
    assert (changed.market_id, changed.bid_pips, changed.mark_half_pips) == (MARKET, 4_700, 9_900)
    floor.tell(told_book(((4_700, 99),), ((5_200, 5),), at_ms=10))  # only a size
    assert camera.take().markets == ()
    floor.tell(e.MarketClosed(market_id="other"))
    assert camera.take().markets == (MarketView(market_id="other", yes_health=Health.STALE, no_health=Health.STALE, is_closed=True),)


def test_a_market_without_a_price_of_yes_is_marked_by_the_mirror_of_no() -> None:  # req 3.47
    floor = given_floor()
    camera = given_camera(floor)
    floor.tell(told_book((), (), at_ms=9))
    (view,) = camera.take().markets
    assert (view.bid_pips, view.ask_pips, view.mark_half_pips) == (0, 10_000, 10_000)
    floor.tell(told_book(((3_000, 1),), ((3_001, 1),), token=NO, at_ms=10))
    (view,) = camera.take().markets
    assert view.mark_half_pips == 2 * 10_000 - 6_001  # a mid between two pips keeps its half
    floor.tell(told_book((), (), token=NO, at_ms=11))
    (view,) = camera.take().markets
    assert view.mark_half_pips is None


def test_a_market_that_was_paid_out_is_in_no_picture_any_more() -> None:
    floor = given_floor()
    camera = given_camera(floor)
    assert len(camera.take().markets) == 1
    floor.tell(resolved(Payout(yes_ppm=500_000, no_ppm=500_000)))
    assert camera.take().markets == ()
    assert camera._shown == {}  # nothing is remembered of it: a series of markets has no end


def test_a_picture_holds_what_is_beside_the_engine_and_the_counts_of_the_engine() -> None:
    floor = given_floor()
    floor.script.want(buy(4_000, 1_000_000))  # more than our own gate allows
    floor.tell(floor.stir(), e.Acked(order_id="nobody's"))
    beside = Picture(events=7, turns=3, statements_compared=2, full_recounts=1, violation="we hold 1 more")
    picture = given_camera(floor, beside=beside).take()
    report = run_report(floor.state)
    assert (picture.events, picture.turns, picture.statements_compared, picture.full_recounts, picture.violation) == (7, 3, 2, 1, "we hold 1 more")
    assert picture.refusals == report["refused_by_gate"]
    assert picture.oddities == report["oddities"] == {"fact about an unknown order": 1}
    assert sum(picture.refusals.values()) == 1
    books = report["books"]
    assert (picture.hash_checked, picture.mirror_judged, picture.mirror_agreed) == (
        books["hash_checked"],
        books["mirror_judged"],
        books["mirror_agreed"],
    )


def test_a_market_that_is_forgotten_between_two_pictures_leaves_the_camera_too() -> None:  # req 2.57
    floor = given_floor(over_kept=0)
    camera = given_camera(floor)
    assert [view.market_id for view in camera.take().markets] == [MARKET]
    floor.tell(e.MarketClosed(market_id=MARKET))
    assert (camera.take().markets, camera._shown) == ((), {})


def test_taking_a_picture_changes_nothing() -> None:
    floor, other = given_floor(), given_floor()
    camera = given_camera(floor, 1)
    for turn in range(20):
        for one in (floor, other):
            one.rest(buy(4_000 - 100 * turn, 5))
        camera(floor.now_ns)
        camera.take()
    assert floor.venue.sent == other.venue.sent
    assert run_report(floor.state) == run_report(other.state)
    assert floor.state.by_token[YES][0].dirty is other.state.by_token[YES][0].dirty


@pytest.mark.parametrize("kind", ["demo", "replay"])
def test_a_run_commands_the_same_with_and_without_pictures_however_often(tmp_path: Path, kind: str) -> None:  # ruling 0.7
    hashes, counts = [], []
    for name, picture_s in (("none", None), ("each second", 1), ("each hour", 3_600)):
        path = None if picture_s is None else tmp_path / name
        env = SHORT_WINDOWS | ({} if picture_s is None else {"STEELYARD__JOURNAL__PICTURE_S": str(picture_s)})
        run = given_demo(path, seconds=20, env=env) if kind == "demo" else given_replay(path, env=env)
        assert (run.joined.turner.camera is None) is (path is None)
        hashes.append(run.run()["commands_hash"])
        if path is not None:
            taken = pictures_of(path)
            slots = [entry.at_ns // ((picture_s or 1) * SECOND) for entry, _ in taken[:-1]]  # one more at the very end
            assert len(set(slots)) == len(slots)
            counts.append(len(taken))
    assert len(set(hashes)) == 1
    assert counts[0] > 15
    assert 2 <= counts[1] <= 3


def test_a_run_that_is_done_again_takes_the_same_pictures_and_another_one_is_noticed(tmp_path: Path) -> None:  # ruling 1.7
    path = tmp_path / "j"
    given_demo(path, seconds=12).run()
    before = pictures_of(path)
    given_demo(path, seconds=12, resume=True).run()
    assert pictures_of(path) == before
    seq = before[1][0].seq
    change(path, f"UPDATE entry SET body = CAST(replace(CAST(body AS TEXT), '\"events\":', '\"events\":1') AS BLOB) WHERE seq = {seq}")  # noqa: S608
    with pytest.raises(JournalFailed, match=r"does not repeat what the journal holds .*Picture"):
        given_demo(path, seconds=12, resume=True).run()


def test_each_picture_names_only_what_changed_since_the_one_before(tmp_path: Path) -> None:
    path = tmp_path / "j"
    given_demo(path, seconds=60).run()
    shown: dict[str, MarketView] = {}
    for _, picture in pictures_of(path):
        for view in picture.markets:
            assert shown.get(view.market_id) != view
            shown[view.market_id] = view
    assert len(shown) >= 3
