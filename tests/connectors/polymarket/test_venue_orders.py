"""Places and cancels on their road: sent once, withdrawn before they leave, kept within the budget, and never judged beyond what was answered."""

import asyncio

import msgspec
import pytest

from connectors.polymarket.signing import NamedOrder
from connectors.polymarket.venue_orders import CANCEL_WAIT_NS
from connectors.signer_protocol import SignerGone, SignRefused
from connectors.transport.http import Absent, Failed
from oms.values.events import Acked, CancelDone, CancelTaken, Rejected, ReplyLost, VenueReady
from tests.connectors.polymarket.words_signing import AT_NS
from tests.connectors.polymarket.words_venue import LOST, SECOND, Bench, SteadySigner, bench_run, cancel, found, name_of, place, placed

POST, POSTS, DELETE, DELETES = "POST /order", "POST /orders", "DELETE /order", "DELETE /orders"


def test_one_order_is_posted_by_itself_and_several_in_batches_of_fifteen() -> None:
    async def story(bench: Bench) -> None:
        bench.script.on(POST, found(placed(name_of(1))))
        assert await bench.carried(place(1)) == [Acked(order_id="o1", venue_order_id=name_of(1))]
        for numbers in (range(2, 17), range(17, 32)):
            bench.script.on(POSTS, found([placed(name_of(number)) for number in numbers]))
        bench.script.answers[POST].clear()
        bench.script.on(POST, found(placed(name_of(32))))
        facts = await bench.carried(*(place(number) for number in range(2, 33)))
        assert sorted(fact.order_id for fact in facts if isinstance(fact, Acked)) == sorted(f"o{number}" for number in range(2, 33))
        sizes = [len(msgspec.json.decode(request.body)) for request in bench.script.to(POSTS)]
        assert sizes == [15, 15]
        assert len(bench.script.to(POST)) == 2

    bench_run(story)


@pytest.mark.parametrize("answer", [LOST, Failed("?", True, 500), Failed("?", True, 425), found(b"<html>"), found(b"")])  # noqa: FBT003
def test_a_lost_answer_leaves_the_order_unknown_and_it_is_never_sent_again(answer: object) -> None:
    async def story(bench: Bench) -> None:
        bench.script.on(POST, answer)  # type: ignore[arg-type]
        assert [type(fact) for fact in await bench.carried(place(1)) if not type(fact).__name__.startswith("Venue")] == [ReplyLost]
        assert len(bench.script.to(POST)) == 1

    bench_run(story)


def test_a_429_is_a_refusal_and_pauses_the_next_order_as_long_as_the_venue_says() -> None:
    async def story(bench: Bench) -> None:
        bench.script.on(POST, Absent(429, '{"error":"Too Many Requests"}', {"retry-after": "1"}), found(placed(name_of(2))))
        assert await bench.carried(place(1)) == [Rejected(order_id="o1", why="RATE_LIMITED: Too Many Requests")]
        before_ns = bench.clock_ns
        draft = place(2)
        assert [type(fact) for fact in await bench.carried(draft)] == [Acked]
        assert bench.clock_ns - before_ns >= SECOND

    bench_run(story)


def test_the_venues_own_count_of_what_is_left_is_believed() -> None:
    async def story(bench: Bench) -> None:
        bench.script.on(POST, found(placed(name_of(1))))
        bench.script.on(POST, Absent(400, '{"error":"x"}', {"poly-ratelimit-remaining": "0"}))
        await bench.carried(place(1))
        await bench.carried(place(2))
        assert bench.budget.left(bench.clock_ns)["signer orders"] == 0

    bench_run(story)


def test_an_order_that_would_leave_too_late_is_refused_after_the_wait_and_not_sent() -> None:
    async def story(bench: Bench) -> None:
        bench.budget.refused("signer orders", bench.clock_ns + 5 * SECOND, bench.clock_ns)
        assert await bench.carried(place(1)) == [Rejected(order_id="o1", why="RATE_BUDGET: it would have left too late")]
        assert bench.clock_ns - AT_NS == SECOND
        assert not bench.script.asked

    bench_run(story)


