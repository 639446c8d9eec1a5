from connectors.operator.control.protocol import Ended, Shown
from connectors.operator.terminal.frame import folded, key_line, top_lines
from connectors.operator.terminal.ink import Cell, Line
from connectors.operator.terminal.keys import KEYS
from connectors.operator.terminal.sight import Sight
from oms.values.panels import Overview, Topic
from tests.connectors.operator.terminal import made_up
from tests.connectors.operator.terminal.stage import Stage, play


def text(line: Line) -> str:
    return "".join([cell.text for cell in line])


def given_a_sight_of(view: Overview) -> Sight:
    sight = Sight(0.0)
    sight.joined(made_up.WELCOME, 0.0)
    sight.shown(Shown(topic=Topic.OVERVIEW, view=view), 0.0)
    return sight


def inks(line: Line) -> dict[str, str]:
    return {cell.text.strip(): cell.ink for cell in line}


def test_the_head_tells_name_verb_phase_worth_results_clock_and_the_age_of_the_picture() -> None:
    first, second = [text(line) for line in top_lines(given_a_sight_of(made_up.overview()), 0.4, 80)]
    for part in ("STEELYARD", "PAPER", "● trading", "1 order in doubt", "13:00:00"):
        assert part in first
    for part in ("mark $10,042.31", "worst $9,873.11", "start +$42.31", "today +$31.29", "picture 0.4s"):
        assert part in second


def test_with_room_it_says_the_same_in_whole_words_and_with_the_date() -> None:
    first, second = [text(line) for line in top_lines(given_a_sight_of(made_up.overview()), 0.0, 200)]
    assert "2026-09-28 13:00:00 UTC" in first
    assert "equity at the mark $10,042.31" in second


def test_why_a_phase_is_what_it_is_stands_beside_it_and_only_a_halt_is_red() -> None:
    paused = top_lines(given_a_sight_of(made_up.overview(phase="paused", why="asked for on the dashboard")), 0.0, 80)[0]
    assert "▲ paused" in text(paused)
    assert "asked for on the dash" in text(paused)
    assert inks(paused)["▲ paused"] == "warn"
    assert inks(top_lines(given_a_sight_of(made_up.overview(phase="halted")), 0.0, 80)[0])["▲ halted"] == "alarm"


def test_live_paints_the_whole_first_line() -> None:
    line = top_lines(given_a_sight_of(made_up.overview(verb="live")), 0.0, 80)[0]
    assert {cell.ink for cell in line} == {"live"}
    assert "LIVE · REAL MONEY" in text(line)
    assert "live" not in inks(top_lines(given_a_sight_of(made_up.overview()), 0.0, 80)[0]).values()


def test_books_that_differ_are_red_on_every_screen() -> None:
    line = top_lines(given_a_sight_of(made_up.overview(conserved="cash: 5 against 4")), 0.0, 80)[0]
    assert inks(line)["OUR BOOKS AND THE VENUE'S DIFFER"] == "alarm"


def test_an_unknown_mark_makes_no_result() -> None:
    second = text(top_lines(given_a_sight_of(made_up.overview(equity_mark_micro=None)), 0.0, 80)[1])
    assert "mark n/a" in second
    assert "start n/a" in second
    assert "today n/a" in second


def test_large_accounts_leave_cents_out_so_that_nothing_is_cut() -> None:
    rich = made_up.overview(equity_mark_micro=12_345_678_900_000, equity_worst_micro=-999_999_990_000, start_micro=10_000_000_000_000)
    second = text(top_lines(given_a_sight_of(rich), 0.0, 80)[1])
    assert "mark $12,345,678 " in second
    assert "worst -$999,999 " in second
    assert "start +$2,345,678 " in second
    assert "picture" in second


def test_what_is_old_is_grey_and_says_for_how_long() -> None:
    sight = given_a_sight_of(made_up.overview())
    second = top_lines(sight, 7.0, 80)[1]
    assert "✕ silent for 7.0s" in text(second)
    assert inks(second)["$10,042.31"] == "faint"
    assert inks(top_lines(sight, 7.0, 80)[0])["● trading"] == "faint"
    sight.lost("gone")
    assert "not connected" in text(top_lines(sight, 7.0, 80)[1])
    sight.ended(Ended(code=0, text="the demo is over"))
    assert "ended" in text(top_lines(sight, 7.0, 80)[1])


def test_without_a_daemon_the_head_says_so() -> None:
    first, second = [text(line) for line in top_lines(Sight(0.0), 1.0, 80)]
    assert "NO DAEMON" in first
    assert "equity n/a" in second


def test_the_footer_keeps_kill_pause_and_help_however_narrow_it_is() -> None:
    for width in (30, 40, 80, 200):
        line = text(key_line(width))
        assert len(line) == width
        for part in ("p pause", "K KILL"):
            assert part in line
    assert all(key.sign in text(key_line(200)) for key in KEYS)
    assert "p resume" in text(key_line(80, "resume"))


def test_long_words_are_folded_and_that_more_was_there_shows() -> None:
    assert [text(line) for line in folded(Cell("one two three four five six"), 10, 2)] == ["one two", "three …"]


def test_a_click_on_a_screen_opens_it_and_a_click_on_a_key_does_what_the_key_does() -> None:
    async def scene(stage: Stage) -> tuple[str, int]:
        await stage.pilot.click("#tabs", offset=(stage.lines()[2].index("6 health") + 2, 0))
        await stage.pilot.pause()
        opened = stage.app.panel.id or ""
        await stage.pilot.click("#keys", offset=(stage.lines()[-1].index("KILL"), 0))
        await stage.pilot.pause()
        return opened, len(stage.link.done)

    assert play(scene) == ("health", 1)
