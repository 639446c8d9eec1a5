"""What a run tells: seen from outside, by kinds that exist, floods thinned, and without any influence on the run."""

import re
from collections import Counter

import msgspec
import pytest

from config.assembly.demo import Demo
from config.assembly.run_log import NAMES_MAX, OMS, TOLD, Counted, PowersOfTen, RunLog, refused_by_gate, utc
from config.logs import on_stderr
from config.settings import LimitSettings, Settings
from oms.machines.risk import Reason
from oms.ports import Turned
from oms.values.commands import Alert, Command, Prepared
from oms.values.events import BookReset, ContinuityLost, Event, Filled, MarketListed, Rejected, SettlementMoved, SettlementStage
from tests.oms.words_journal import COMMANDS, FACTS, MARKET_ONLY
from tests.words import NO, NOON_NS, YES, given_market

Told = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def nobody_is_systemd(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JOURNAL_STREAM", raising=False)


def turned(*batch: Event, commands: tuple[Command, ...] = (), at_ns: int = NOON_NS) -> Turned:
    return Turned(number=1, at_ns=at_ns, batch=batch, ready=[Prepared(command=command) for command in commands])


def lines(told: Told) -> list[str]:
    """Without the wall clock."""
    return [re.sub(r"^time=\S+ ", "", line) for line in told.readouterr().err.splitlines()]


def test_every_kind_that_is_told_can_be_told(capsys: Told) -> None:
    alert = Alert(kind="fact about an unknown order", text='say "who"')
    with on_stderr("debug"):
        RunLog().committed(turned(*FACTS, *MARKET_ONLY, commands=(*COMMANDS, alert)))
    said = lines(capsys)
    kinds = [type(one) for one in (*FACTS, *MARKET_ONLY, *COMMANDS, alert)]
    assert {told.what for kind, told in TOLD.items() if kind in kinds} <= {
        re.sub(r'.* what=("[^"]*"|\S+) .*', r"\1", line).strip('"') for line in said
    }
    assert not [kind for kind in TOLD if kind not in kinds]
    assert r'level=warning room=oms what=alert at=2025-06-15T15:06:40.000Z kind="fact about an unknown order" text="say \"who\""' in said
    assert any("what=place" in line and "side=BUY price_pips=" in line for line in said)


def test_at_warning_only_what_a_person_should_look_at_is_told(capsys: Told) -> None:
    failed = SettlementMoved(trade_id="t9", order_id="o9", stage=SettlementStage.FAILED)
    with on_stderr("warning"):
        RunLog().committed(turned(*FACTS, *MARKET_ONLY, failed, commands=tuple(COMMANDS)))
    assert [line.split(" at=")[0] for line in lines(capsys)] == [
        "level=warning room=run what=halted",
        'level=warning room=venue what="settlement failed"',
    ]


def test_a_title_cannot_forge_an_entry(capsys: Told) -> None:
    market = msgspec.structs.replace(given_market(), title='x"\n<3>level=error what="all lost')
    with on_stderr("info"):
        RunLog().committed(turned(MarketListed(market=market)))
    (line,) = lines(capsys)
    assert line.endswith(r'title="x\"\n<3>level=error what=\"all lost"')


def test_a_stream_is_lost_once_and_back_when_the_last_book_is_whole(capsys: Told) -> None:
    log_of = [
        turned(ContinuityLost(tokens=(YES, NO), why="closed")),
        turned(BookReset(token=YES, bids=(), asks=(), exchange_ns=1), at_ns=NOON_NS + 10**9),
        turned(BookReset(token=NO, bids=(), asks=(), exchange_ns=1, from_rest=True), at_ns=NOON_NS + 2 * 10**9),
        turned(BookReset(token=NO, bids=(), asks=(), exchange_ns=1), at_ns=NOON_NS + 3 * 10**9),
        turned(BookReset(token=NO, bids=(), asks=(), exchange_ns=1), at_ns=NOON_NS + 4 * 10**9),
    ]
    with on_stderr("info"):
        log = RunLog()
        for record in log_of:
            log.committed(record)
    assert lines(capsys) == [
        'level=info room=stream what="stream lost" at=2025-06-15T15:06:40.000Z tokens=2 why=closed',
        'level=info room=stream what="stream back" at=2025-06-15T15:06:43.000Z after_s=3.000',
    ]


def test_a_count_is_told_at_its_first_and_at_each_power_of_ten_by_name(capsys: Told) -> None:
    counts: Counter[str] = Counter()
    with on_stderr("warning"):
        log = RunLog((Counted(OMS, "refused by our own gate", counts, {"tape": "t"}),))
        for number in range(1, 1_201):
            counts["ORDER_CAP"] += 1
            counts["OFF_TICK"] += number == 7
            log.committed(turned())
    said = [re.findall(r"name=(\w+) count=(\d+) tape=t", line)[0] for line in lines(capsys)]
    assert said == [("ORDER_CAP", "1"), ("OFF_TICK", "1"), ("ORDER_CAP", "10"), ("ORDER_CAP", "100"), ("ORDER_CAP", "1000")]


def test_what_belongs_to_a_healthy_run_is_no_warning_when_the_gate_refuses_it(capsys: Told) -> None:
    with on_stderr("info"):
        met = {Reason.VENUE_REFUSED: 3, Reason.OWN_CROSS: 2, Reason.SESSION: 1, Reason.ORDER_CAP: 1}
        RunLog((refused_by_gate(met),)).committed(turned())
    said = [re.findall(r"level=(\w+) .* name=(\w+) count=(\d+)", line)[0] for line in lines(capsys)]
    assert said == [("info", "VENUE_REFUSED", "3"), ("info", "OWN_CROSS", "2"), ("info", "SESSION", "1"), ("warning", "ORDER_CAP", "1")]


def test_a_count_that_jumps_is_told_once() -> None:
    marks = PowersOfTen()
    assert [marks.is_due("a", count) for count in (0, 37, 38, 99, 100, 99_999, 100_000)] == [False, True, False, False, True, True, True]


def test_a_venue_cannot_fill_our_memory_with_reasons(capsys: Told) -> None:
    with on_stderr("info"):
        log = RunLog()
        for number in range(3 * NAMES_MAX):
            log.committed(turned(Rejected(order_id="o", why=f"reason {number}")))
    said = lines(capsys)
    assert len(said) == NAMES_MAX + 3, "the others: the first, the tenth, the hundredth"
    assert said[-1].endswith("name=others count=100")


def given_demo() -> Demo:
    settings = msgspec.structs.replace(Settings(), limits=LimitSettings(order_max_usd=5))
    return Demo(settings, seed=3, seconds=30)


def test_a_run_tells_its_beginning_its_refusals_and_its_end(capsys: Told) -> None:  # req 2.59
    with on_stderr("info"):
        report = given_demo().run()
    said = lines(capsys)
    assert said[0].startswith('level=info room=run what="run begins" run=demo seed=3 seconds=30 config_hash=')
    refused = [line for line in said if "refused by our own gate" in line]
    assert refused[0].startswith("level=warning room=oms ")
    counts = [int(line.rpartition("name=ORDER_CAP count=")[2]) for line in refused]
    assert counts == sorted(counts)
    assert 2 <= len(counts) <= len(str(report["refused_by_gate"]["ORDER_CAP"]))
    assert [line.split(" at=")[0] for line in said if 'room=stream what="stream' in line] == ['level=info room=stream what="stream lost"']
    assert said[-1].endswith(f"commands={report['commands']} commands_hash={report['commands_hash']}")
    assert "how=finished" in said[-1]


def test_orders_live_their_lives_at_debug(capsys: Told) -> None:
    filled: list[str] = []
    with on_stderr("debug"):
        demo = Demo(Settings(), seed=3, seconds=30)
        demo.joined.watchers.append(lambda event, _: filled.append(event.order_id) if isinstance(event, Filled) else None)
        report = demo.run()
    said = lines(capsys)
    assert sum("what=place " in line for line in said) == report["orders"]["placed"] > 0
    life = [re.sub(r'.* what=("[^"]*"|\S+) .*', r"\1", line).strip('"') for line in said if f"order_id={filled[0]} " in line]
    assert life[:2] == ["place", "order acknowledged"]
    assert {"order filled", "settlement moved"} <= set(life)


def test_books_that_disagree_are_an_error(capsys: Told) -> None:
    with on_stderr("error"):
        RunLog().ends("finished", {"conserved": "at 5: a cent", "seed": 1, "events": 1, "turns": 1, "commands": 1, "commands_hash": "h"})
    assert lines(capsys) == ['level=error room=run what="the books disagree" why="at 5: a cent"']


def test_how_much_is_told_changes_nothing(capsys: Told) -> None:
    hashes = []
    for level in ("debug", "error"):
        with on_stderr(level):
            hashes.append(given_demo().run()["commands_hash"])
    assert hashes[0] == hashes[1]
    capsys.readouterr()


@pytest.mark.parametrize(("at_ns", "shown"), [(0, "1970-01-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"), (10**30, str(10**30))])
def test_a_moment_that_no_calendar_has_is_told_as_it_is(at_ns: int, shown: str) -> None:
    assert utc(at_ns) == shown
