"""The kill: latched before anything else, cancelled, looked at twice, and honest about what could not be verified."""

import asyncio
from pathlib import Path

import pytest

from config.assembly.kill import Killed, in_words, kill
from config.assembly.latch import Latch
from connectors.polymarket.venue import CancelledAll
from oms.values.events import OpenOrder, OpenOrdersReported
from oms.values.orders import Side

WITHIN_S = 0.2
"""Given up after so long, which is time for many looks."""


@pytest.fixture(autouse=True)
def _soon_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.assembly.kill.LOOK_AGAIN_S", 0.01)


class Account:
    """A venue with orders; `arrivals` come after so many looks, `deaf` rounds are not answered."""

    def __init__(self, latch: Latch, count: int = 3) -> None:
        self.latch = latch
        self.open = [f"0x{number}" for number in range(count)]
        self.cancels = 0
        self.looks = 0
        self.arrivals: dict[int, str] = {}
        self.deaf = 0
        self.hang = False
        self.omitted: tuple[str, ...] = ()
        self.kept: list[str] = []
        self.latched_first = True
        self.cancelled = asyncio.Event()
        self.looked_twice = asyncio.Event()

    async def cancel_all_now(self) -> CancelledAll:
        self.cancels += 1
        self.cancelled.set()
        self.latched_first &= self.latch.halt() is not None
        if self.hang:
            await asyncio.sleep(60)
        if self.cancels <= self.deaf:
            return CancelledAll(answered=False, why="HTTP 503")
        gone, self.open = self.open, list(self.kept)
        return CancelledAll(answered=True, cancelled=tuple(gone))

    async def open_orders_now(self) -> OpenOrdersReported:
        self.looks += 1
        if self.looks == 2:
            self.looked_twice.set()
        if self.looks in self.arrivals:
            self.open.append(self.arrivals[self.looks])
        rows = tuple(
            OpenOrder(venue_order_id=name, token="1", side=Side.BUY, price_pips=1, shares_micro=1, filled_micro=0) for name in self.open
        )  # fmt: skip
        return OpenOrdersReported(orders=rows, asked_ns=0, omitted=self.omitted)


def given(tmp_path: Path, count: int = 3) -> Account:
    return Account(Latch(tmp_path / "halted"), count)


def killed(account: Account, within_s: float = 5.0) -> Killed:
    return asyncio.run(kill(account.latch, "the operator said so", account, within_s))


def verified(account: Account) -> bool | None:
    halt = account.latch.halt()
    assert halt is not None
    return halt.verified


def test_everything_is_cancelled_and_looked_at_twice_and_the_latch_is_set_before_the_first_cancel(tmp_path: Path) -> None:
    # ruling 0.10
    account = given(tmp_path, 500)
    told = killed(account)
    assert (told.verified, told.left, account.open, account.looks) == (True, (), [], 2)
    assert account.latched_first
    assert verified(account) is True
    assert "nothing open" in in_words(told)


def test_an_order_that_arrives_after_the_first_look_is_cancelled_too(tmp_path: Path) -> None:
    account = given(tmp_path)
    account.arrivals = {2: "0xlate"}
    told = killed(account)
    assert (told.verified, account.open) == (True, [])
    assert account.looks > 2


def test_a_venue_that_does_not_answer_at_first_is_asked_again(tmp_path: Path) -> None:
    account = given(tmp_path)
    account.deaf = 3
    assert killed(account).verified


def test_what_could_not_be_seen_is_not_called_gone(tmp_path: Path) -> None:
    account = given(tmp_path, 0)
    account.omitted = ("page 2: HTTP 500",)
    told = killed(account, WITHIN_S)
    assert (told.verified, verified(account)) == (False, False)
    assert "page 2: HTTP 500" in in_words(told)


def test_orders_that_stay_are_named(tmp_path: Path) -> None:
    account = given(tmp_path)
    account.kept = ["0xstuck"]
    told = killed(account, WITHIN_S)
    assert (told.verified, told.left) == (False, ("0xstuck",))
    assert "1 orders were still open" in in_words(told)


def test_a_venue_that_hangs_does_not_hold_the_kill_up(tmp_path: Path) -> None:
    account = given(tmp_path)
    account.hang = True
    told = killed(account, WITHIN_S)
    assert not told.verified
    assert verified(account) is False


def test_what_is_on_its_way_is_waited_for_while_the_rest_is_cancelled_already(tmp_path: Path) -> None:
    account = given(tmp_path)
    order: list[str] = []

    async def sent() -> None:
        await asyncio.wait_for(account.cancelled.wait(), 1)
        order.append(f"arrived after {account.cancels} cancels")
        account.open.append("0xunderway")

    told = asyncio.run(kill(account.latch, "why", account, 5.0, sent=sent))
    assert order == ["arrived after 1 cancels"]
    assert (told.verified, account.open) == (True, [])


def test_what_stays_on_its_way_is_not_waited_for_for_ever_and_nothing_is_called_verified(tmp_path: Path) -> None:
    account = given(tmp_path)

    async def sent() -> None:
        await asyncio.sleep(60)

    told = asyncio.run(kill(account.latch, "why", account, WITHIN_S, sent=sent))
    assert (told.verified, told.left, verified(account)) == (False, (), False)
    assert "on their way and not answered yet" in in_words(told)


def test_a_look_that_began_before_everything_arrived_does_not_count(tmp_path: Path) -> None:
    account = given(tmp_path, 0)

    async def sent() -> None:
        await account.looked_twice.wait()
        await asyncio.sleep(0.01)
        account.open.append("0xlate")  # after two looks that saw nothing

    told = asyncio.run(kill(account.latch, "why", account, 5.0, sent=sent))
    assert (told.verified, account.open) == (True, [])
    assert account.looks >= 4


def test_a_latch_that_cannot_be_set_does_not_hold_the_kill_up_and_is_told(tmp_path: Path) -> None:
    account = given(tmp_path)
    (tmp_path / "file").write_text("")
    account.latch = Latch(tmp_path / "file" / "halted")  # its folder is a file
    told = asyncio.run(kill(account.latch, "why", account, 5.0))
    assert (told.verified, account.open) == (True, [])
    assert "NOT LATCHED" in in_words(told)
    assert "could not be written" in in_words(told)
