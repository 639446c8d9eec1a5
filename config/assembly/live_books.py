"""What `live` begins with: a new journal and what the wallet holds, or the journal that is there and what was open when its last process ended."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from config.assembly.live_journal import begin_journal
from config.assembly.outside import VenueSaidNo
from config.measure import commit_id
from config.settings import Settings
from connectors.polymarket.names import Names
from connectors.polymarket.rereads import COLLATERAL
from connectors.polymarket.signing import Wallet
from connectors.polymarket.venue_questions import Questions
from oms.engine import Engine
from oms.entries import RunRow, read_journal
from oms.journal import ContinuedJournal, SqliteJournal
from oms.machines.session import OperatorPhase
from oms.ports import JournalFailed
from oms.replay import RecoveryFailed, recover
from oms.values import events as e
from oms.values.market import Market, MarketId
from oms.values.units import NS_PER_SECOND, Nanos
from strategies import params_from

JOURNAL_NAME: Final = "live.journal"
READ_BYTES_A_SECOND: Final = 16 * 1024 * 1024
"""How fast a journal is folded, more or less (docs/operating.md): to say how long it takes, and for nothing else."""
READ_SOON_S: Final = 3
"""So long one waits without wondering."""


class Books(msgspec.Struct, frozen=True, kw_only=True):
    """An open journal."""

    journal: SqliteJournal
    seed: int
    """Its order ids begin with it: two journals of one wallet do not share one."""
    started_ns: Nanos
    last_turn: int
    """0: nothing was ever written, so what the wallet holds is still to be brought in."""

    @property
    def prefix(self) -> str:
        """Of its order ids."""
        return f"{self.seed}-"


def reading_words(journal: Path) -> str:
    """That the journal is read first and how long that takes; empty when it takes no time worth a word."""
    size = journal.stat().st_size
    seconds = size // READ_BYTES_A_SECOND
    if seconds < READ_SOON_S:
        return ""
    return f"reads its journal first, {size // 1_000_000:,} MB, which takes about {seconds:,} s; until then it answers nobody"


def whose(settings: Settings, wallet: Wallet) -> str:
    """What a journal is about, in words that its next process must share: money of one wallet at one venue."""
    return f"live, wallet {wallet.funder} at {settings.venue.clob}"


def open_books(settings: Settings, wallet: Wallet, now_ns: Nanos) -> Books:
    """The journal in the state folder. Raises JournalFailed: it cannot be read, is another wallet's or venue's, or cannot be written."""
    path, run_id = settings.live.folder / JOURNAL_NAME, whose(settings, wallet)
    if path.exists():
        run, _ = read_journal(path)
        if run.run_id != run_id:
            raise JournalFailed(f"{path} is the journal of {run.run_id}, not of {run_id}; name another folder with live.state, or move it away")
        journal = ContinuedJournal(path, money_is_real=True)
        return Books(journal=journal, seed=run.seed, started_ns=run.started_ns, last_turn=journal.last_turn)
    seed = now_ns // NS_PER_SECOND
    strategies = {name: msgspec.to_builtins(params_from(name, given)) for name, given in settings.strategy.items()}
    about = {"notes": ["Real orders."], "real": True, "strategies": strategies, "limits": msgspec.to_builtins(settings.limits)}
    row = RunRow(run_id=run_id, commit_id=commit_id(), config_hash=settings.hash(), seed=seed, started_ns=now_ns, about=about)
    return Books(journal=begin_journal(path, row), seed=seed, started_ns=now_ns, last_turn=0)


def recovered(engine: Engine, path: Path, names: Names) -> list[e.Event]:
    """Fold the journal into the engine; the facts its next process begins with. Raises JournalFailed: it contradicts itself."""
    try:
        recover(engine, read_journal(path)[1])
    except RecoveryFailed as error:
        raise JournalFailed(f"{path} contradicts itself ({error}); look at it with `report`, then begin a new one in another folder") from None
    for order in engine.state.blotter.in_memory():
        if order.venue_order_id:
            names.learn(order.order_id, order.venue_order_id)
    facts: list[e.Event] = [e.Restarted(why="started again from the journal: the venue must report first")]
    if engine.state.session.operator is not OperatorPhase.RUNNING:
        facts.append(e.Resumed(why="started again by the operator, without a latch"))
    return facts


def unlisted(engine: Engine, markets: Sequence[Market]) -> list[Market]:
    """Markets the engine does not know, or not as they are now."""
    known: dict[MarketId, Market] = {market_id: desk.market for market_id, desk in engine.state.desks.items()}
    return [market for market in markets if known.get(market.market_id) != market]


async def held(questions: Questions, wallet: Wallet, markets: Sequence[Market], *, with_cash: bool) -> list[e.Event]:
    """What the wallet holds of these markets, and its cash, as facts to begin with. Raises VenueSaidNo: it does not tell."""
    kind, facts = int(wallet.signature_type), list[e.Event]()
    if with_cash:
        await questions.rereads.of(COLLATERAL)  # what was brought in a minute ago may not be known there yet
        cash = await questions.balance(kind)
        if cash is None:
            raise VenueSaidNo("the venue does not tell how much collateral the wallet has; start again when it does")
        if cash.held_micro:
            facts.append(e.Deposited(cash_micro=cash.held_micro, deposit_id="first balance"))
    for market in markets:
        for token in (market.yes, market.no):
            await questions.rereads.of(token, market.generation)
            shares = await questions.balance(kind, token, market.generation)
            if shares is None:
                raise VenueSaidNo(f"the venue does not tell how many shares of {market.title!r} the wallet has; start again when it does")
            if shares.held_micro:
                facts.append(e.SharesArrived(token=token, shares_micro=shares.held_micro, deposit_id=f"first balance {token}"))
    return facts
