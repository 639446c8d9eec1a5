"""An exchange with a journal is killed, and the one that is made of its journal is the same."""

import random
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest

from config.assembly.exchange import ExchangeSettings, JournalSaidNo, Served
from oms.values.orders import Lifetime
from oms.values.units import MICRO, NS_PER_SECOND, Nanos
from sim.gateway.rest import Reply
from sim.gateway.wire import Asked, Later
from sim.market_series import SeriesSettings
from tests.sim.gateway.words_gateway import TOKEN, User
from tests.words import NOON_NS
from tests.words_disk import no_file_longer_than

TEN = 10 * MICRO


class Place:
    """An exchange with a journal and a crowd, whose clock we hold. It looks like words_gateway.Site to a User."""

    def __init__(self, journal: Path, *, at_ns: Nanos = NOON_NS, seed: int = 3, traders: bool = True, token: str = TOKEN) -> None:
        series = SeriesSettings(markets=2, window_ns=120 * NS_PER_SECOND, fee_rate_bps=700, tick_pips=100, seed=seed)
        settings = ExchangeSettings(series=series, grant_micro=10_000 * MICRO, traders=traders)
        self.at_ns = at_ns
        self.journal = journal
        self.served = Served(settings, admin_token=token, journal=journal, now=lambda: self.at_ns)
        self.host = self.served.host

    def raw(self, method: str, path: str, body: bytes = b"", headers: Any = None, **query: str) -> Reply | Later:  # noqa: ANN401
        self.host.run_due(self.at_ns)
        lower = {name.lower(): value for name, value in (headers or {}).items()}
        return self.served.gateway.rest.answer(Asked(method=method, path=path, query=query, headers=lower, body=body))

    def asks(self, method: str, path: str, body: bytes = b"", headers: Any = None, **query: str) -> tuple[int, Any]:  # noqa: ANN401
        reply = self.raw(method, path, body, headers, **query)
        assert isinstance(reply, Reply)
        return reply.status, msgspec.json.decode(reply.body) if reply.body else None

    def admin(self, word: str, **body: Any) -> tuple[int, Any]:  # noqa: ANN401
        return self.asks("POST", f"/admin/{word}", msgspec.json.encode(body), {"Authorization": f"Bearer {TOKEN}"})

    def killed(self) -> Path:
        """What kill −9 leaves of the journal, to be gone on with while this one still runs."""
        copy = self.journal.with_name("copy.journal")
        for suffix in ("", "-wal"):
            source = self.journal.with_name(self.journal.name + suffix)
            copy.with_name(copy.name + suffix).unlink(missing_ok=True)
            if source.exists():
                shutil.copy(source, copy.with_name(copy.name + suffix))
        return copy

    def picture(self) -> dict[str, Any]:
        """Everything of it that anybody could see."""
        host, exchange = self.host, self.host.exchange
        orders = host.book.orders.values()
        return {
            "now": host.now_ns(),
            "due": host.next_due_ns(),
            "orders": [(order.order_id, order.status, order.matched_micro, order.paid_micro, order.trade_ids, order.rests) for order in orders],
            "trades": [(trade.trade_id, trade.stage, trade.matched_ns, trade.updated_ns, trade.shares_micro) for trade in host.book.trades.values()],
            "accounts": {name: exchange.account(name) for name in exchange.clearing.accounts},
            "books": [exchange.book(listed.market.yes) for listed in host.listed.values() if listed.market.market_id in exchange.listings],
            "keys": {name: self.served.gateway.keyring.keys_of(name) for name in exchange.clearing.accounts},
            "audit": exchange.audit(),
        }


def rows_of(path: Path) -> list[tuple[str, str]]:
    """What was asked."""
    with closing(sqlite3.connect(path)) as reader:
        return list(reader.execute("SELECT method, path FROM request ORDER BY seq"))


def harmed(path: Path, statement: str) -> None:
    """Somebody changes the file."""
    with closing(sqlite3.connect(path, isolation_level=None)) as vandal:
        vandal.execute(statement)


