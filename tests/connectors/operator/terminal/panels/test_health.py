from connectors.operator.terminal.flow import Block
from connectors.operator.terminal.panels.health import blocks, figures
from oms.values.panels import Health, Topic
from tests.connectors.operator.terminal import made_up, made_up_days
from tests.connectors.operator.terminal.stage import Stage, play


def block(found: list[Block], title: str) -> dict[str, tuple[str, str]]:
    pairs = next(block for block in found if block.title.startswith(title)).pairs
    return {pair.label or pair.text: (pair.text, pair.ink) for pair in pairs}


BUSY = blocks(made_up_days.health(), made_up.NOW, (1.0, 2.0))


def test_latencies_stand_under_the_heads_of_their_quantiles() -> None:
    latency = block(BUSY, "LATENCY")
    assert latency["so far"][0] == "     p50      p99      max"
    assert latency["a turn"][0] == "   41 µs   187 µs   2.2 ms"
    assert latency["last turn"][0] == "0.1s ago"


def test_a_figure_that_nobody_has_is_not_nothing() -> None:
    empty = blocks(Health(at_ns=made_up.NOW), made_up.NOW, ())
    assert figures(None) == "n/a"
    assert figures({"p50": 5.0}).split() == ["5", "µs", "n/a", "n/a"]
    for title, names in {"LATENCY": ("a turn", "loop is late", "lately", "last turn"), "MACHINE": ("memory", "journal", "disk free")}.items():
        assert [block(empty, title)[name][0] for name in names] == ["n/a"] * len(names)
    assert block(empty, "EVIDENCE")["book hash"] == ("n/a of 0", "dim")


def test_a_closed_socket_is_red_and_says_what_its_trouble_is() -> None:
    feeds = block(BUSY, "FEEDS")
    assert feeds["user"] == ("CLOSED · 7.0s · 4,410 · 3×", "alarm")
    assert feeds["  closed by the other side (1006); next try in 2 s"][1] == "warn"
    assert feeds["market 1"] == ("0.2s · 1.20M · 1×", "text")


def test_evidence_budgets_guards_settlements_and_refusals_are_told() -> None:
    assert block(BUSY, "EVIDENCE")["book hash"] == ("99.99% of 41,220", "warn")
    assert block(BUSY, "EVIDENCE")["YES/NO mirror"] == ("100% of 902,114", "good")
    assert block(BUSY, "EVIDENCE")["settlement failures"] == ("1", "warn")
    assert block(BUSY, "RATE BUDGETS")["questions"] == ("0", "warn")
    assert block(BUSY, "GUARDS")["loss today"] == ("none of $150.00", "text")
    assert list(block(BUSY, "REFUSED")) == ["CAP_A_MARKET", "NOT_ENOUGH_CASH", "PRICE_OFF_TICK"]


def test_how_late_the_loop_was_lately_is_drawn_from_what_was_seen_here() -> None:
    async def scene(stage: Stage) -> str:
        await stage.press("6")
        for lag_ms in (1.0, 4.0, 8.0):
            await stage.show(Topic.HEALTH, made_up_days.health(lag_ms=lag_ms))
        return next(line for line in stage.lines() if "lately" in line)

    assert "▂▂▅█" in play(scene)
