"""What two views of one account can differ in, is found and said."""

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from oms.entries import RunRow
from oms.journal import SqliteJournal
from oms.machines.lifecycle import State
from oms.ports import JournalFailed, Turned
from oms.replay import RecoveryFailed
from oms.values.commands import Place, Prepared
from oms.values.events import Deposited, MarketListed, OpenOrdersReported
from oms.values.orders import OrderSpec, Side
from oms.values.units import MICRO
from tests.campaign.sockets_books import Follower, Ours, differences
from tests.campaign.sockets_three import client_differs
from tests.words import given_market

A, B, TOKEN = "0x" + "a" * 64, "0x" + "b" * 64, "17"


def given_ours(**changes: Any) -> Ours:  # noqa: ANN401
    told: dict[str, Any] = {
        "cash_micro": 92_000_000,
        "shares_micro": {TOKEN: 20_000_000},
        "orders": {A: (State.LIVE, 20_000_000, 8_000_000), B: (State.CANCELLED, 0, 0)},
        "names": {"1-1": [A], "1-2": [B]},
        "audit": "",
        **changes,
    }
    return Ours(**told)


def given_row(order_id: str, *, stands: bool, matched: int = 0, paid: int = 0, status: str = "LIVE") -> dict[str, Any]:
    told = {"id": order_id, "stands": stands, "matched_micro": matched, "paid_micro": paid, "status": status}
    return {**told, "shares_micro": 50_000_000, "trades": [], "token": TOKEN, "side": "BUY", "price_pips": 4_000}


def given_theirs(**changes: Any) -> dict[str, Any]:  # noqa: ANN401
    rows = [given_row(A, stands=True, matched=20_000_000, paid=8_000_000), given_row(B, stands=False)]
    return {
        "cash": {"available": 80_000_000, "frozen": 12_000_000, "unsettled": 0},
        "tokens": {TOKEN: {"available": 0, "frozen": 0, "unsettled": 20_000_000}, "18": {"available": 0, "frozen": 0, "unsettled": 0}},
        "orders": rows,
        "trades": {},
        **changes,
    }


def test_two_equal_views_differ_in_nothing() -> None:
    assert differences(given_ours(), given_theirs(), all_decided=True) == []


@pytest.mark.parametrize(
    ("mine", "theirs", "words"),
    [
        ({"cash_micro": 92_000_001}, {}, "cash: ours 92000001, theirs 92000000, +1"),
        ({"shares_micro": {}}, {}, "shares of 17…: ours 0, theirs 20000000"),
        ({"shares_micro": {TOKEN: 20_000_000, "19": 1}}, {}, "shares of 19…: ours 1, theirs 0"),
        ({"audit": "cash does not balance"}, {}, "our ledger: cash does not balance"),
        ({"names": {"1-1": [A, B]}}, {}, "1-1 was sent under 2 names: sent twice"),
        ({"orders": {A: (State.LIVE, 20_000_000, 8_000_000)}}, {}, "was never ours: an orphan"),
        ({"orders": {A: (State.LIVE, 15_000_000, 6_000_000), B: (State.CANCELLED, 0, 0)}}, {}, "filled ours (15000000, 6000000), theirs"),
        ({"orders": {A: (State.CANCELLED, 20_000_000, 8_000_000), B: (State.CANCELLED, 0, 0)}}, {}, "is CANCELLED, and stands at the exchange"),
        ({"orders": {A: (State.LIVE, 20_000_000, 8_000_000), B: (State.LIVE, 0, 0)}}, {}, "is LIVE, and does not stand"),
        ({"orders": {A: (State.UNKNOWN, 20_000_000, 8_000_000), B: (State.CANCELLED, 0, 0)}}, {}, "is UNKNOWN, and stands"),
        ({}, {"orders": []}, "filled ours (20000000, 8000000), theirs (0, 0)"),
    ],
)
def test_every_difference_is_found(mine: dict[str, Any], theirs: dict[str, Any], words: str) -> None:
    assert words in " ".join(differences(given_ours(**mine), given_theirs(**theirs), all_decided=False))


