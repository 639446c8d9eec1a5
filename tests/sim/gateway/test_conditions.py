import pytest

from oms.values.units import NS_PER_SECOND
from sim.faults import Faults
from sim.gateway.conditions import Conditions, Fate, Mode, Rates
from sim.gateway.wire import WireError


def refusal(call: object, *args: object, **more: object) -> tuple[int, dict[str, object], dict[str, str]]:
    assert callable(call)
    with pytest.raises(WireError) as told:
        call(*args, **more)
    return told.value.status, told.value.body, told.value.headers


def test_a_healthy_venue_lets_everything_in() -> None:
    conditions = Conditions()
    conditions.check_place(0, all_post_only=False)
    conditions.check_cancel(0)
    conditions.check_maker("0xa", "0xA")
    conditions.check_rate("0xa", 1_000_000, 0, is_cancel=False)
    assert [conditions.fate(what) for what in ("place", "cancel", "query")] == [Fate.NORMAL] * 3


def test_a_restart_is_425_and_then_two_minutes_of_post_only() -> None:
    conditions = Conditions()
    conditions.restart(90, 0)
    assert refusal(conditions.check_place, 89 * NS_PER_SECOND, all_post_only=True)[0] == 425
    assert refusal(conditions.check_cancel, 0)[0] == 425
    after = 100 * NS_PER_SECOND
    conditions.check_place(after, all_post_only=True)
    conditions.check_cancel(after)
    status, body, headers = refusal(conditions.check_place, after, all_post_only=False)
    assert (status, body["code"], body["retry_after_seconds"], headers["Retry-After"]) == (503, "post_only_mode", 110, "110")
    assert body["error"] == "post-only mode: only post-only orders and cancels are allowed"
    conditions.check_place(210 * NS_PER_SECOND, all_post_only=False)


@pytest.mark.parametrize(("mode", "words", "cancels"), [(Mode.CANCEL_ONLY, "cancel-only", True), (Mode.DISABLED, "disabled", False)])
def test_modes_close_the_door_for_orders(mode: Mode, words: str, *, cancels: bool) -> None:
    conditions = Conditions()
    conditions.mode = mode
    status, body, _ = refusal(conditions.check_place, 0, all_post_only=True)
    assert status == 503
    assert words in str(body["error"])
    if cancels:
        conditions.check_cancel(0)
    else:
        assert refusal(conditions.check_cancel, 0)[0] == 503


def test_a_blocked_region_may_cancel_only() -> None:
    conditions = Conditions()
    conditions.geoblocked = True
    assert refusal(conditions.check_place, 0, all_post_only=True)[:2] == (403, {"error": "Trading restricted in your region"})
    conditions.check_cancel(0)


@pytest.mark.parametrize(("standing", "words"), [("banned", "'0xA' address banned"), ("closed only", "'0xA' address in closed only mode")])
def test_the_standing_of_a_wallet_is_told_with_its_address(standing: str, words: str) -> None:
    conditions = Conditions()
    conditions.closed_only["0xa"] = standing
    assert refusal(conditions.check_maker, "0xa", "0xA")[:2] == (400, {"error": words})


def test_a_bucket_empties_and_fills_again() -> None:
    conditions = Conditions()
    conditions.rates = Rates(orders_per_s=10, orders_burst=20, cancels_per_s=1, cancels_burst=1)
    for _ in range(20):
        conditions.check_rate("0xa", 1, 0, is_cancel=False)
    status, body, headers = refusal(conditions.check_rate, "0xa", 1, 0, is_cancel=False)
    assert (status, body, headers["Retry-After"]) == (429, {"error": "Too Many Requests"}, "1")
    conditions.check_rate("0xa", 1, 0, is_cancel=True)
    conditions.check_rate("0xb", 20, 0, is_cancel=False)
    conditions.check_rate("0xa", 10, NS_PER_SECOND, is_cancel=False)
    assert refusal(conditions.check_rate, "0xa", 1, NS_PER_SECOND, is_cancel=False)[0] == 429


def test_a_batch_above_the_burst_never_passes() -> None:
    conditions = Conditions()
    conditions.rates = Rates(orders_per_s=10, orders_burst=10)
    for at_s in (0, 1_000, 1_000_000):
        assert refusal(conditions.check_rate, "0xa", 11, at_s * NS_PER_SECOND, is_cancel=False)[0] == 429


@pytest.mark.parametrize(
    ("what", "kind", "fate"),
    [
        ("place", "place lost", Fate.LOST), ("place", "place reply lost", Fate.REPLY_LOST), ("place", "place 5xx", Fate.BROKEN),
        ("place", "place 429", Fate.TOO_MANY), ("place", "place late", Fate.LATE), ("cancel", "cancel lost", Fate.LOST),
        ("cancel", "cancel reply lost", Fate.REPLY_LOST), ("cancel", "cancel 429", Fate.TOO_MANY), ("cancel", "cancel late", Fate.LATE),
        ("query", "query failed", Fate.BROKEN), ("query", "answer incomplete", Fate.CUT),
    ],
)  # fmt: skip
def test_an_ordered_mishap_meets_the_next_request_of_its_kind(what: str, kind: str, fate: Fate) -> None:
    conditions = Conditions()
    conditions.order(kind)
    assert [conditions.fate(what), conditions.fate(what)] == [fate, Fate.NORMAL]


def test_mishaps_from_a_seed_repeat() -> None:
    def run(seed: int) -> list[Fate]:
        conditions = Conditions()
        conditions.faults = Faults(seed, rates={"place lost": 0.3, "place late": 0.3})
        return [conditions.fate("place") for _ in range(50)]

    assert run(1) == run(1) != run(2)
    assert {Fate.LOST, Fate.LATE, Fate.NORMAL} == {*run(1)}
    assert 0.5 * NS_PER_SECOND <= Conditions().late_ns("place") <= 3 * NS_PER_SECOND


def test_a_mishap_that_there_is_not_is_refused() -> None:
    with pytest.raises(ValueError, match="no fault named 'rain'"):
        Conditions().order("rain")
