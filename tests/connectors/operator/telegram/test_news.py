"""From pictures to what must be told: what is new, once."""

from connectors.operator.control.protocol import Ended, Shown, Welcome
from connectors.operator.telegram.alerts import Degree, Item
from connectors.operator.telegram.news import SILENT_NS, News
from oms.values.panel_rows import AlertRow, FillRow
from oms.values.panels import Alerts, Fills, Health, Overview, Topic
from tests.connectors.operator.telegram.words_telegram import AT_NS, WELCOME, alert, fill, overview

OTHER = Welcome(protocol=1, verb="live", version="1.3", pid=78)


def phase(news: News, name: str, **given: object) -> list[Item]:
    return news.shown(Shown(topic=Topic.OVERVIEW, view=overview(phase=name, **given)), 0)


def raised(news: News, *rows: AlertRow) -> list[tuple[str, int]]:
    return [(item.text, item.count) for item in news.shown(Shown(topic=Topic.ALERTS, view=Alerts(at_ns=AT_NS, rows=rows)), 0)]


def traded(news: News, count: int, *rows: FillRow) -> list[int]:
    items = news.shown(Shown(topic=Topic.FILLS, view=Fills(at_ns=AT_NS, rows=rows, count=count)), 0)
    assert all(item.degree is Degree.CALM for item in items)
    return [item.count for item in items]


def words(items: list[Item]) -> str:
    return "\n".join([item.text for item in items])


def test_the_daemon_coming_and_going_is_told_once_each() -> None:
    news = News()
    assert "cannot be reached" in words(news.lost("/run/x.sock: nobody"))
    assert news.lost("/run/x.sock: nobody, still") == []
    assert "is there: live" in words(news.joined(WELCOME, 0))
    (gone,) = news.lost("it hung <up>")
    assert gone.degree is Degree.URGENT
    assert "&lt;up&gt;" in gone.text
    assert "is back" in words(news.joined(WELCOME, 0))
    news.lost("x")
    assert "was started anew" in words(news.joined(OTHER, 0))


def test_last_words_are_told_and_the_end_that_follows_is_not() -> None:
    news = News()
    news.joined(WELCOME, 0)
    assert "HALTED" in words(news.ended(Ended(code=42, text="drawdown")))
    assert news.lost("hung up") == []
    assert news.lost("no daemon answers") == []
    assert "started anew" in words(news.joined(OTHER, 0))
    assert words(news.ended(Ended(code=0, text="stopped"))) == "the daemon ended (exit code 0): <code>stopped</code>"


def test_a_daemon_that_is_connected_but_shows_nothing_is_told_once_and_so_is_its_return() -> None:
    news = News()
    assert news.silence(10 * SILENT_NS) == []  # nobody is there, which is told already
    news.joined(WELCOME, 0)
    assert news.silence(SILENT_NS - 1) == []
    assert "may hang" in words(news.silence(SILENT_NS))
    assert news.silence(2 * SILENT_NS) == []
    assert "shows itself again" in words(news.shown(Shown(topic=Topic.HEALTH, view=Health(at_ns=AT_NS)), 2 * SILENT_NS))
    assert news.silence(3 * SILENT_NS - 1) == []
    assert news.silence(3 * SILENT_NS) != []
    news.lost("gone")
    assert news.silence(9 * SILENT_NS) == []


def test_a_change_of_phase_is_told_at_once_when_it_is_grave() -> None:
    news = News()
    (first,) = phase(news, "starting")
    assert first.degree is Degree.PLAIN
    assert phase(news, "starting") == []
    assert phase(news, "trading")[0].text == "STARTING → <b>TRADING</b>"
    (paused,) = phase(news, "paused", why="<b>by hand")
    assert paused.degree is Degree.URGENT
    assert paused.text == "TRADING → <b>PAUSED</b>: <code>&lt;b&gt;by hand</code>"
    assert phase(news, "trading")[0].degree is Degree.URGENT
    assert phase(news, "halted")[0].degree is Degree.URGENT


def test_books_that_do_not_fit_are_told_when_the_difference_is_another() -> None:
    news = News()
    phase(news, "trading")
    assert "do not fit" in words(phase(news, "trading", conserved="cash 5"))
    assert phase(news, "trading", conserved="cash 5") == []
    assert len(phase(news, "trading", conserved="cash 6")) == 1
    assert phase(news, "trading") == []


def test_alerts_from_before_are_one_line_and_later_ones_are_counted_up() -> None:
    news = News()
    news.joined(WELCOME, 0)
    assert raised(news, alert(count=3), alert("x", "y")) == [("4 alerts stood when this console began: /alerts shows the latest", 1)]
    assert raised(news, alert(count=3), alert("x", "y")) == []
    assert raised(news, alert("<new>", "y"), alert(count=5), alert("x", "y")) == [
        ("<code>the venue is slow</code>", 2),
        ("<code>&lt;new&gt;</code>", 1),
    ]
    news.lost("gone")
    news.joined(WELCOME, 0)
    assert raised(news, alert(count=5)) == []  # the same process: nothing new
    news.joined(OTHER, 0)
    assert [count for _, count in raised(news, alert(count=5))] == [5]  # another one: it raised all of them itself


def test_a_console_that_begins_before_any_alert_says_nothing_of_before() -> None:
    news = News()
    assert raised(news) == []
    assert raised(news, alert()) == [("<code>the venue is slow</code>", 1)]


def test_trades_are_told_one_by_one_as_far_as_they_are_shown_and_counted_beyond() -> None:  # req 4.19
    news = News()
    assert traded(news, 50, fill()) == []
    assert traded(news, 50, fill()) == []
    assert traded(news, 52, fill(order_id="b"), fill(order_id="a"), fill()) == [1, 1]
    assert traded(news, 60, fill(), fill()) == [7, 1]
    assert traded(news, 61) == [1]
    assert traded(news, 0) == []  # another process counts from nothing
    assert traded(news, 2, fill(), fill()) == [1, 1]


def test_a_picture_of_no_concern_is_none() -> None:
    assert News().shown(Shown(topic=Topic.HEALTH, view=Health(at_ns=1)), 0) == []
    assert isinstance(overview(), Overview)
