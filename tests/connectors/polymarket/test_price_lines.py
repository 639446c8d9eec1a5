"""A price is alive while its own time goes on; a socket is dead when all stopped, or one that had come."""

from connectors.polymarket.price_lines import LINES_MAX, PriceLines
from oms.values.units import NS_PER_SECOND

S = NS_PER_SECOND
BTC, ETH = ("spot", "btc/usd"), ("spot", "eth/usd")


def given_lines(*wanted: tuple[str, str]) -> PriceLines:
    lines = PriceLines(wanted, silence_ns=15 * S, line_silence_ns=60 * S)
    lines.opened(1_000 * S)
    return lines


def test_a_socket_on_which_nothing_comes_is_dead_after_the_silence() -> None:
    lines = given_lines(BTC)
    assert lines.due_ns() == 1_015 * S
    assert [lines.is_dead(at_s * S) for at_s in (1_014, 1_015)] == [False, True]


def test_the_same_point_again_or_an_older_one_proves_nothing() -> None:  # req 2.65
    lines = given_lines(BTC)
    for after_s, price_ms in ((1, 5_000), (5, 5_000), (6, 4_000)):
        lines.heard(BTC, price_ms, (1_000 + after_s) * S)
    assert lines.due_ns() == 1_016 * S


def test_a_price_that_stops_alone_ends_the_socket_but_one_that_never_came_does_not() -> None:
    lines = given_lines(BTC, ETH)
    lines.heard(ETH, 1, 1_000 * S)
    for after_s in range(1, 90):
        lines.heard(BTC, after_s, (1_000 + after_s) * S)
    assert [lines.is_dead(at_s * S) for at_s in (1_059, 1_060)] == [False, True]
    lines.opened(1_100 * S)
    for after_s in range(1, 300):
        lines.heard(BTC, after_s, (1_100 + after_s) * S)
    assert not lines.is_dead(1_399 * S)
    assert lines.never_came() == [ETH]


def test_what_nobody_asked_for_keeps_no_socket_alive() -> None:
    lines = given_lines(BTC)
    lines.heard(ETH, 7, 1_010 * S)
    assert (lines.is_wanted(ETH), lines.due_ns(), lines.never_came()) == (False, 1_015 * S, [BTC])


def test_without_wishes_everything_is_wanted_and_the_memory_is_bounded() -> None:
    lines = given_lines()
    for number in range(2 * LINES_MAX):
        lines.heard(("spot", str(number)), 1, 1_001 * S)
    assert lines.is_wanted(("spot", "anything"))
    assert len(lines._latest_ms) == LINES_MAX