def one_deed(place: Place, user: User, dice: random.Random) -> None:
    """Whatever a user or the admin may do."""
    market = dice.choice(place.served.bazaar.open_markets())
    what, price, size = dice.choice(["BUY YES", "BUY NO", "SELL YES"]), dice.randrange(5, 95) * 100, dice.randrange(5, 40) * MICRO
    deed = dice.randrange(12)
    if deed < 5:
        lifetime = dice.choice([Lifetime.GTC, Lifetime.GTC, Lifetime.FAK])
        user.raw("POST", "/order", user.body(market, what, price, size, lifetime))
    elif deed == 5:
        later = place.at_ns // NS_PER_SECOND + dice.randrange(170, 400)
        user.raw("POST", "/order", user.body(market, what, price, size, Lifetime.GTD, expiration_s=later))
    elif deed == 6:
        user.raw("DELETE", "/cancel-all")
    elif deed == 7:
        user.raw("POST", "/v1/heartbeats", b"{}")
    elif deed == 8:
        place.admin("faucet", address=user.key.address, market=market.market_id, sets="20")
    elif deed == 9:
        place.admin("faults", seed=dice.randrange(9), rates={"place late": 0.3, "place reply lost": 0.2, "cancel lost": 0.2})
    elif deed == 10:
        place.admin("settlement", mined_ms=dice.randrange(3_000), confirmed_ms=4_000, failed_ppm=dice.choice([0, 200_000]))
    else:
        place.raw("POST", "/order", b"{}", {"POLY_API_KEY": "nobody"})


@pytest.mark.parametrize("seed", range(6))
def test_an_exchange_that_was_killed_comes_back_as_it_was_and_goes_on_as_it_would_have(seed: int, tmp_path: Path) -> None:
    dice = random.Random(seed)
    first = Place(tmp_path / "a.journal")
    users = [User(first, digit) for digit in "12"]  # type: ignore[arg-type]  # it looks like a Site
    for _ in range(60):
        one_deed(first, dice.choice(users), dice)
        first.at_ns += dice.choice([0, 10**6, 3 * 10**8, 5 * NS_PER_SECOND])
        first.host.run_due(first.at_ns)  # the venue lets time pass between requests too, and at moments nobody wrote down
    second = Place(first.killed(), at_ns=first.at_ns)
    assert second.served.repeated > 40
    before = first.picture()
    assert any(status == "MATCHED" for _, status, *_ in before["orders"])
    assert second.picture() == before
    for place in (first, second):
        dice = random.Random(seed + 100)
        for user in users:
            user.site, user._salt = place, 1_000  # type: ignore[assignment]
        for _ in range(20):
            one_deed(place, dice.choice(users), dice)
            place.at_ns += NS_PER_SECOND
    assert second.picture() == first.picture()


def given_asked(path: Path) -> Place:
    """An exchange that was asked a few things, and let go of its journal."""
    place = Place(path, traders=False)
    user = User(place)  # type: ignore[arg-type]
    for price in (4_000, 4_100, 4_200):
        user.rests(place.served.bazaar.open_markets()[0], "BUY YES", price, TEN)
    place.served.close()
    return place


def test_what_is_answered_is_on_the_disk_and_what_only_looks_is_not(tmp_path: Path) -> None:
    place = Place(tmp_path / "a.journal", traders=False)
    user = User(place)  # type: ignore[arg-type]
    order_id = user.rests(place.served.bazaar.open_markets()[0], "BUY YES", 4_000, TEN)
    user.reads("/data/orders")
    place.asks("POST", "/books", b"[]")
    place.asks("DELETE", "/auth/api-key")
    assert user.asks("DELETE", "/order", msgspec.json.encode({"orderID": order_id}))[1]["canceled"] == [order_id]
    assert rows_of(place.killed()) == [("POST", "/auth/api-key"), ("POST", "/order"), ("DELETE", "/order")]


def test_no_secret_is_in_it(tmp_path: Path) -> None:
    place = Place(tmp_path / "a.journal")
    user = User(place)  # type: ignore[arg-type]
    user.rests(place.served.bazaar.open_markets()[0], "BUY YES", 300, TEN)
    place.admin("faucet", address=user.key.address, cash="5")
    place.served.close()
    held = place.journal.read_bytes()
    key = place.served.gateway.keyring.find(user.credentials.api_key)
    assert key is not None
    assert user.credentials.api_key.encode() in held, "who asked is kept"
    for secret in (key.secret, key.passphrase, TOKEN):
        assert secret.encode() not in held
    assert b"poly_" not in held.lower()


