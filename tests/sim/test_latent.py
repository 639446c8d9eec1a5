"""The hidden truth of a simulated market."""

from hypothesis import given, settings
from hypothesis import strategies as st

from oms.values.units import NS_PER_SECOND
from sim.latent import Latent

END_NS = 900 * NS_PER_SECOND


@given(st.integers(0, 200), st.lists(st.integers(0, 1_000), max_size=20))
@settings(max_examples=60)
def test_a_probability_stays_inside_and_ends_at_what_happened(seed: int, seconds: list[int]) -> None:
    latent = Latent(str(seed), 0, END_NS)
    for at_s in sorted(seconds):
        truth = latent.probability(at_s * NS_PER_SECOND)
        assert 0.0001 <= truth <= 0.9999 or (at_s >= 900 and truth in (0.0, 1.0))
    assert latent.probability(END_NS) == float(latent.outcome_is_yes())
    assert latent.outcome_is_yes() == latent.outcome_is_yes()


def test_the_walk_repeats_from_its_seed_and_differs_with_another() -> None:
    def walk(seed: str) -> list[float]:
        latent = Latent(seed, 0, END_NS)
        return [latent.probability(at_s * NS_PER_SECOND) for at_s in range(0, 900, 30)]

    assert walk("1") == walk("1") != walk("2")


def test_the_probability_is_honest_so_that_markets_end_as_often_yes_as_they_said() -> None:  # req 2.60
    pairs = []
    for seed in range(2_000):
        latent = Latent(f"honest {seed}", 0, END_NS)
        pairs.append((latent.probability(END_NS // 2), latent.outcome_is_yes()))
    for low, high in ((0.0, 0.3), (0.3, 0.7), (0.7, 1.0)):
        said = [(truth, is_yes) for truth, is_yes in pairs if low <= truth < high]
        mean, often = sum(truth for truth, _ in said) / len(said), sum(is_yes for _, is_yes in said) / len(said)
        assert abs(mean - often) < 4 * (0.25 / len(said)) ** 0.5
