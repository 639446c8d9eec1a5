from connectors.operator.control.protocol import Ended, Shown, Welcome
from connectors.operator.terminal.sight import SILENT_S, Sight
from oms.values.panels import Fills, Topic
from tests.connectors.operator.terminal import made_up

ANOTHER = Welcome(protocol=1, verb="paper", version="0.6.0", pid=4712)


def given_a_sight_that_has_seen() -> Sight:
    sight = Sight(0.0)
    sight.joined(made_up.WELCOME, 1.0)
    sight.shown(Shown(topic=Topic.OVERVIEW, view=made_up.overview()), 2.0)
    return sight


def test_before_any_daemon_the_banner_says_so_and_nothing_is_old() -> None:
    sight = Sight(0.0)
    sight.lost("/run/control.sock: no daemon answers there")
    assert sight.banner(0.5) == "no daemon yet, connecting: /run/control.sock: no daemon answers there"
    assert not sight.is_old(0.5)
    assert sight.overview is None


def test_while_pictures_come_there_is_no_banner() -> None:
    sight = given_a_sight_that_has_seen()
    assert (sight.banner(2.5), sight.is_old(2.5), sight.silence_s(2.5)) == ("", False, 0.5)


def test_a_daemon_that_says_nothing_for_three_seconds_makes_everything_old_though_the_connection_stands() -> None:
    sight = given_a_sight_that_has_seen()
    assert not sight.is_old(2.0 + SILENT_S)
    assert sight.is_old(2.1 + SILENT_S)
    assert sight.banner(9.0) == "no word from the daemon for 7 s, though the connection stands: it may hang"


def test_a_lost_connection_makes_everything_old_at_once_and_pictures_stay() -> None:
    sight = given_a_sight_that_has_seen()
    sight.lost("the daemon hung up")
    assert sight.is_old(2.1)
    assert sight.banner(8.0) == "no word from the daemon for 6 s, reconnecting: the daemon hung up"
    assert sight.overview == made_up.overview()


def test_the_same_daemon_back_again_keeps_its_pictures_and_another_one_begins_anew() -> None:
    sight = given_a_sight_that_has_seen()
    sight.lost("gone")
    sight.joined(made_up.WELCOME, 9.0)
    assert (sight.overview, sight.is_old(9.0), sight.banner(9.0)) == (made_up.overview(), False, "")
    sight.joined(ANOTHER, 10.0)
    assert (sight.overview, sight.now_ns) == (None, 0)


def test_last_words_stay_on_the_banner_until_another_daemon_answers() -> None:
    sight = given_a_sight_that_has_seen()
    sight.ended(Ended(code=42, text="halted: asked for on the dashboard"))
    sight.lost("the daemon has ended")
    assert sight.banner(3.0) == "the daemon has ended with exit code 42: halted: asked for on the dashboard"
    assert sight.is_old(2.0)
    sight.joined(ANOTHER, 4.0)
    assert sight.banner(4.0) == ""


def test_the_runs_clock_is_that_of_the_latest_picture_of_any_topic() -> None:
    sight = given_a_sight_that_has_seen()
    sight.shown(Shown(topic=Topic.FILLS, view=Fills(at_ns=made_up.NOW - 5)), 3.0)
    assert sight.now_ns == made_up.NOW


def test_a_ladder_of_another_market_is_no_picture_of_this_one() -> None:
    sight = given_a_sight_that_has_seen()
    sight.shown(Shown(topic=Topic.LADDER, view=made_up.ladder(), subject="0x0000"), 3.0)
    assert sight.view(Topic.LADDER, "0x0000") == made_up.ladder()
    assert sight.view(Topic.LADDER, "0x0001") is None