def test_a_file_that_is_not_this_exchanges_is_refused_by_name(tmp_path: Path) -> None:
    text, other, good = tmp_path / "notes.txt", tmp_path / "other.db", tmp_path / "good.journal"
    text.write_text("Dear diary, " * 100)
    harmed(other, "CREATE TABLE diary (day TEXT)")
    given_asked(good)
    for path, words in ((text, "no exchange's journal"), (other, "no exchange's journal"), (tmp_path / "no" / "folder.journal", "writable")):
        with pytest.raises(JournalSaidNo, match=f"{path}.*{words}"):
            Place(path)
    assert text.read_text().startswith("Dear diary")
    with pytest.raises(JournalSaidNo, match="an exchange whose seed is 3, not 4; start it as it was started then"):
        Place(good, seed=4, traders=False)
    with pytest.raises(JournalSaidNo, match="an exchange whose traders is False, not True"):
        Place(good)
    harmed(good, "PRAGMA user_version=2")
    with pytest.raises(JournalSaidNo, match="is of schema 2, and this version reads 1"):
        Place(good, traders=False)


@pytest.mark.parametrize(
    "harm",
    [
        "UPDATE request SET body = CAST(replace(CAST(body AS TEXT), '0.', '1.') || ' ' AS BLOB) WHERE seq = 3",
        "UPDATE request SET at_ns = at_ns + 1 WHERE seq = 2",
        "UPDATE request SET who = '' WHERE seq = 3",
        "DELETE FROM request WHERE seq = 2",
        "DELETE FROM request WHERE seq = 1",
        "UPDATE exchange SET began_ns = began_ns + 1",
        "DELETE FROM exchange",
    ],
)
def test_a_damaged_file_is_refused_by_name(harm: str, tmp_path: Path) -> None:
    path = tmp_path / "a.journal"
    given_asked(path)
    harmed(path, harm)
    with pytest.raises(JournalSaidNo, match=f"{path} is damaged"):
        Place(path, traders=False)


def test_a_journal_that_was_killed_while_it_was_made_is_made_now(tmp_path: Path) -> None:
    path = tmp_path / "a.journal"
    path.touch()
    given_asked(path)
    assert Place(path, traders=False).served.repeated == 4


def test_a_journal_in_use_is_refused(tmp_path: Path) -> None:
    place = Place(tmp_path / "a.journal")
    with pytest.raises(JournalSaidNo, match=r"a\.journal is in use by another process"):
        Place(place.journal)


def test_a_version_that_answers_differently_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.journal"
    given_asked(path)
    Place(path, traders=False).served.close()
    monkeypatch.setattr("sim.gateway.orders._resting_price", lambda *_words: None)
    with pytest.raises(JournalSaidNo, match="request 2 is answered differently now than it was then"):
        Place(path, traders=False)


def test_deeds_of_an_admin_need_an_admin_to_be_done_again(tmp_path: Path) -> None:
    place = Place(tmp_path / "a.journal", traders=False)
    assert place.admin("markets", title="Will it hold?")[0] == 200
    place.served.close()
    with pytest.raises(JournalSaidNo, match="POST /admin/markets was done, and is not served now"):
        Place(place.journal, traders=False, token="")
    assert any(listed.market.title == "Will it hold?" for listed in Place(place.journal, traders=False).host.listed.values())


def test_what_cannot_be_written_is_not_done(tmp_path: Path) -> None:
    place = Place(tmp_path / "a.journal", traders=False)
    user = User(place)  # type: ignore[arg-type]
    market = place.served.bazaar.open_markets()[0]
    stands = user.rests(market, "BUY YES", 4_000, TEN)
    size = place.journal.with_name("a.journal-wal").stat().st_size
    with no_file_longer_than(size):
        status, told = user.sends(market, "BUY YES", 4_100, TEN)
    assert (status, told) == (503, {"error": "the exchange cannot write its journal; nothing was done"})
    assert list(place.host.book.orders) == [stands]
    later = user.rests(market, "BUY YES", 4_200, TEN)
    assert list(Place(place.killed(), traders=False, at_ns=place.at_ns).host.book.orders) == [stands, later]
