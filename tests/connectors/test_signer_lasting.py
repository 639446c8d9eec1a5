"""A signer that is gone is opened again: the one question is lost, the next ones are answered, by nobody but the same wallet."""

import asyncio
import errno
import logging
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from connectors.polymarket.signing import NamedOrder, Wallet
from connectors.signer_client import RemoteSigner, start
from connectors.signer_lasting import WAIT_S, LastingSigner, lasting
from connectors.signer_protocol import SignerGone, SignRefused
from tests.connectors.words_signer import an_order, given_settings, given_signer_wallet


class Fragile(RemoteSigner):
    """Answers until it breaks."""

    def __init__(self, wallet: Wallet) -> None:
        self.is_broken = self.is_closed = False
        self._told = wallet

    async def wallet(self, timeout_s: float = 0) -> Wallet:  # noqa: ARG002 (RemoteSigner)
        return self._told

    async def sign(self, named: NamedOrder) -> bytes:  # noqa: ARG002 (RemoteSigner)
        if self.is_broken:
            raise SignerGone("it hung up")
        return b"signed"

    async def login(self, at_s: int, nonce: int = 0) -> dict[str, str]:  # noqa: ARG002 (RemoteSigner)
        await self.sign(an_order())
        return {"at": str(at_s)}

    async def close(self) -> None:
        self.is_closed = True


class Makers:
    """Opens signers: the first, and then whatever comes next."""

    def __init__(self, *more: Fragile | Exception) -> None:
        self.first = Fragile(given_signer_wallet())
        self._next: list[Fragile | Exception] = [self.first, *more]
        self.waits: list[float] = []

    async def open(self) -> Fragile:
        found = self._next.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        await asyncio.sleep(0)


def run(makers: Makers, story: Callable[[LastingSigner], Awaitable[None]]) -> None:
    async def whole() -> None:
        signer = await lasting(makers.open, sleep=makers.sleep)
        await story(signer)
        await signer.close()

    asyncio.run(whole())


def test_the_question_that_broke_it_is_lost_and_the_next_signer_answers(caplog: pytest.LogCaptureFixture) -> None:
    makers = Makers(Fragile(given_signer_wallet()))

    async def story(signer: LastingSigner) -> None:
        assert await signer.sign(an_order()) == b"signed"
        makers.first.is_broken = True
        for _ in range(2):  # many orders may meet it in the same moment: one new signer is enough
            with pytest.raises(SignerGone, match="it hung up"):
                await signer.sign(an_order())
        await signer.back()
        assert makers.first.is_closed, "its state file would be locked"
        assert await signer.login(7) == {"at": "7"}
        await signer.back()

    with caplog.at_level(logging.WARNING):
        run(makers, story)
    assert makers.waits == [1]
    assert [record.message for record in caplog.records] == ["signer gone", "signer back"]


def test_it_is_tried_again_ever_more_slowly_and_an_other_wallet_is_no_signer() -> None:
    other = Fragile(Wallet(owner="0x" + "12" * 20, funder="0x" + "12" * 20, signature_type=given_signer_wallet().signature_type))
    makers = Makers(*[SignerGone("no signer there")] * 7, other, Fragile(given_signer_wallet()))

    async def story(signer: LastingSigner) -> None:
        makers.first.is_broken = True
        with pytest.raises(SignerGone):
            await signer.sign(an_order())
        await signer.back()
        assert await signer.sign(an_order()) == b"signed"
        assert await signer.wallet() == given_signer_wallet()

    run(makers, story)
    assert makers.waits == [1, 2, 4, 8, 16, 32, WAIT_S[1], WAIT_S[1], WAIT_S[1]]
    assert other.is_closed


def test_a_machine_that_has_no_room_for_another_signer_just_now_is_asked_again(caplog: pytest.LogCaptureFixture) -> None:
    makers = Makers(OSError(errno.EMFILE, "Too many open files"), Fragile(given_signer_wallet()))

    async def story(signer: LastingSigner) -> None:
        makers.first.is_broken = True
        with pytest.raises(SignerGone):
            await signer.sign(an_order())
        await signer.back()
        assert await signer.sign(an_order()) == b"signed"

    with caplog.at_level(logging.WARNING):
        run(makers, story)
    assert [record.message for record in caplog.records] == ["signer gone", "signer does not come back", "signer back"]


def test_nothing_is_opened_any_more_once_it_is_closed() -> None:
    makers = Makers()

    async def story(signer: LastingSigner) -> None:
        makers.first.is_broken = True
        with pytest.raises(SignerGone):
            await signer.sign(an_order())

    run(makers, story)  # a second one would be asked of an empty list
    assert makers.first.is_closed


def test_one_that_never_comes_up_is_said_at_once() -> None:
    makers = Makers()
    makers._next = [SignerGone("no words")]
    with pytest.raises(SignerGone, match="no words"):
        asyncio.run(lasting(makers.open))


def test_a_signer_process_that_is_killed_is_followed_by_another_that_goes_on_counting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "credentials"))
    config = given_settings(tmp_path)
    opened: list[RemoteSigner] = []

    async def open_one() -> RemoteSigner:
        opened.append(await start(config))
        return opened[-1]

    async def soon(_seconds: float) -> None:
        await asyncio.sleep(0.01)

    async def story() -> None:
        signer = await lasting(open_one, sleep=soon)
        first = await signer.sign(an_order())
        process = opened[0]._process
        assert process is not None
        os.kill(process.pid, signal.SIGKILL)
        await process.wait()
        with pytest.raises(SignerGone):
            await signer.sign(an_order())
        await signer.back()
        assert await signer.sign(an_order()) == first
        with pytest.raises(SignRefused, match="DAY_CAP"):  # 12 dollars a day, and 4.9 twice were signed, by two processes
            await signer.sign(an_order())
        await signer.close()

    asyncio.run(story())
    assert len(opened) == 2
