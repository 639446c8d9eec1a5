"""The dead-man switch's chain: each id follows from the answer before, a wrong one is mended at once, silence is told."""

import asyncio

import msgspec

from connectors.transport.http import Absent, Failed
from oms.values.commands import Heartbeat
from tests.connectors.polymarket.words_venue import Bench, bench_run, found

BEAT = "POST /v1/heartbeats"
NO_ANSWER = Failed("no answer", True)  # noqa: FBT003 (as Failed takes it)


def ids(bench: Bench) -> list[str]:
    return [msgspec.json.decode(request.body)["heartbeat_id"] for request in bench.script.to(BEAT)]


def test_each_beat_names_the_id_of_the_one_before() -> None:
    async def story(bench: Bench) -> None:
        bench.script.on(BEAT, found({"heartbeat_id": "a"}), found({"heartbeat_id": "b"}))
        for _ in range(3):
            await bench.carried(Heartbeat())
        assert ids(bench) == ["", "a", "b"]

    bench_run(story)


def test_a_wrong_id_is_mended_at_once_under_either_key_of_the_error() -> None:
    for key in ("error_msg", "error"):

        async def story(bench: Bench, key: str = key) -> None:
            wrong = Absent(400, msgspec.json.encode({key: "Invalid Heartbeat ID", "heartbeat_id": "x"}).decode())
            bench.script.on(BEAT, wrong, found({"heartbeat_id": "y"}))
            await bench.carried(Heartbeat())
            assert ids(bench) == ["", "x"]
            assert not bench.alarms

        bench_run(story)


def test_two_lost_in_a_row_are_an_alarm_and_one_that_gets_through_ends_it() -> None:
    async def story(bench: Bench) -> None:
        bench.script.on(BEAT, NO_ANSWER, NO_ANSWER, NO_ANSWER, found({"heartbeat_id": "a"}), NO_ANSWER, NO_ANSWER)
        for _ in range(6):
            assert await bench.carried(Heartbeat()) == []
        assert [alarm.kind for alarm in bench.alarms] == ["heartbeats are lost"] * 2

    bench_run(story)


def test_a_refusal_that_names_no_other_id_is_not_repeated() -> None:
    async def story(bench: Bench) -> None:
        bench.script.on(BEAT, Absent(401, '{"error":"Unauthorized/Invalid api key"}'), Absent(400, '{"error":"?","heartbeat_id":""}'))
        await bench.carried(Heartbeat())
        await bench.carried(Heartbeat())
        assert ids(bench) == ["", ""]

    bench_run(story)


def test_two_beats_never_fight_over_the_chain() -> None:
    async def story(bench: Bench) -> None:
        bench.script.gates[BEAT] = asyncio.Event()
        bench.script.on(BEAT, found({"heartbeat_id": "a"}))
        bench.send(Heartbeat(), Heartbeat())
        await asyncio.sleep(0.01)
        assert len(bench.script.to(BEAT)) == 1
        bench.script.gates[BEAT].set()
        await bench.venue.settled()
        await bench.carried(Heartbeat())
        assert ids(bench) == ["", "a"]

    bench_run(story)


def test_a_beat_that_broke_down_is_not_the_last_one() -> None:
    """Otherwise the venue would cancel everything ten seconds later, for ever after, and nobody would know why."""

    async def story(bench: Bench) -> None:
        bench.script.on(BEAT, lambda _request: found(1 // 0), found({"heartbeat_id": "a"}))
        await bench.carried(Heartbeat())
        assert [alarm.kind for alarm in bench.alarms] == ["fault in the venue connector"]
        await bench.carried(Heartbeat())
        assert len(bench.script.to(BEAT)) == 2

    bench_run(story)
