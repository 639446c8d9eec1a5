"""The demo: a seed alone decides it; markets end and pay; the outage happens; it stops when asked."""

from typing import Any

import msgspec

from config.assembly.demo import START_NS, Demo
from config.settings import FOLDER, DemoSection, Settings, load
from oms.values.events import BookReset, ContinuityLost, Event, MarketResolved
from oms.values.units import NS_PER_SECOND
from tests.config.words_runs import assert_adds_up, without_machine


def given_demo(seconds: int | None, seed: int = 5, **demo: Any) -> Demo:  # noqa: ANN401
    return Demo(msgspec.structs.replace(Settings(), demo=DemoSection(**demo)), seed=seed, seconds=seconds)


def test_a_seed_alone_decides_a_demo() -> None:  # req 0.4
    first, same, other = (given_demo(30, seed).run() for seed in (5, 5, 6))
    assert without_machine(first) == without_machine(same)
    assert other["commands_hash"] != first["commands_hash"]
    assert other["config_hash"] == first["config_hash"]


def test_markets_end_pay_and_are_followed_by_new_ones() -> None:  # req 1.18, 1.19, 2.1
    demo = given_demo(420, window_s=120, markets=2)
    told: list[Event] = []
    demo.joined.watchers.append(lambda event, _: told.append(event))
    report = demo.run()
    assert_adds_up(report)
    resolved = [event for event in told if isinstance(event, MarketResolved)]
    assert report["demo"]["markets_paid"] == len(resolved) == report["markets"]["resolved"] > 0
    assert report["markets"]["known"] > 2
    assert report["demo"]["of_which_voided"] == sum(event.payout.yes_ppm not in {0, 1_000_000} for event in resolved)
    assert report["orders"]["filled"] > 0


def test_the_outage_in_the_middle_loses_facts_and_ends_with_whole_books() -> None:  # req 2.65
    demo = given_demo(120, outage_s=20)
    told: list[tuple[Event, int]] = []
    demo.joined.watchers.append(lambda event, at_ns: told.append((event, (at_ns - START_NS) // NS_PER_SECOND)))
    report = demo.run()
    lost = [second for event, second in told if isinstance(event, ContinuityLost)]
    again = [second for event, second in told if isinstance(event, BookReset) and second >= 80]
    assert lost == [60]
    assert again[:1] == [80]
    assert report["demo"]["market_facts_lost_in_outage"] > 0
    assert report["books"]["health"]["LIVE"] == 2 * 3
    assert_adds_up(report)


def test_without_an_outage_nothing_is_lost_and_lenses_do_not_exist() -> None:
    report = given_demo(30, outage_s=0).run()
    assert report["demo"]["market_facts_lost_in_outage"] == 0
    assert report["lenses"] is None


def test_a_demo_without_an_end_goes_on_until_its_pace_ends_it() -> None:
    end_ns = START_NS + 15 * NS_PER_SECOND
    report = given_demo(None).run(lambda at_ns: at_ns < end_ns)
    assert 15 <= report["virtual_s"] < 60
    assert_adds_up(report)


def test_an_outage_longer_than_the_rest_of_the_run_does_not_keep_it_from_ending() -> None:
    report = given_demo(10, outage_s=3_600).run()
    assert report["books"]["health"]["STALE"] > 0
    assert_adds_up(report)


def test_a_bundle_of_thirty_legs_is_carried_out_as_one_of_three() -> None:
    settings = load(FOLDER / "arbitrage.toml", {})
    traded = {"negrisk_arbitrage": {**settings.strategy["negrisk_arbitrage"], "shapes": ["BUY_NO_CONVERT"], "min_profit_cents": 1}}
    crowded = msgspec.structs.replace(settings.demo, outcomes=(30, 30), event_count=1, rivals=0, fee_rate_bps=0)
    demo = Demo(msgspec.structs.replace(settings, demo=crowded, strategy=traded), seed=3, seconds=200)
    report = demo.run()
    assert_adds_up(report)
    bundles, legs = report["arbitrage"]["bundles"], report["arbitrage"]["legs"]["fok"]
    assert bundles["complete"] > 0
    assert legs["filled_whole"] > 15 * bundles["complete"]
    assert report["arbitrage"]["worst_micro"] >= -traded["negrisk_arbitrage"]["broken_loss_max_usd"] * 1_000_000
