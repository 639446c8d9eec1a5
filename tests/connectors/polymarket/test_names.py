import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.polymarket.names import Names


def test_a_name_leads_both_ways_in_any_letter_case() -> None:
    names = Names()
    names.learn("our-1", "0xABcd")
    assert names.ours("0xabCD") == "our-1"
    assert names.venue_id("our-1") == "0xabcd"
    assert names.ours("0xother") is None
    assert names.venue_id("our-2") is None


def test_a_name_may_be_learnt_twice_when_prepared_and_when_recovered() -> None:
    names = Names()
    names.learn("our-1", "0xab")
    names.learn("our-1", "0xAB")
    assert len(names) == 1


def test_an_order_has_one_name_and_a_name_one_order() -> None:
    names = Names()
    names.learn("our-1", "0xab")
    with pytest.raises(AssertionError, match="is called 0xab"):
        names.learn("our-1", "0xcd")
    with pytest.raises(AssertionError, match="name of order our-1"):
        names.learn("our-2", "0xab")
    assert (names.venue_id("our-1"), names.venue_id("our-2")) == ("0xab", None)


@given(st.lists(st.tuples(st.sampled_from(["learn", "use"]), st.integers(0, 12)), max_size=60))
def test_beyond_the_bound_the_name_least_recently_used_goes(steps: list[tuple[str, int]]) -> None:
    names, recent = Names(names_max=5), list[int]()
    for what, number in steps:
        if what == "learn":
            names.learn(f"our-{number}", f"0x{number}")
        elif names.ours(f"0x{number}") is None:
            assert number not in recent
            continue
        recent = [*(one for one in recent if one != number), number][-5:]
        assert len(names) == len(recent)
        assert all(names.venue_id(f"our-{one}") == f"0x{one}" for one in recent)
