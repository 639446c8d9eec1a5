"""The bot's end: the same signature from a desk in our process and from a process of its own, and no signature at all when that is gone."""

import asyncio
from pathlib import Path

import pytest
from eth_account import Account

from connectors.polymarket.typed_data import keccak
from connectors.signer_client import LocalSigner, RemoteSigner, connect, start
from connectors.signer_protocol import SignerGone, SignRefused
from tests.connectors.polymarket.words_signing import EOA
from tests.connectors.words_chain import a_transaction, chain_caps, merge_v2, split_v2
from tests.connectors.words_signer import NOW_S, an_order, given_desk, given_settings, given_signer_wallet


def test_a_local_signer_signs_refuses_and_logs_in_through_the_same_bytes(tmp_path: Path) -> None:
    signer = LocalSigner(given_desk(tmp_path))
    named = an_order()
    assert len(asyncio.run(signer.sign(named))) == 65
    assert asyncio.run(signer.login(NOW_S))["POLY_ADDRESS"] == EOA
    with pytest.raises(SignRefused) as refused:
        asyncio.run(signer.sign(an_order(micro=200 * 10**6)))
    assert refused.value.reason == "ORDER_CAP"
    with pytest.raises(SignRefused, match="BAD_LOGIN"):
        asyncio.run(signer.login(0))


def test_a_process_signs_as_a_local_desk_does_many_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "credentials"))
    (tmp_path / "local").mkdir()
    local = LocalSigner(given_desk(tmp_path / "local"))
    named = an_order()

    async def story() -> None:
        signer = await start(given_settings(tmp_path))
        try:
            assert await signer.wallet() == given_signer_wallet()
            first, second = await asyncio.gather(signer.sign(named), signer.sign(named))
            assert first == second == await local.sign(named)
            with pytest.raises(SignRefused, match="DAY_CAP"):  # 12 dollars a day, and 4.9 twice were signed
                await signer.sign(named)
        finally:
            await signer.close()
        with pytest.raises(SignerGone, match="it was closed"):
            await signer.sign(named)

    asyncio.run(story())


def test_a_signer_that_dies_or_never_comes_up_leaves_no_question_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    with pytest.raises(SignerGone, match=r"did not come up with .*signer\.toml"):
        asyncio.run(start(given_settings(tmp_path)))
    with pytest.raises(SignerGone, match=r"no signer at .*No such file"):
        asyncio.run(connect(tmp_path / "none.sock"))


def test_a_signer_that_cannot_even_be_started_is_gone_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", str(tmp_path / "nothing"))
    with pytest.raises(SignerGone, match="the signer cannot be started: No such file or directory"):
        asyncio.run(start(given_settings(tmp_path)))


def test_a_local_signer_signs_a_chain_transaction_or_says_by_name_why_not(tmp_path: Path) -> None:
    signer = LocalSigner(given_desk(tmp_path, caps=chain_caps()))
    transaction = a_transaction()
    sent = asyncio.run(signer.sign_transaction(transaction))
    assert Account.recover_transaction(sent.raw) == EOA
    assert sent.transaction_hash == keccak(sent.raw)
    with pytest.raises(SignRefused, match="SENDS_POL: it sends POL along: 1 wei") as refused:
        asyncio.run(signer.sign_transaction(a_transaction(value_wei=1)))
    assert refused.value.reason == "SENDS_POL"


def test_a_process_signs_the_same_transaction_and_its_splits_use_up_the_days_dollars(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "credentials"))
    (tmp_path / "local").mkdir()
    local = LocalSigner(given_desk(tmp_path / "local", caps=chain_caps()))
    path = given_settings(tmp_path)  # 12 dollars a day
    path.write_text(path.read_text() + "[chain]\ntransactions = true\n")
    split = a_transaction(split_v2(12_000_000))

    async def story() -> None:
        signer = await start(path)
        try:
            assert await signer.sign_transaction(split) == await local.sign_transaction(split)
            with pytest.raises(SignRefused, match="DAY_CAP"):
                await signer.sign_transaction(a_transaction(split_v2(1)))
            with pytest.raises(SignRefused, match="DAY_CAP"):
                await signer.sign(an_order())
            merge = a_transaction(merge_v2(12_000_000))
            assert await signer.sign_transaction(merge) == await local.sign_transaction(merge)
        finally:
            await signer.close()

    asyncio.run(story())


async def odd_server(path: Path, words: bytes) -> asyncio.Server:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(words)
        writer.close()

    return await asyncio.start_unix_server(answer, path)


@pytest.mark.parametrize("words", [b"", b"\xff\xff\xff\xff", b"\x00\x00\x00\x02{}", b"\x00\x00\x00"])
def test_who_hangs_up_or_talks_nonsense_is_gone_and_every_waiting_question_hears_it(tmp_path: Path, words: bytes) -> None:
    async def story() -> None:
        server = await odd_server(tmp_path / "odd.sock", words)
        with pytest.raises(SignerGone, match="did not come up"):
            await connect(tmp_path / "odd.sock")
        signer = RemoteSigner(*await asyncio.open_unix_connection(str(tmp_path / "odd.sock")))
        for _ in range(2):
            with pytest.raises(SignerGone):
                await signer.sign(an_order())
        await signer.close()
        server.close()

    asyncio.run(story())
