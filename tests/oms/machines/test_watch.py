"""The pool of near misses against a plain list that is sorted anew each time."""

from hypothesis import given
from hypothesis import strategies as st

from oms.machines.watch import Watch
from oms.values.bundles import Look, Shape
from tests.words_bundles import given_bundle

NEAR_PIPS = 200
EVENTS = ("x", "y", "z")
LINES = ("binary", "negrisk")


def given_look(edge_pips: int | None, *, raw_pips: int | None = 10_050, why: str = "NO_GAP: no") -> Look:
    """What was seen at best prices."""
    return Look(shape=None if edge_pips is None else Shape.BUY_ALL_YES, edge_pips=edge_pips, raw_pips=raw_pips, why=why)


def nearest(watch: Watch) -> list[tuple[str, str, int]]:
    return [(near.event_id, near.strategy, near.edge_pips) for near in watch.nearest()]


def test_the_nearest_stands_first_and_what_is_too_far_is_not_watched() -> None:  # req 4.11
    watch = Watch()
    for event_id, edge in (("far", -NEAR_PIPS - 1), ("just", -NEAR_PIPS), ("pays", 12), ("near", -3), ("untold", None)):
        watch.see(event_id, "negrisk", given_look(edge), 1)
    assert nearest(watch) == [("pays", "negrisk", 12), ("near", "negrisk", -3), ("just", "negrisk", -NEAR_PIPS)]


def test_an_entry_says_what_people_want_to_know() -> None:
    watch = Watch()
    look = Look(shape=Shape.BUY_ALL_YES, edge_pips=900, raw_pips=9_000, bundle=given_bundle("a", "b"), why="it pays")
    watch.see("x", "negrisk", look, 7)
    (near,) = watch.nearest()
    assert (near.shape, near.raw_pips, near.sets_micro, near.seen_ns, near.why) == (Shape.BUY_ALL_YES, 9_000, 20_000_000, 7, "it pays")
    watch.see("x", "negrisk", given_look(-1), 8)
    (near,) = watch.nearest()
    assert (near.sets_micro, near.seen_ns) == (0, 8)


@given(
    st.lists(
        st.tuples(st.sampled_from(EVENTS), st.sampled_from(LINES), st.one_of(st.none(), st.integers(-300, 300)), st.booleans()),
        max_size=40,
    )
)
def test_after_any_looks_the_pool_is_the_sorted_list_of_the_last_ones(looks: list[tuple[str, str, int | None, bool]]) -> None:
    watch = Watch()
    last: dict[tuple[str, str], int | None] = {}
    for at_ns, (event_id, line, edge, is_over) in enumerate(looks):
        if is_over:
            watch.forget(event_id)
            last = {key: value for key, value in last.items() if key[0] != event_id}
        else:
            watch.see(event_id, line, given_look(edge), at_ns)
            last[event_id, line] = edge
    kept = [(event_id, line, edge) for (event_id, line), edge in last.items() if edge is not None and edge >= -NEAR_PIPS]
    assert nearest(watch) == sorted(kept, key=lambda one: (-one[2], one[0], one[1]))
    assert len(watch) == len(kept)
