"""What waits to be told: merged, counted, paced, and never lost."""

import re

from hypothesis import given
from hypothesis import strategies as st

from connectors.operator.telegram.alerts import (
    KINDS_MAX,
    MINUTE_NS,
    OTHER,
    SETTLE_NS,
    TEXT_SIGNS_MAX,
    TEXTS_MAX,
    Degree,
    Item,
    Waiting,
    is_silent,
    message,
)
from connectors.operator.telegram.markup import SIGNS_MAX, signs
from oms.values.units import NS_PER_SECOND

WALL_NS = 1_790_000_000 * NS_PER_SECOND


def told(waiting: Waiting, now_ns: int) -> str:
    """What leaves at this moment; empty: nothing."""
    groups = waiting.take(now_ns)
    if groups:
        waiting.left(groups, now_ns)
    return message(groups) if groups else ""


def test_a_burst_of_one_kind_is_one_message_with_a_count_and_the_latest_texts() -> None:
    waiting = Waiting(10)
    for number in range(15):
        waiting.add(Item("slow", f"text {number}"), 0, WALL_NS + number * NS_PER_SECOND)
    assert told(waiting, SETTLE_NS - 1) == ""
    assert waiting.wake_ns() == SETTLE_NS
    assert told(waiting, SETTLE_NS).split("\n") == [
        "<b>slow</b> 15× 14:13:20 to 14:13:34 UTC",
        "text 12",
        "text 13",
        "text 14",
        "… and 12 more of kind slow",
    ]
    assert waiting.wake_ns() is None


def test_one_alone_has_no_count_and_the_same_text_stands_once() -> None:
    waiting = Waiting(10)
    waiting.add(Item("slow", "a"), 0, WALL_NS)
    assert told(waiting, SETTLE_NS) == "<b>slow</b> 14:13:20 UTC\na"
    waiting.add(Item("slow", "a"), 0, WALL_NS)
    waiting.add(Item("slow", "a"), 0, WALL_NS)
    assert told(waiting, SETTLE_NS) == "<b>slow</b> 2× 14:13:20 UTC\na\n… and 1 more of kind slow"


def test_no_more_messages_leave_in_a_minute_than_are_wanted_and_the_last_is_for_what_is_urgent() -> None:
    waiting = Waiting(3)
    sent = []
    for second in range(61):
        now = second * NS_PER_SECOND
        waiting.add(Item("slow", "x"), now, WALL_NS)
        if told(waiting, now):
            sent.append(second)
    assert sent == [2, 5]
    waiting.add(Item("halt", "y", Degree.URGENT), 61 * NS_PER_SECOND, WALL_NS)
    first = told(waiting, 61 * NS_PER_SECOND).split("\n")
    assert first[0].startswith("<b>halt</b>")
    assert first[2].startswith("<b>slow</b> 55×")  # what waited goes along
    waiting.add(Item("halt", "z", Degree.URGENT), 61 * NS_PER_SECOND, WALL_NS)
    assert told(waiting, 61 * NS_PER_SECOND) == ""
    assert waiting.wake_ns() == 62 * NS_PER_SECOND
    assert "z" in told(waiting, 62 * NS_PER_SECOND)


def test_one_a_minute_is_one_a_minute_urgent_or_not() -> None:
    waiting = Waiting(1)
    waiting.add(Item("a", "x"), 0, WALL_NS)
    assert told(waiting, SETTLE_NS)
    waiting.add(Item("b", "x", Degree.URGENT), SETTLE_NS, WALL_NS)
    assert told(waiting, SETTLE_NS + MINUTE_NS - 1) == ""
    assert told(waiting, SETTLE_NS + MINUTE_NS)


