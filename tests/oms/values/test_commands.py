import json
from typing import get_args

import msgspec
import pytest

from oms.values.bundles import BundleEnd, Shape
from oms.values.commands import (
    EFFECTS,
    Alert,
    AskBalances,
    AskOpenOrders,
    AskOrder,
    AskTrades,
    AskTransfer,
    BundleEnded,
    BundleOpened,
    Cancel,
    Command,
    CommandsHash,
    Convert,
    Heartbeat,
    Merge,
    Place,
    Redeem,
    Split,
    WindowClosed,
    canonical_line,
)
from tests.oms.words_oms import given_spec
from tests.words_bundles import given_bundle

SAMPLES: tuple[Command, ...] = (
    Place(order_id="7-1", spec=given_spec(), strategy="maker", why="below the mid"),
    Cancel(order_id="7-1", why="the mid moved"),
    Split(command_id="s1", market_id="market", shares_micro=5),
    Merge(command_id="m1", market_id="market", shares_micro=5),
    Convert(command_id="c1", event_id="event", market_ids=("a", "b"), shares_micro=5),
    Redeem(command_id="r1", market_id="market"),
    AskOrder(order_id="7-1"),
    AskOpenOrders(),
    AskTrades(since_ns=7),
    AskBalances(tokens=("yes", "no"), asked_ns=7),
    AskTransfer(command_id="7-b1/t1"),
    Heartbeat(),
    BundleOpened(bundle_id="7-b1", strategy="negrisk_arbitrage", bundle=given_bundle("a", "b")),
    BundleEnded(bundle_id="7-b1", end=BundleEnd.COMPLETE, result_micro=2, why="every leg filled"),
    WindowClosed(event_id="event", strategy="negrisk_arbitrage", shape=Shape.BUY_ALL_YES, opened_ns=1, edge_pips=7, why="TOO_THIN: no"),
    Alert(kind="overfill", text="look here"),
)


def test_every_command_has_a_sample_here() -> None:
    assert {type(sample) for sample in SAMPLES} == set(get_args(Command))


@pytest.mark.parametrize("command", SAMPLES, ids=lambda command: type(command).__name__)
def test_a_command_comes_back_from_its_line_as_it_was(command: Command) -> None:
    line = canonical_line(command)
    assert line.endswith(b"}\n")
    assert line.count(b"\n") == 1
    assert msgspec.json.decode(line, type=Command) == command
    assert json.loads(line)["type"] == type(command).__name__


def test_the_canonical_line_of_an_order_is_written_down_here() -> None:
    """A change of this line changes every commands_hash ever printed (ruling 2.12): let it be on purpose."""
    assert canonical_line(SAMPLES[0]) == (
        b'{"type":"Place","order_id":"7-1","spec":{"market_id":"market","token":"yes-token","side":"BUY","price_pips":4000,"size_micro":100000000,'
        b'"lifetime":"GTC","post_only":true,"expires_ns":null},"strategy":"maker","why":"below the mid"}\n'
    )


def test_the_hash_covers_effects_and_passes_over_questions_heartbeats_and_alerts() -> None:
    # req 0.4; ruling 0.7
    everything, effects = CommandsHash(), CommandsHash()
    for command in SAMPLES:
        everything.add(command)
        if isinstance(command, EFFECTS):
            effects.add(command)
    assert effects.count == everything.count == 6
    assert effects.hexdigest() == everything.hexdigest()


def test_the_hash_knows_the_order_of_commands() -> None:
    # req 0.4
    one, two = CommandsHash(), CommandsHash()
    for command in SAMPLES[:2]:
        one.add(command)
    for command in reversed(SAMPLES[:2]):
        two.add(command)
    assert one.hexdigest() != two.hexdigest()


def test_the_hash_of_nothing_is_that_of_an_empty_text() -> None:
    assert CommandsHash().hexdigest() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