def test_an_order_nobody_knows_of_may_be_undecided_for_a_while_but_not_at_the_end() -> None:
    mine = given_ours(orders={A: (State.LIVE, 20_000_000, 8_000_000), B: (State.UNKNOWN, 0, 0)})
    assert differences(mine, given_theirs(), all_decided=False) == []
    assert "is UNKNOWN, and does not stand" in " ".join(differences(mine, given_theirs(), all_decided=True))


def given_view(**changes: Any) -> dict[str, Any]:  # noqa: ANN401
    told: dict[str, Any] = {
        "orders": {A: ["LIVE", 50_000_000, 20_000_000], B: ["LIVE", 50_000_000, 0]},
        "fills": {A: [20_000_000, 8_000_000]},
        "balances": {"": 92_000_000, TOKEN: 20_000_000},
        "open": [A],
        **changes,
    }
    return json.loads(json.dumps(told))  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, ""),
        ({"orders": {A: ["LIVE", 50_000_000, 20_000_000]}}, "is only one side's"),
        ({"orders": {A: ["MATCHED", 50_000_000, 20_000_000], B: ["LIVE", 50_000_000, 0]}}, "the client has ('MATCHED', 50000000, 20000000)"),
        ({"fills": {A: [20_000_000, 8_000_001]}}, "the client's trades make [20000000, 8000001]"),
        ({"open": [A, B]}, "do not agree whether it stands"),
        ({"balances": {"": 92_000_001, TOKEN: 20_000_000}}, "cash: the client has 92000001, the exchange 92000000"),
        ({"balances": {"": 92_000_000}}, "17: the client has 0, the exchange 20000000"),
    ],
)
def test_the_official_clients_view_is_held_against_the_exchanges(changes: dict[str, Any], words: str) -> None:
    found = client_differs(given_view(**changes), given_theirs())
    assert (words in found) if words else found == ""


MARKET = given_market()


def given_journal(folder: Path) -> SqliteJournal:
    """One turn: a market and cash."""
    journal = SqliteJournal(folder / "j", RunRow(run_id="r", commit_id="c", config_hash="h", seed=1, started_ns=1), money_is_real=False)
    journal.commit(Turned(number=1, at_ns=1, batch=(MarketListed(market=MARKET), Deposited(cash_micro=100 * MICRO, deposit_id="d")), ready=()))
    return journal


def places(journal: SqliteJournal, turn: int, order_id: str, name: str) -> None:
    spec = OrderSpec(market_id=MARKET.market_id, token=MARKET.yes, side=Side.BUY, price_pips=5_000, size_micro=10 * MICRO)
    place = Prepared(command=Place(order_id=order_id, spec=spec, strategy="s", why="w"), venue_order_id=name)
    journal.commit(Turned(number=turn, at_ns=turn, batch=(), ready=(place,)))


def test_a_journal_is_followed_while_it_grows(tmp_path: Path) -> None:
    journal = given_journal(tmp_path)
    follower = Follower(journal.path)
    assert (follower.look().cash_micro, follower.look().orders, follower.reported_ns) == (100 * MICRO, {}, 0)
    places(journal, 2, "1-1", A)
    journal.commit(Turned(number=3, at_ns=3, batch=(OpenOrdersReported(asked_ns=2, orders=()),), ready=()))
    mine = follower.look()
    assert (mine.orders, mine.names, mine.audit, follower.reported_ns) == ({A: (State.SENT, 0, 0)}, {"1-1": [A]}, "", 3)
    assert follower.look() == mine == Follower(journal.path).look()


def test_what_contradicts_itself_or_is_damaged_does_so_at_every_later_look(tmp_path: Path) -> None:
    journal = given_journal(tmp_path)
    follower = Follower(journal.path)
    places(journal, 2, "1-1", A)
    places(journal, 3, "1-1", B)
    places(journal, 4, "1-2", B)
    for _ in range(2):
        with pytest.raises(RecoveryFailed, match="order 1-1 is placed twice"):
            follower.look()
    journal.abandon()
    with sqlite3.connect(journal.path) as connection:
        connection.execute("UPDATE entry SET at_ns = 5 WHERE seq = 3")
    for _ in range(2):
        with pytest.raises(JournalFailed, match="entry 3 does not follow entry 2"):
            Follower(journal.path).look()
