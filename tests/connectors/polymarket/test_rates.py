import pytest

from connectors.polymarket.rates import DELETE_ORDERS_MAX, POST_ORDERS_MAX, ROUTES, SIGNER_CANCELS, SIGNER_ORDERS, TIERS, polymarket_budget
from connectors.transport.budget import Granted, Later, Never
from oms.values.units import NS_PER_SECOND

T0 = 1_700_000_000 * NS_PER_SECOND


def test_a_standard_signer_has_sixty_orders_at_once_and_forty_a_second_and_more_would_be_refused() -> None:
    budget = polymarket_budget()
    assert [budget.ask("POST /order", T0) for _ in range(60)] == [Granted()] * 60
    assert budget.ask("POST /order", T0) == Later(T0 + NS_PER_SECOND // 40, SIGNER_ORDERS, rejects=True)
    assert budget.ask("POST /order", T0 + NS_PER_SECOND // 40) == Granted()


def test_cancels_pass_when_orders_have_used_up_theirs() -> None:
    budget = polymarket_budget()
    while isinstance(budget.ask("POST /orders", T0, count=POST_ORDERS_MAX), Granted):
        pass
    assert budget.ask("DELETE /orders", T0, count=120) == Granted()


def test_cancels_pass_when_reads_have_used_up_the_address() -> None:
    budget = polymarket_budget()
    while isinstance(budget.ask("GET clob", T0), Granted):
        pass
    assert budget.ask("DELETE /order", T0) == Granted()
    assert isinstance(budget.ask("POST /order", T0), Later)


def test_a_batch_of_cancels_beyond_the_burst_can_never_pass_and_is_told_what_can() -> None:
    budget = polymarket_budget()
    assert budget.ask("DELETE /orders", T0, count=DELETE_ORDERS_MAX) == Never(SIGNER_CANCELS, 120)
    assert budget.ask("DELETE /cancel-all", T0, count=120) == Never(SIGNER_CANCELS, 119)


@pytest.mark.parametrize("tier", TIERS)
def test_every_tier_lets_at_least_one_of_every_route_pass(tier: str) -> None:
    for route in ROUTES:
        assert polymarket_budget(tier).ask(route.name, T0) == Granted()


def test_fewer_than_the_window_allows_leave_in_any_ten_seconds() -> None:
    budget, sent = polymarket_budget(), 0
    for ms in range(0, 10_000, 5):
        while isinstance(budget.ask("GET /data/orders", T0 + ms * 1_000_000), Granted):
            sent += 1
    assert 450 < sent <= 500