class SlowSigner(SteadySigner):
    """Signs when it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.let = asyncio.Event()

    async def sign(self, named: NamedOrder) -> bytes:
        await self.let.wait()
        return await super().sign(named)


def test_a_cancel_withdraws_an_order_that_has_not_left_yet() -> None:
    signer = SlowSigner()

    async def story(bench: Bench) -> None:
        bench.send(place(1))
        await asyncio.sleep(0)
        bench.send(cancel(1))
        await asyncio.sleep(0)
        signer.let.set()
        await bench.venue.settled()
        assert bench.facts == [CancelDone(order_id="o1", why="withdrawn before it left", filled_micro=0)]
        assert not bench.script.asked

    bench_run(story, signer)


def test_of_a_batch_only_the_withdrawn_order_stays_here() -> None:
    signer = SlowSigner()

    async def story(bench: Bench) -> None:
        bench.script.on(POST, found(placed(name_of(2))))
        bench.send(place(1), place(2))
        await asyncio.sleep(0)
        bench.send(cancel(1))
        signer.let.set()
        await bench.venue.settled()
        assert [type(fact) for fact in bench.facts] == [CancelDone, Acked]
        assert len(bench.script.asked) == 1

    bench_run(story, signer)


def test_a_cancel_of_an_order_whose_post_is_under_way_goes_to_the_venue() -> None:
    async def story(bench: Bench) -> None:
        bench.script.gates[POST] = asyncio.Event()
        bench.script.on(POST, found(placed(name_of(1))))
        bench.script.on(DELETE, found({"canceled": [name_of(1)], "not_canceled": {}}))
        bench.send(place(1))
        await asyncio.sleep(0.01)
        bench.send(cancel(1))
        await asyncio.sleep(0.01)
        assert bench.facts == [CancelTaken(order_id="o1", why="by our wish")]
        bench.script.gates[POST].set()
        await bench.venue.settled()
        assert [type(fact) for fact in bench.facts] == [CancelTaken, Acked]

    bench_run(story)


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (SignRefused("DAY_CAP", "more than one UTC day may move"), "SIGNER_DAY_CAP: more than one UTC day may move"),
        (SignerGone("it hung up"), "SIGNER_GONE: it hung up"),
    ],
)
def test_what_the_signer_will_not_sign_never_leaves_and_a_person_hears_of_it_once(error: Exception, why: str) -> None:
    class Unwilling(SteadySigner):
        async def sign(self, named: NamedOrder) -> bytes:
            if named.venue_order_id == name_of(3):
                return await super().sign(named)
            raise error

    async def story(bench: Bench) -> None:
        assert await bench.carried(place(1)) == [Rejected(order_id="o1", why=why)]
        bench.script.on(POST, found(placed(name_of(3))))
        facts = await bench.carried(place(2), place(3))  # the other of the batch goes out all the same
        assert sorted(type(fact).__name__ for fact in facts) == ["Acked", "Rejected"]
        assert [(alarm.kind, alarm.text) for alarm in bench.alarms] == [("orders are refused", why)]

    bench_run(story, Unwilling())


def test_without_a_signer_the_venue_is_away_until_it_signs_again_and_cancels_go_on() -> None:
    class Fragile(SteadySigner):
        is_gone, returned = True, asyncio.Event()

        async def sign(self, named: NamedOrder) -> bytes:
            if self.is_gone:
                raise SignerGone("it hung up")
            return await super().sign(named)

        async def back(self) -> None:
            await self.returned.wait()

    signer = Fragile()

    async def story(bench: Bench) -> None:
        bench.script.on("GET /ok", found("OK"))
        await bench.venue.begin()
        facts = await bench.carried(place(1), place(2))
        assert [type(fact).__name__ for fact in facts] == ["Rejected", "VenueSyncing", "Rejected"], "said once, however many orders meet it"
        assert "signer: it hung up" in bench.presence.why
        bench.names.learn("o3", name_of(3))
        bench.script.on(DELETE, found({"canceled": [name_of(3)], "not_canceled": {}}))
        assert [type(fact).__name__ for fact in await bench.carried(cancel(3))] == ["CancelTaken"]
        signer.is_gone = False
        signer.returned.set()
        await asyncio.sleep(0.01)
        assert bench.facts[-1] == VenueReady(post_only=False)
        bench.script.on(POST, found(placed(name_of(4))))
        assert [type(fact).__name__ for fact in await bench.carried(place(4))] == ["Acked"]

    bench_run(story, signer)


def test_refusals_that_only_a_person_can_mend_are_told_once_until_an_order_is_taken() -> None:
    async def story(bench: Bench) -> None:
        region = Absent(403, '{"error":"Trading restricted in your region"}')
        bench.script.on(POST, region, region, found(placed(name_of(3))), region)
        for number in (1, 2, 3, 4):
            await bench.carried(place(number))
        assert [alarm.text for alarm in bench.alarms] == ["REGION: Trading restricted in your region"] * 2

    bench_run(story)


def test_one_cancel_goes_by_itself_and_several_as_one_request() -> None:
    async def story(bench: Bench) -> None:
        for number in (1, 2, 3):
            bench.names.learn(f"o{number}", name_of(number))
        bench.script.on(DELETE, found({"canceled": [name_of(1)], "not_canceled": {}}))
        bench.script.on(DELETES, found({"canceled": [name_of(2)], "not_canceled": {name_of(3): "already canceled or matched"}}))
        await bench.carried(cancel(1))
        await bench.carried(cancel(2), cancel(3))
        assert [type(fact).__name__ for fact in bench.facts] == ["CancelTaken", "CancelTaken", "CancelRefused"]
        assert msgspec.json.decode(bench.script.to(DELETES)[0].body) == [name_of(2), name_of(3)]

    bench_run(story)


def test_more_cancels_than_the_bucket_holds_go_in_parts_and_the_orders_budget_does_not_matter() -> None:
    async def story(bench: Bench) -> None:
        bench.budget.refused("signer orders", bench.clock_ns + 100 * SECOND, bench.clock_ns)
        numbers = range(1, 151)
        for number in numbers:
            bench.names.learn(f"o{number}", f"0x{number:064x}")
        bench.script.on(DELETES, lambda request: found({"canceled": msgspec.json.decode(request.body), "not_canceled": {}}))
        facts = await bench.carried(*(cancel(number) for number in numbers))
        assert facts == [CancelTaken(order_id=f"o{number}", why="by our wish") for number in numbers]
        assert [len(msgspec.json.decode(request.body)) for request in bench.script.to(DELETES)] == [120, 30]  # Standard: 120 at once, 80 a second

    bench_run(story)


def test_a_cancel_that_waits_too_long_for_the_budget_is_given_back_to_the_engine() -> None:
    async def story(bench: Bench) -> None:
        bench.names.learn("o1", name_of(1))
        bench.budget.refused("signer cancels", bench.clock_ns + 100 * SECOND, bench.clock_ns)
        assert [type(fact) for fact in await bench.carried(cancel(1))] == [ReplyLost]
        assert bench.clock_ns - AT_NS == CANCEL_WAIT_NS

    bench_run(story)


def test_an_order_that_is_being_cancelled_is_not_cancelled_twice_at_a_time() -> None:
    async def story(bench: Bench) -> None:
        bench.names.learn("o1", name_of(1))
        bench.script.gates[DELETE] = asyncio.Event()
        bench.script.on(DELETE, LOST, found({"canceled": [name_of(1)], "not_canceled": {}}))
        bench.send(cancel(1))
        bench.send(cancel(1))
        await asyncio.sleep(0.01)
        bench.script.gates[DELETE].set()
        await bench.venue.settled()
        assert [type(fact) for fact in bench.facts] == [ReplyLost]
        assert [type(fact) for fact in await bench.carried(cancel(1))] == [CancelTaken]
        assert len(bench.script.to(DELETE)) == 2

    bench_run(story)


def test_a_cancel_of_an_order_without_a_name_is_an_alarm_and_not_forgotten() -> None:
    async def story(bench: Bench) -> None:
        assert [type(fact) for fact in await bench.carried(cancel(9))] == [ReplyLost]
        assert bench.alarms[0].kind == "order without a name"

    bench_run(story)


def test_an_answer_for_another_order_is_an_alarm() -> None:
    async def story(bench: Bench) -> None:
        bench.script.on(POST, found(placed("0x" + "99" * 32)))
        assert [type(fact) for fact in await bench.carried(place(1))] == [ReplyLost]
        assert bench.alarms[0].kind == "answer for another order"

    bench_run(story)


def test_that_nobody_lets_us_cancel_is_told_to_a_person_once() -> None:
    async def story(bench: Bench) -> None:
        bench.names.learn("o1", name_of(1))
        refusal = Absent(401, '{"error":"Unauthorized/Invalid api key"}')
        bench.script.on(DELETE, refusal, refusal, found({"canceled": [name_of(1)], "not_canceled": {}}), refusal)
        for _ in range(4):
            await bench.carried(cancel(1))
        assert [type(fact).__name__ for fact in bench.facts] == ["ReplyLost", "ReplyLost", "CancelTaken", "ReplyLost"]
        assert [(alarm.kind, alarm.text) for alarm in bench.alarms] == [("cancels are refused", "UNAUTHORIZED: Unauthorized/Invalid api key")] * 2

    bench_run(story)
