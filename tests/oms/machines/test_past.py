import pytest

from oms.machines import past as past_module
from oms.machines.past import Gone, Past
from oms.values.market import Payout

YES_WINS = Payout(yes_ppm=1_000_000, no_ppm=0)
NO_WINS = Payout(yes_ppm=0, no_ppm=1_000_000)


def test_what_is_forgotten_is_known_by_name_and_counted() -> None:
    past = Past()
    past.bury("a", Gone(YES_WINS, 0), (4, 3, 2, 1))
    past.bury("b", Gone(None, -7), (10, 10, 10, 10))
    assert ("a" in past, "b" in past, "c" in past) == (True, True, False)
    assert (past.markets, past.resolved, past.evidence) == (2, 1, (14, 13, 12, 11))


def test_a_payout_told_late_is_counted_once_and_the_first_word_stays() -> None:
    past = Past()
    past.bury("a", Gone(YES_WINS, 0), (0, 0, 0, 0))
    past.bury("b", Gone(None, -7), (0, 0, 0, 0))
    told = [past.resolve("a", NO_WINS), past.resolve("b", NO_WINS), past.resolve("b", YES_WINS)]
    assert told == [Gone(YES_WINS, 0), Gone(None, -7), Gone(NO_WINS, 0)]
    assert past.resolved == 2


def test_the_names_are_bounded_and_the_sums_stay(monkeypatch: pytest.MonkeyPatch) -> None:  # req 2.57
    monkeypatch.setattr(past_module, "FORGOTTEN_MAX", 3)
    past = Past()
    for number in range(100):
        past.bury(str(number), Gone(YES_WINS, 0), (1, 1, 1, 1))
    assert [number for number in range(100) if str(number) in past] == [97, 98, 99]
    assert len(past) == 3
    assert (past.markets, past.resolved, past.evidence) == (100, 100, (100, 100, 100, 100))


def test_nothing_is_forgotten_twice() -> None:
    past = Past()
    past.bury("a", Gone(None, 0), (0, 0, 0, 0))
    with pytest.raises(AssertionError, match="forgotten twice"):
        past.bury("a", Gone(None, 0), (0, 0, 0, 0))