def test_trades_make_no_sound_and_come_once_a_minute() -> None:  # req 4.19
    waiting = Waiting(10)
    waiting.add(Item("trade", "1", Degree.CALM), 0, WALL_NS)
    groups = waiting.take(SETTLE_NS)
    assert is_silent(groups)
    waiting.left(groups, SETTLE_NS)
    waiting.add(Item("trade", "2", Degree.CALM), SETTLE_NS, WALL_NS)
    assert waiting.wake_ns() == SETTLE_NS + MINUTE_NS
    waiting.add(Item("slow", "3"), SETTLE_NS, WALL_NS)
    assert not is_silent(waiting.take(3 * SETTLE_NS))


def test_what_could_not_be_sent_waits_again_in_front_and_is_merged() -> None:
    waiting = Waiting(10)
    waiting.add(Item("slow", "first"), 0, WALL_NS)
    groups = waiting.take(SETTLE_NS)
    waiting.add(Item("slow", "second"), SETTLE_NS, WALL_NS + MINUTE_NS)
    waiting.put_back(groups, 2 * SETTLE_NS)
    assert told(waiting, 4 * SETTLE_NS) == "<b>slow</b> 2× 14:13:20 to 14:14:20 UTC\nfirst\nsecond"


def test_more_kinds_than_can_wait_are_counted_as_others() -> None:
    waiting = Waiting(60)
    for number in range(KINDS_MAX + 30):
        waiting.add(Item(f"kind {number}", "x"), 0, WALL_NS)
    texts = [told(waiting, SETTLE_NS + second * NS_PER_SECOND) for second in range(10)]
    assert f"<b>{OTHER}</b> 30×" in "\n".join(texts)


def test_kinds_that_do_not_fit_into_one_message_come_in_the_next() -> None:
    waiting = Waiting(60)
    for number in range(10):
        waiting.add(Item(f"kind {number}", str(number) * 900), 0, WALL_NS)
    texts = [told(waiting, SETTLE_NS + second * NS_PER_SECOND) for second in range(3)]
    assert [text.count("<b>kind") for text in texts] == [4, 4, 2]
    assert "did not fit" not in "\n".join(texts)


def test_a_text_that_is_too_long_for_a_message_is_counted_instead() -> None:
    waiting = Waiting(10)
    waiting.add(Item("slow", "x" * (TEXT_SIGNS_MAX + 1)), 0, WALL_NS)
    assert told(waiting, SETTLE_NS).endswith("\n… and 1 more of kind slow")


ITEMS = st.builds(
    Item,
    kind=st.sampled_from([f"kind {number}" for number in range(70)]),
    text=st.text(alphabet="aé😀", max_size=900),
    degree=st.sampled_from(Degree),
    count=st.integers(1, 10**6),
)
STEPS = st.lists(st.one_of(ITEMS, st.integers(0, 90), st.just("fails")), max_size=80)


@given(STEPS, st.integers(1, 20))
def test_every_item_is_told_or_counted_once_whatever_fails_and_no_minute_has_too_many(steps: list[Item | int | str], per_minute: int) -> None:
    waiting, now, sent, texts, added = Waiting(per_minute), 0, [], [], 0
    for step in [*steps, *[90] * 200]:
        if isinstance(step, Item):
            waiting.add(step, now, WALL_NS)
            added += step.count
            continue
        if isinstance(step, int):
            now += step * NS_PER_SECOND
        groups = waiting.take(now)
        if not groups:
            continue
        if step == "fails":
            waiting.put_back(groups, now)
            continue
        waiting.left(groups, now)
        sent.append(now)
        texts.append(message(groups))
    assert all(signs(text) <= SIGNS_MAX for text in texts)
    counts = [count for text in texts for count in re.findall(r"^<b>[^<]+</b>(?: ([\d,]+)×)?", text, re.MULTILINE)]
    assert sum([int((count or "1").replace(",", "")) for count in counts]) == added
    assert all(later - earlier >= MINUTE_NS for earlier, later in zip(sent, sent[per_minute:], strict=False))
    assert "did not fit" not in "\n".join(texts)
    assert TEXTS_MAX * TEXT_SIGNS_MAX < SIGNS_MAX
    assert waiting.wake_ns() is None
