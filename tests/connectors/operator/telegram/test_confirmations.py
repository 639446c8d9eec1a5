"""Buttons that are good once, for a while, for one person in one chat."""

from hypothesis import given
from hypothesis import strategies as st

from connectors.operator.telegram.confirmations import GOOD_NS, Confirmations
from connectors.operator.telegram.senders import Sender

WHO = Sender(42, 7)


def test_a_press_in_time_confirms_once() -> None:
    buttons = Confirmations()
    nonce = buttons.issue(WHO, "why", 0)
    pending, words = buttons.press(nonce, WHO, GOOD_NS)
    assert pending is not None
    assert (pending.why, words) == ("why", "")
    assert buttons.press(nonce, WHO, 1) == (None, "this button was pressed already")


def test_a_press_too_late_confirms_nothing_and_never_will() -> None:
    buttons = Confirmations()
    nonce = buttons.issue(WHO, "", 0)
    assert buttons.press(nonce, WHO, GOOD_NS + 1) == (None, "this button was good for 30 s, which are over")
    assert buttons.press(nonce, WHO, 0)[0] is None


def test_the_time_runs_from_when_the_button_was_sent() -> None:
    buttons = Confirmations()
    nonce = buttons.issue(WHO, "", 0)
    buttons.shown(nonce, 5 * GOOD_NS)
    assert buttons.press(nonce, WHO, 6 * GOOD_NS)[0] is not None
    buttons.shown(nonce, 7 * GOOD_NS)  # sending it again does not make it good again
    assert buttons.press(nonce, WHO, 7 * GOOD_NS)[0] is None


def test_somebody_else_or_another_chat_cannot_press_it_nor_use_it_up() -> None:
    buttons = Confirmations()
    nonce = buttons.issue(WHO, "", 0)
    for other in (Sender(42, 8), Sender(43, 7)):
        assert buttons.press(nonce, other, 1) == (None, "only who asked may press this button")
    assert buttons.press(nonce, WHO, 1)[0] is not None


def test_a_button_of_another_process_is_not_known() -> None:
    nonce = Confirmations().issue(WHO, "", 0)
    assert Confirmations().press(nonce, WHO, 0) == (None, "this button is not known any more")


def test_nonces_are_random_and_fit_into_a_callback() -> None:
    buttons = Confirmations()
    nonces = [buttons.issue(WHO, "", 0) for _ in range(100)]
    assert len(dict.fromkeys(nonces)) == 100
    assert max(len(f"kill:{nonce}".encode()) for nonce in nonces) <= 64


@given(st.integers(1, 200))
def test_what_waits_has_a_bound_and_the_oldest_goes_first(count: int) -> None:
    numbers = iter(range(count))
    buttons = Confirmations(lambda: str(next(numbers)))
    nonces = [buttons.issue(WHO, "", 0) for _ in range(count)]
    good = [nonce for nonce in nonces if buttons.press(nonce, WHO, 0)[0] is not None]
    assert good == nonces[-50:]
