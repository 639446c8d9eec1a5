"""The examination, against the simulated exchange, a signer and a node on loopback: everything fine, and each thing that is not, one at a time."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiohttp import web

from config.assembly import doctor as module
from config.assembly.doctor import Doctor, key_check, state_checks
from config.assembly.latch import Latch
from config.assembly.live import KILL_NAME, LATCH_NAME
from config.assembly.lock import locked
from config.outside import LiveSection
from config.settings import load
from connectors.polymarket.doctor import Check, Mark
from connectors.signer_config import read_config
from sim.gateway.wire import WireError
from tests.config.words_bad_signers import (
    with_a_credential_that_is_not_here,
    with_a_key_that_others_may_read,
    with_a_signer_that_is_not_there,
    with_a_socket_that_is_a_file,
    with_a_socket_that_others_may_use,
    with_a_socket_where_nobody_listens,
    with_settings_that_others_may_write,
    with_words_that_others_may_read,
    without_a_key,
    without_signer,
)
from tests.config.words_live import Floor, Trader, open_floor
from tests.connectors.polymarket.test_wallet_kinds import PROXY_CODE

Told = dict[str, Check]


@pytest.fixture(scope="module")
def floor() -> Iterator[Floor]:
    with open_floor(2) as opened:
        yield opened


@pytest.fixture
def trader(tmp_path: Path) -> Trader:
    return Trader(tmp_path)


class Node:
    """A node of the chain that answers what it is told."""

    def __init__(self, **told: object) -> None:
        self.told = told
        self.bodies: list[Any] = []

    async def answer(self, request: web.Request) -> web.Response:
        body = msgspec.json.decode(await request.read())
        self.bodies.append(body)
        return web.json_response({"jsonrpc": "2.0", "id": body["id"], "result": self.told[body["method"]]})


def examined(url: str, path: Path, *, rpc: str = "", more: Mapping[str, Any] | None = None, node: Node | None = None) -> Told:
    """Every line, by name."""

    async def run() -> list[Check]:
        settings = load(path, {})
        venue = settings.venue.at_host(url)
        runner = None
        there = rpc
        if node is not None:
            app = web.Application()
            app.router.add_route("*", "/{tail:.*}", node.answer)
            runner = web.AppRunner(app, shutdown_timeout=0.01)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            there = f"http://127.0.0.1:{runner.addresses[0][1]}/v2/NODEKEY"
        settings = msgspec.structs.replace(settings, venue=msgspec.structs.replace(venue, rpc=there), **(more or {}))
        try:
            return await Doctor(settings, path, is_hosted=True).look()
        finally:
            if runner is not None:
                await runner.cleanup()

    checks = asyncio.run(run())
    assert len({check.name for check in checks}) == len(checks)
    assert all(bool(check.step) is (check.mark is Mark.BAD) for check in checks)
    return {check.name: check for check in checks}


def first_bad(told: Told) -> Check | None:
    return next((check for check in told.values() if check.mark is Mark.BAD), None)


def assert_first_bad(told: Told, name: str, *pieces: str) -> None:
    check = first_bad(told)
    assert check is not None, "everything was fine"
    assert check.name == name, check
    for piece in pieces:
        assert piece in f"{check.text} | {check.step}", check


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch, trader: Trader) -> Trader:
    """Its signer is a desk in our own process: most of these tests are not about processes."""

    class Here:
        async def __aenter__(self) -> object:
            self.signer = trader.desk()
            return self.signer

        async def __aexit__(self, *_error: object) -> None:
            self.signer.release()

    monkeypatch.setattr(module, "signer_of", lambda _live, _folder: Here())
    return trader


def test_all_is_fine_with_a_real_signer_and_nothing_was_placed_or_kept(floor: Floor, trader: Trader) -> None:
    told = examined(floor.url, trader.files())
    assert first_bad(told) is None
    assert list(told) == [
        "configuration", "CLOB", "Gamma", "stream", "region", "clock", "state folder", "latch", "signer", "key file", "wallet", "API key",
        "standing", "collateral", "shares v1", "shares v2", "markets",
    ]  # fmt: skip
    assert [name for name, check in told.items() if check.mark is Mark.OPEN] == ["region"]
    assert told["collateral"].text == "$10,000.00; allowance unlimited"
    assert "market-0, market-1" in told["markets"].text
    assert floor.orders_of(trader.address) == []
    assert not trader.state.exists()


def test_the_first_switch_is_a_reminder_and_no_fault(floor: Floor, here: Trader) -> None:
    told = examined(floor.url, here.files(live=False))
    assert told["first switch"].mark is Mark.OPEN
    assert first_bad(told) is None


def test_a_venue_that_is_not_there_comes_first_and_the_account_is_not_asked_about(here: Trader) -> None:
    told = examined("http://127.0.0.1:9", here.files())
    assert_first_bad(told, "CLOB", "http://127.0.0.1:9 does not answer", "curl")
    assert [told[name].mark for name in ("Gamma", "stream", "markets", "account")] == [Mark.BAD, Mark.BAD, Mark.OPEN, Mark.OPEN]


@pytest.mark.parametrize(
    ("path", "answer", "name", "pieces"),
    [
        ("/markets/keyset", WireError(503, "x"), "Gamma", ("HTTP 503",)),
        ("/api/geoblock", {"blocked": True, "country": "US", "region": "NY"}, "region", ("blocked", "US, NY", "do not trade from there")),
        ("/auth/derive-api-key", WireError(500, "x"), "API key", ("no API key", "Sign in")),
        ("/auth/ban-status", {"closed_only": True}, "standing", ("only close positions",)),
        ("/balance-allowance", WireError(500, "x"), "collateral", ("does not tell",)),
        ("/clob-markets/", WireError(404, "x"), "markets", ("none of the chosen markets can be traded",)),
    ],
)
def test_what_the_venue_says_is_what_is_bad(floor: Floor, here: Trader, path: str, answer: object, name: str, pieces: tuple[str, ...]) -> None:
    with floor.answers(path, answer):
        assert_first_bad(examined(floor.url, here.files()), name, *pieces)


def test_a_stream_that_does_not_open_is_bad(floor: Floor, here: Trader) -> None:
    path = here.files()
    settings = load(path, {})
    nobody = "ws://127.0.0.1:9/ws"
    venue = msgspec.structs.replace(settings.venue.at_host(floor.url), stream=nobody)
    told = asyncio.run(Doctor(msgspec.structs.replace(settings, venue=venue), path, is_hosted=True).look())
    assert_first_bad({check.name: check for check in told}, "stream", nobody)


def test_a_clock_that_is_off_is_bad_and_nobody_logs_in(floor: Floor, here: Trader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CLOCK_OFF_MAX_NS", -1)
    told = examined(floor.url, here.files())
    assert_first_bad(told, "clock", "timedatectl set-ntp true")
    assert told["account"].mark is Mark.OPEN


def test_an_account_without_approvals_is_told_which_contracts_and_the_call(floor: Floor, here: Trader) -> None:
    unapproved = floor.gateway.conditions.unapproved
    floor.do(lambda: unapproved.update({here.address.lower(): True}))
    try:
        told = examined(floor.url, here.files())
    finally:
        floor.do(unapproved.clear)
    assert_first_bad(told, "collateral", "0xE111180000d2663C0091e4f400237545B87B996B", "0xe3333700cA9d93003F00f0F71f8515005F6c00Aa", "cast send")
    assert [told[f"shares {generation}"].mark for generation in ("v1", "v2")] == [Mark.BAD, Mark.BAD]


def test_an_empty_wallet_is_told_and_markets_of_one_generation_need_its_contracts_only(floor: Floor, here: Trader) -> None:
    floor.do(lambda: floor.host.open_wallet(here.address))
    floor.do(lambda: floor.host.exchange.withdraw(here.address.lower(), 10_000 * 10**6))
    path = here.files()
    markets = msgspec.structs.replace(load(path, {}).markets, slugs=("market-1",))
    told = examined(floor.url, path, more={"markets": markets})
    assert_first_bad(told, "collateral", f"{here.address} holds no pUSD", "deposit")
    assert "shares v1" not in told


def test_no_market_chosen_or_one_that_nobody_knows_is_told(floor: Floor, here: Trader) -> None:
    path = here.files()
    settings = load(path, {})
    hosted = msgspec.structs.replace(settings, venue=settings.venue.at_host(floor.url))
    checks = asyncio.run(Doctor(hosted, path, is_hosted=False).look())
    assert_first_bad({check.name: check for check in checks}, "markets", "which markets?", "--slug")
    markets = msgspec.structs.replace(settings.markets, slugs=("nobody-knows-it",))
    assert_first_bad(examined(floor.url, path, more={"markets": markets}), "markets", "none of the chosen markets")
    over = datetime(2020, 1, 1, tzinfo=UTC)
    one = msgspec.structs.replace(settings.markets, slugs=("market-0", "market-1"), ends={"market-1": over})
    told = examined(floor.url, path, more={"markets": one})["markets"]
    assert told.mark is Mark.FINE
    assert told.text.startswith("tradeable: market-0; market-1: its end has passed (2020-01-01T00:00:00.000Z)")
    both = msgspec.structs.replace(one, ends={"market-0": over, "market-1": over})
    assert_first_bad(
        examined(floor.url, path, more={"markets": both}), "markets", "market-0: its end has passed", "set a later end in [markets.ends]"
    )


# The wallet, asked of a node.


def test_a_node_is_asked_what_stands_at_the_funder_and_its_address_is_not_told(floor: Floor, here: Trader) -> None:
    node = Node(eth_chainId="0x89", eth_getCode="0x" + PROXY_CODE.hex())
    told = examined(floor.url, here.files(), node=node)
    assert_first_bad(told, "wallet", "stands a contract")  # nobody's own address can be a proxy
    assert [body["method"] for body in node.bodies] == ["eth_chainId", "eth_getCode"]
    assert node.bodies[1]["params"] == [here.address, "latest"]


def test_a_node_of_another_chain_is_bad_and_one_that_is_not_there_is_not(floor: Floor, here: Trader) -> None:
    assert_first_bad(examined(floor.url, here.files(), node=Node(eth_chainId="0x1", eth_getCode="0x")), "wallet", "chain 1, the wallet on 137")
    told = examined(floor.url, here.files(), rpc="http://127.0.0.1:9/v2/NODEKEY")
    assert first_bad(told) is None
    assert all("NODEKEY" not in check.text + check.step for check in told.values())


# This machine.


def test_a_halt_a_kill_file_and_a_bot_that_runs_are_told(floor: Floor, here: Trader) -> None:
    path = here.files()
    with locked(here.state):
        told = examined(floor.url, path)
        assert first_bad(told) is None
        assert told["process"].mark is told["account"].mark is Mark.OPEN
    (here.state / KILL_NAME).touch()
    assert_first_bad(examined(floor.url, path), "latch", "the kill file is there", f"run_bot.py resume --config {path}")
    Latch(here.state / LATCH_NAME).set("somebody pulled it")
    assert_first_bad(examined(floor.url, path), "latch", "somebody pulled it")


def test_a_state_folder_that_cannot_be_and_a_disk_that_is_full_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    told = state_checks(LiveSection(state=str(tmp_path / "file" / "state")), tmp_path / "live.toml")
    assert [(check.name, check.mark) for check in told] == [("state folder", Mark.BAD)]
    assert "live.state" in told[0].step
    monkeypatch.setattr(module, "FREE_BYTES_MIN", 1 << 62)
    (full,) = state_checks(LiveSection(state=str(tmp_path)), tmp_path / "live.toml")
    assert (full.name, full.mark) == ("disk", Mark.BAD)


@pytest.mark.parametrize(
    ("given", "name", "pieces"),
    [
        (without_signer, "signer", ("none is named", "docs/signer.md")),
        (with_a_signer_that_is_not_there, "signer", ("nosuch.toml: No such file",)),
        (with_settings_that_others_may_write, "signer", ("others may write", "chmod go-w")),
        (with_a_key_that_others_may_read, "key file", ("mode 0644", "chmod 600")),
        (with_words_that_others_may_read, "key file", ("words (mode 0640)", "chmod 600")),
        (without_a_key, "key file", ("key.json: No such file", "--new-keystore")),
        (with_a_credential_that_is_not_here, "key file", ("credential of systemd",)),
        (with_a_socket_where_nobody_listens, "signer", ("No such file", "start the signer")),
        (with_a_socket_that_is_a_file, "signer", ("is no socket",)),
        (with_a_socket_that_others_may_use, "signer", ("mode 0666", "chmod 600")),
    ],
)
def test_a_signer_that_cannot_be_trusted_or_had_is_told_before_anybody_is_asked(
    floor: Floor, trader: Trader, given: Callable[[Trader], Path], name: str, pieces: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    told = examined(floor.url, given(trader))
    assert_first_bad(told, name, *pieces)
    assert told["account"].mark is Mark.OPEN
    assert floor.do(lambda: trader.address.lower() in floor.host.exchange.clearing.accounts) is False


def test_a_signer_that_does_not_come_up_is_told(floor: Floor, trader: Trader, capfd: pytest.CaptureFixture[str]) -> None:
    path = trader.files()
    (trader.folder / "words").write_text("not these\n")
    assert_first_bad(examined(floor.url, path), "account", "did not come up")
    assert "the passphrase is wrong" in capfd.readouterr().err


def test_a_credential_that_is_there_is_fine(trader: Trader, monkeypatch: pytest.MonkeyPatch) -> None:
    with_a_credential_that_is_not_here(trader)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(trader.folder))
    assert key_check(read_config(trader.folder / "signer.toml")).mark is Mark.FINE
