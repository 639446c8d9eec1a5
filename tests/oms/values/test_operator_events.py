"""What a person said is kept whole: in the journal, word for word, with who said it where a run that is done again must hear it again."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oms.values import events as e
from oms.values import operator_events
from oms.values.market_events import Fact
from tests.oms.words_oms import given_spec

ALL = (e.MarketPaused, e.MarketResumed, e.CancelAsked, e.OrderAsked, e.ParamsSet, e.ResultMarked)
TEXTS = st.text(max_size=50)
SETTINGS = st.integers(-(2**53), 2**53) | st.booleans() | TEXTS | st.none()
FACTS = st.one_of(
    st.builds(e.MarketPaused, market_id=TEXTS, why=TEXTS),
    st.builds(e.MarketResumed, market_id=TEXTS, why=TEXTS),
    st.builds(e.CancelAsked, order_ids=st.lists(TEXTS, max_size=5).map(tuple), why=TEXTS),
    st.builds(e.OrderAsked, spec=st.just(given_spec()), why=TEXTS),
    st.builds(e.ParamsSet, strategy=TEXTS, values=st.dictionaries(TEXTS, SETTINGS, max_size=4)),
    st.builds(e.ResultMarked, result_micro=st.integers(-(10**18), 10**18), best_micro=st.none() | st.integers(-(10**18), 10**18)),
    st.builds(e.Paused, why=TEXTS, by=TEXTS),
    st.builds(e.Halted, why=TEXTS, by=TEXTS),
)


@given(FACTS)
def test_every_word_comes_back_from_the_journal_as_it_was(fact: e.Event) -> None:
    assert msgspec.json.decode(msgspec.json.encode(fact), type=e.Event) == fact


def test_all_of_them_are_facts_and_all_are_kept() -> None:
    public = {one for one in vars(operator_events).values() if isinstance(one, type) and issubclass(one, Fact) and one is not Fact}
    assert public == set(ALL)
    assert set(ALL) <= e.IN_JOURNAL


@pytest.mark.parametrize("kind", [e.Paused, e.Resumed, e.Halted])
def test_a_pause_of_the_runs_own_looks_in_the_journal_as_it_always_did(kind: type[e.Paused]) -> None:
    assert msgspec.json.encode(kind(why="lunch")) == b'{"type":"%s","why":"lunch"}' % kind.__name__.encode()
    assert msgspec.json.decode(b'{"type":"%s","why":"lunch"}' % kind.__name__.encode(), type=e.Event) == kind(why="lunch", by="")
