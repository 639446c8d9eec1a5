"""How an account is opened: the signer that was named, a clock that is right, an API key; and each thing that stands in the way, in words."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.assembly.account import Account, open_account, signer_of
from config.assembly.outside import VenueSaidNo, services
from config.logs import SECRETS
from config.outside import LiveSection, VenueSection
from config.settings import BadSettings
from connectors.transport.http import Found
from oms.values.units import NS_PER_SECOND
from tests.config.words_live import PASSPHRASE, Floor, Trader, open_floor


@pytest.fixture(scope="module")
def floor() -> Iterator[Floor]:
    with open_floor(1) as opened:
        yield opened


def opened(url: str, trader: Trader, *, off_s: float = 0) -> Account:
    async def run() -> Account:
        async with services(VenueSection().at_host(url)) as venue:
            venue.clob._now_ns = lambda: time.time_ns() + int(off_s * NS_PER_SECOND)
            signer = trader.desk()
            try:
                account = await open_account(venue, signer, now_ns=venue.clob._now_ns)
                standing = await venue.clob.ask(account.question("/auth/ban-status/closed-only"))
                assert isinstance(standing, Found)
                return account
            finally:
                signer.release()

    return asyncio.run(run())


def test_the_same_key_comes_at_every_start_and_its_secrets_are_kept_out_of_logs_and_reprs(floor: Floor, tmp_path: Path) -> None:
    trader = Trader(tmp_path)
    first, second = opened(floor.url, trader), opened(floor.url, trader)
    login = first.login
    assert (login.api_key, login.secret, login.passphrase) == (second.login.api_key, second.login.secret, second.login.passphrase)
    assert first.wallet == trader.wallet
    assert SECRETS.hidden(f"a {login.secret} b {login.passphrase}") == "a [secret] b [secret]"
    assert login.secret not in repr(first)
    assert login.passphrase not in repr(first)


@pytest.mark.parametrize(
    ("off_s", "words"), [(60, r"our clock is \d+\.\d s ahead of the venue's"), (-60, r"our clock is \d+\.\d s behind the venue's")]
)
def test_a_clock_that_is_far_off_is_refused_with_how_far_and_which_way(floor: Floor, tmp_path: Path, off_s: int, words: str) -> None:
    with pytest.raises(VenueSaidNo, match=words + r"; set it \(timedatectl set-ntp true\)"):
        opened(floor.url, Trader(tmp_path), off_s=off_s)


def test_a_venue_that_does_not_answer_is_named(tmp_path: Path) -> None:
    with pytest.raises(VenueSaidNo, match=r"http://127\.0\.0\.1:9 does not answer.*doctor"):
        opened("http://127.0.0.1:9", Trader(tmp_path))


def test_a_venue_that_gives_no_key_is_told_with_its_words(floor: Floor, tmp_path: Path) -> None:
    with floor.answers("/auth/", {"nothing": 1}), pytest.raises(VenueSaidNo, match=r"no API key: neither derived .* nor created"):
        opened(floor.url, Trader(tmp_path))


def test_a_passphrase_too_short_to_be_hidden_is_refused_without_telling_it(floor: Floor, tmp_path: Path) -> None:
    reply = {"apiKey": "k", "secret": "A" * 43 + "=", "passphrase": "xyz"}
    with floor.answers("/auth/", reply), pytest.raises(VenueSaidNo, match="the venue's API key cannot be used") as caught:
        opened(floor.url, Trader(tmp_path))
    assert "xyz" not in str(caught.value)


# The signer.


def signer(live: LiveSection, folder: Path) -> str:
    async def run() -> str:
        async with signer_of(live, folder) as found:
            return (await found.wallet()).owner

    return asyncio.run(run())


def test_a_signer_that_is_ours_is_started_and_ended(tmp_path: Path) -> None:
    trader = Trader(tmp_path)
    trader.files()
    assert signer(LiveSection(signer="signer.toml"), tmp_path) == trader.address
    assert signer(LiveSection(signer="signer.toml"), tmp_path) == trader.address  # the first one has let go of its file


def test_without_a_signer_or_with_one_that_is_not_there_nothing_begins(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(BadSettings, match=r"live\.signer: orders need a signer; .*docs/signer\.md"):
        signer(LiveSection(), tmp_path)
    with pytest.raises(VenueSaidNo, match=r"no signer at .*socket: No such file or directory"):
        signer(LiveSection(signer_socket=str(tmp_path / "socket")), tmp_path)
    with pytest.raises(VenueSaidNo, match=r"the signer did not come up with .*nosuch\.toml"):
        signer(LiveSection(signer="nosuch.toml"), tmp_path)
    assert PASSPHRASE not in capfd.readouterr().err
