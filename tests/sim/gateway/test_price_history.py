import pytest

from sim.gateway import price_history
from sim.gateway.price_history import PriceHistory
from tests.sim.gateway.words_gateway import Site, User
from tests.words import NOON_NS

NOON_S = NOON_NS // 10**9
TEN = 10_000_000


def given_history() -> tuple[Site, User, PriceHistory]:
    site = Site()
    history = PriceHistory(site.host)
    site.lists()
    return site, User(site), history


def test_a_book_with_two_sides_has_a_middle_and_the_other_token_mirrors_it() -> None:
    site, user, history = given_history()
    market = next(iter(site.host.listed.values())).market
    user.rests(market, "BUY YES", 4_000, TEN)
    assert history.between(market.yes, 0, NOON_S, 60) == []
    user.rests(market, "BUY NO", 5_000, TEN)
    assert history.between(market.yes, 0, NOON_S, 60) == [(NOON_S, 4_500)]
    assert history.between(market.no, 0, NOON_S, 60) == [(NOON_S, 5_500)]
    assert history.between(market.yes, NOON_S + 1, NOON_S + 9, 60) == []


def test_the_last_middle_of_a_step_is_kept_and_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(price_history, "POINTS_MAX", 3)
    site, user, history = given_history()
    market = next(iter(site.host.listed.values())).market
    user.rests(market, "BUY NO", 5_000, TEN)
    for n in range(5):
        user.rests(market, "BUY YES", 1_000 + n * 200, TEN)
        user.rests(market, "BUY YES", 1_100 + n * 200, TEN)
        site.passes(10)
    assert history.between(market.yes, 0, NOON_S + 100, 1) == [(NOON_S + 20, 3_250), (NOON_S + 30, 3_350), (NOON_S + 40, 3_450)]
    assert history.between(market.yes, 0, NOON_S + 100, 3_600) == [(NOON_S + 40, 3_450)]
