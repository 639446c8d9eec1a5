from tests.connectors.operator.terminal.stage import Stage, play


def test_what_is_under_the_cursor_is_told_in_full_and_follows_the_keyboard_to_another_table() -> None:
    async def scene(stage: Stage) -> list[str]:
        seen = []
        await stage.press("3")
        seen.append(stage.lines()[-3])
        await stage.press("down")
        seen.append(stage.lines()[-3])
        await stage.press("tab")
        seen.append(stage.lines()[-3])
        return seen

    first, second, other = play(scene)
    assert "Will BTC be above $120,000 on October 1? · quote 1 of 2" in first
    assert "Will the Fed cut rates in October 2026? · quote 2 of 2" in second
    assert "ETH up or down" in other


def test_a_filter_narrows_all_tables_of_a_screen_and_esc_widens_them() -> None:
    async def scene(stage: Stage) -> tuple[str, str]:
        await stage.press("3", "slash")
        await stage.type("yankees")
        await stage.press("enter")
        narrow = stage.text()
        await stage.press("escape")
        return narrow, stage.text()

    narrow, wide = play(scene)
    assert narrow.count("Yankees vs.") == 3  # an open order, an ended one, and the foot
    assert "Lakers" not in narrow
    assert "Lakers" in wide
