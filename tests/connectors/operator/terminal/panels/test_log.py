from connectors.operator.terminal.panels.log import alert_key
from oms.values.panels import AlertRow, Alerts, LogRow, Topic
from tests.connectors.operator.terminal import made_up
from tests.connectors.operator.terminal.stage import Stage, play


def test_the_same_alert_again_is_one_row_with_a_count() -> None:
    first = AlertRow(at_ns=1, kind="book", text="t")
    assert alert_key(first) == alert_key(AlertRow(at_ns=9, kind="book", text="t", count=12))

    async def scene(stage: Stage) -> str:
        await stage.press("7")
        return stage.text()

    assert "×12" in play(scene)


def test_the_whole_text_of_a_row_stands_below() -> None:
    async def scene(stage: Stage) -> tuple[str, str]:
        await stage.press("7")
        alert = " ".join(stage.lines()[-3:-1])
        await stage.press("tab", "down")
        return alert, " ".join(stage.lines()[-3:-1])

    alert, line = play(scene)
    assert "orders are not followed live until it is" in alert
    assert "user stream closed code=1006 next_s=2" in line


def test_a_log_line_with_control_signs_is_only_drawn() -> None:
    view = Alerts(
        at_ns=made_up.NOW,
        rows=(AlertRow(at_ns=made_up.NOW, kind=made_up.HOSTILE, text=made_up.HOSTILE),),
        log=(LogRow(at_ns=made_up.NOW, level="\x1b[2J", text=made_up.HOSTILE),),
    )

    async def scene(stage: Stage) -> str:
        await stage.press("7")
        await stage.show(Topic.ALERTS, view)
        return stage.text()

    text = play(scene)
    assert "[red]paid[/red]" in text
    assert not [sign for sign in text if not sign.isprintable() and sign != "\n"]
