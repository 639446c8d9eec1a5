from connectors.operator.control.protocol import CancelAll, Kill
from connectors.operator.terminal.dialogs import Confirm, Help, harmless_lines, help_lines
from connectors.operator.terminal.ink import width_of
from connectors.operator.terminal.keys import KEYS
from tests.connectors.operator.terminal.stage import LARGE, SMALL, Stage, play


def test_a_question_is_answered_by_enter_or_y_and_not_by_anything_else() -> None:
    async def scene(stage: Stage) -> list[int]:
        counts = []
        for keys in (("C", "escape"), ("C", "n"), ("C", "x", "escape"), ("C", "enter"), ("C", "y")):
            await stage.press(*keys)
            await stage.pilot.pause()
            counts.append(len(stage.link.done))
            assert not isinstance(stage.app.screen, Confirm)
        assert stage.link.done == [CancelAll(), CancelAll()]
        return counts

    assert play(scene) == [0, 0, 0, 1, 2]


def test_a_question_can_be_answered_with_the_mouse() -> None:
    async def scene(stage: Stage) -> int:
        await stage.press("C")
        line = next(i for i, text in enumerate(stage.lines()) if "yes, do it" in text)
        await stage.pilot.click(offset=(stage.lines()[line].index("yes"), line))
        await stage.pilot.pause()
        await stage.pilot.pause()
        return len(stage.link.done)

    assert play(scene) == 1


def test_kill_works_while_a_question_or_the_help_is_open() -> None:
    async def scene(stage: Stage) -> list[type]:
        await stage.press("C", "K", "escape", "question_mark", "K")
        assert isinstance(stage.app.screen, Help)
        await stage.pilot.pause()
        return [type(what) for what in stage.link.done]

    assert play(scene) == [Kill, Kill]


def test_pictures_go_on_behind_a_question() -> None:
    async def scene(stage: Stage) -> str:
        await stage.press("C")
        stage.link.show()
        await stage.wait(1.2)
        return stage.lines()[1]

    assert "picture 1.2s" in play(scene)


def test_the_help_fits_any_width_and_leaves_no_key_out() -> None:
    for width in (60, 72, 160):
        lines = help_lines(width)
        assert max([width_of(line) for line in lines]) <= width
        text = "\n".join(["".join([cell.text for cell in line]) for line in lines])
        assert [key.sign for key in KEYS if f"  {key.sign} " not in text] == []


def test_the_help_scrolls_where_it_does_not_fit_and_goes_away() -> None:
    async def scene(stage: Stage) -> tuple[str, str, str]:
        await stage.press("question_mark")
        above = stage.text()
        await stage.press("end")
        below = stage.text()
        await stage.press("escape")
        return above, below, stage.text()

    above, below, gone = play(scene, SMALL)
    assert "needs a person, now" not in above
    assert "needs a person, now" in below
    assert "KEYS" not in gone
    assert "needs a person, now" in play(scene, LARGE)[0]


def test_what_a_daemon_answers_keeps_its_lines_and_nothing_else() -> None:
    assert harmless_lines("a\x1b[2J\nb") == "a\\x1b[2J\nb"
