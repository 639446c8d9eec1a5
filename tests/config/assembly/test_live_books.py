"""What `live` begins with. The starts and restarts themselves are in test_live.py, over sockets."""

from pathlib import Path

import msgspec
import pytest

from config.assembly.live_books import JOURNAL_NAME, READ_BYTES_A_SECOND, READ_SOON_S, held, open_books, reading_words, recovered, unlisted, whose
from connectors.polymarket.names import Names
from connectors.transport.http import Answer, Request
from oms.engine import Engine
from oms.entries import read_journal
from oms.ports import JournalFailed, Turned
from oms.state import EngineSettings
from oms.values.commands import Place, Prepared
from oms.values.events import Deposited, Event, Filled, Halted, MarketListed, Restarted, Resumed, SharesArrived
from oms.values.orders import OrderSpec, Side
from oms.values.units import MICRO, NS_PER_SECOND
from tests.config.words_live import Trader
from tests.connectors.polymarket.words_venue import Bench, bench_run, found
from tests.words import given_market

NOW_NS = 1_795_000_000 * NS_PER_SECOND + 5


def written(trader: Trader, *events: Event, ready: tuple[Prepared, ...] = ()) -> Path:
    """A journal whose one turn took these."""
    books = open_books(trader.settings(), trader.wallet, NOW_NS)
    books.journal.commit(Turned(number=1, at_ns=NOW_NS, batch=events, ready=ready))
    books.journal.abandon()
    return trader.state / JOURNAL_NAME


def test_a_new_journal_names_its_wallet_and_venue_and_its_order_ids_begin_with_the_second_it_was_made(tmp_path: Path) -> None:
    trader = Trader(tmp_path)
    books = open_books(trader.settings(), trader.wallet, NOW_NS)
    books.journal.abandon()
    run, entries = read_journal(trader.state / JOURNAL_NAME)
    assert run.run_id == whose(trader.settings(), trader.wallet) == f"live, wallet {trader.address} at https://clob.polymarket.com"
    assert (books.prefix, books.last_turn, run.started_ns, list(entries)) == ("1795000000-", 0, NOW_NS, [])
    assert run.about["strategies"].keys() == {"market_making"}


def test_a_journal_that_is_there_is_gone_on_with_and_one_without_a_turn_has_its_beginning_still_before_it(tmp_path: Path) -> None:
    trader = Trader(tmp_path)
    for _ in range(2):
        books = open_books(trader.settings(), trader.wallet, NOW_NS)
        assert books.last_turn == 0
        books.journal.abandon()
    written(trader, Deposited(cash_micro=MICRO, deposit_id="first balance"))
    again = open_books(trader.settings(), trader.wallet, NOW_NS + 60 * NS_PER_SECOND)
    again.journal.abandon()
    assert (again.last_turn, again.prefix, again.started_ns) == (1, "1795000000-", NOW_NS)


def test_what_the_journal_holds_is_folded_in_the_names_are_learnt_and_a_halt_that_was_lifted_is_lifted(tmp_path: Path) -> None:
    trader, market = Trader(tmp_path), given_market()
    spec = OrderSpec(market_id=market.market_id, token=market.yes, side=Side.BUY, price_pips=5_000, size_micro=10 * MICRO)
    place = Prepared(command=Place(order_id="1795000000-1", spec=spec, strategy="s", why="w"), venue_order_id="0xab")
    facts = (MarketListed(market=market), Deposited(cash_micro=100 * MICRO, deposit_id="d"), Halted(why="killed"))
    path = written(trader, *facts, ready=(place,))
    engine, names = Engine(EngineSettings(order_prefix="1795000000-")), Names()
    begun = recovered(engine, path, names)
    assert [type(fact) for fact in begun] == [Restarted, Resumed]
    assert names.ours("0xAB") == "1795000000-1"
    assert [order.order_id for order in engine.state.blotter.all_open()] == ["1795000000-1"]
    assert unlisted(engine, [market]) == []
    other = msgspec.structs.replace(market, market_id="other")
    assert unlisted(engine, [market, other]) == [other]


def test_an_alert_of_the_process_before_is_not_told_again(tmp_path: Path) -> None:
    stranger = Filled(
        order_id="nobody's", trade_id="t", price_pips=5_000, shares_micro=MICRO, cash_micro=MICRO // 2, fee_cash_micro=0, is_maker=True, exchange_ns=1
    )
    engine = Engine(EngineSettings())
    recovered(engine, written(Trader(tmp_path), stranger), Names())
    assert engine.state.oddities == {"fact about an unknown order": 1}
    assert engine.decide(NOW_NS).commands == ()


def test_a_journal_that_contradicts_itself_is_refused_in_words(tmp_path: Path) -> None:
    spec = OrderSpec(market_id="nowhere", token="1", side=Side.BUY, price_pips=5_000, size_micro=10 * MICRO)
    place = Prepared(command=Place(order_id="1-1", spec=spec, strategy="s", why="w"))
    path = written(Trader(tmp_path), ready=(place,))
    with pytest.raises(JournalFailed, match=r"contradicts itself \(entry 1: order 1-1 .*; look at it with `report`"):
        recovered(Engine(EngineSettings()), path, Names())


def test_what_was_brought_in_a_minute_ago_is_there_when_the_books_begin() -> None:
    """The venue remembers what the wallet had; a first balance that is too small would stay so for the life of the journal."""

    async def story(bench: Bench) -> None:
        known = {"COLLATERAL": "0", "CONDITIONAL": "0"}

        def look(request: Request) -> Answer:
            kind = dict(request.query)["asset_type"]
            known[kind] = {"COLLATERAL": "500", "CONDITIONAL": "70"}[kind]
            return found({})

        bench.script.on("GET /balance-allowance/update", look)
        bench.script.on("GET /balance-allowance", lambda request: found({"balance": known[dict(request.query)["asset_type"]], "allowances": {}}))
        facts = await held(bench.venue.questions, bench.parts.form.wallet, [bench.market], with_cash=True)
        assert [fact.cash_micro for fact in facts if isinstance(fact, Deposited)] == [500]
        assert [fact.shares_micro for fact in facts if isinstance(fact, SharesArrived)] == [70, 70]

    bench_run(story)


def test_a_journal_that_takes_long_to_read_is_announced_with_its_size_and_the_time(tmp_path: Path) -> None:
    path = tmp_path / "live.journal"
    with path.open("wb") as file:
        file.truncate(READ_SOON_S * READ_BYTES_A_SECOND - 1)
    assert reading_words(path) == ""
    with path.open("wb") as file:
        file.truncate(473_000_000)
    assert reading_words(path) == "reads its journal first, 473 MB, which takes about 28 s; until then it answers nobody"
