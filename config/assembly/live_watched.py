"""A live run as it is seen from outside: by whoever watches it, by its guards, in its report."""

import os
from pathlib import Path
from typing import Any, Protocol

import msgspec

from config.assembly.kill import Killed
from config.assembly.live_books import Books
from config.assembly.operator.keeper import Ends, Keeper, Vitals, disk_free_bytes
from config.assembly.operator.steward import About, Around, Steward
from config.assembly.operator.surroundings import feed_rows, machine, socket_row
from config.assembly.realtime import RealTime
from config.measure import Histogram, MeasuredTurner, commit_id
from config.settings import Settings
from config.version import VERSION
from connectors.operator.control.bridge import Bridge
from connectors.polymarket.feed import Feed
from connectors.polymarket.user_stream import UserStream
from connectors.systemd import Notifier
from connectors.transport.budget import Budget
from connectors.transport.websocket import StreamSocket
from oms.engine import Engine
from oms.report import run_report
from oms.values.events import Event
from oms.values.panels import Health
from oms.values.units import NS_PER_MS, NS_PER_SECOND, Nanos
from sim.world import World


class Watched(Protocol):
    """What is looked at of a live run (config/assembly/live.py)."""

    settings: Settings
    engine: Engine
    world: World
    turner: MeasuredTurner
    loop: RealTime
    books: Books
    feed: Feed
    user: UserStream
    user_socket: StreamSocket
    budget: Budget
    bridge: Bridge
    keeper: Keeper
    commit_wall: Histogram
    kill_file: Path
    began_ns: Nanos
    killed: Killed | None
    alerts: dict[str, int]

    def conserved(self) -> str:
        """Empty when all is well."""
        ...

    def tell(self, fact: Event) -> None:
        """A fact of our own making."""
        ...

    def end(self, why: str, *, for_good: bool = False) -> None:
        """Wind down, or kill."""
        ...


def keeper_of(live: Watched, notifier: Notifier) -> Keeper:
    """Whoever watches this run, and what is watched of it."""
    about = About(verb="live", version=VERSION, commit=commit_id(), seed=live.books.seed, since_ns=live.began_ns)
    around = Around(
        events=lambda: live.turner.event_count,
        commands_hash=live.books.journal.hash.hexdigest,
        conserved=live.conserved,
        health=lambda at_ns: health_of(live, at_ns),
    )

    def kill(why: str) -> str:
        live.end(why, for_good=True)
        count = live.engine.state.blotter.open_count
        return f"the kill has begun: latched; {count} open orders are being cancelled, then it is looked whether any is left"

    steward = Steward(live.engine.state, live.bridge, about, around, tell=live.tell, kill=kill)
    ends = Ends(vitals=lambda at_ns: vitals_of(live, at_ns), halt=kill, tell=live.tell)
    return Keeper(live.engine.state, steward, notifier, live.settings.guards, live.kill_file, ends)


def vitals_of(live: Watched, at_ns: Nanos) -> Vitals:
    """What its guards judge."""
    clock, heard_ns = live.feed.clock, live.user_socket.health.last_frame_ns
    return Vitals(
        user_silent_ns=max(0, at_ns - (heard_ns or live.began_ns)),
        clock_off_ns=-clock.offset_ns if clock.is_known else None,
        disk_free_bytes=disk_free_bytes(live.settings.live.folder),
    )


def health_of(live: Watched, at_ns: Nanos) -> Health:
    """How it does, as far as the engine does not know."""
    clock = live.feed.clock
    return msgspec.structs.replace(
        machine(at_ns, live.books.journal.path),
        lag_ms=live.loop.lag_ns / NS_PER_MS,
        turn_us=live.turner.turn_wall.summary_us(),
        commit_us=live.commit_wall.summary_us(),
        feeds=(*feed_rows(live.feed.health(at_ns)), socket_row("our account", live.user_socket.health, live.user.refusals)),
        budgets=live.budget.left(at_ns),
        clock_off_ms=-clock.offset_ns / NS_PER_MS if clock.is_known else None,
        guards=live.keeper.words(),
    )


def live_report(live: Watched) -> dict[str, Any]:
    """The run report of this process and its journal."""
    journal, wall_ns = live.books.journal, live.world.now_ns() - live.began_ns
    return {
        **run_report(live.engine.state),
        "conserved": live.conserved() or True,
        "conservation": None,
        "lenses": None,
        "events": live.turner.event_count,
        "turns": live.turner.count,
        "virtual_s": wall_ns // NS_PER_SECOND,
        "seed": live.books.seed,
        "commit": commit_id(),
        "config_hash": live.settings.hash(),
        "commands": journal.hash.count,
        "commands_hash": journal.hash.hexdigest(),
        "alerts": dict(sorted(live.alerts.items())),
        "killed": None if live.killed is None else msgspec.to_builtins(live.killed),
        "left_open": live.engine.state.blotter.open_count,
        "machine": {
            "wall_s": round(wall_ns / NS_PER_SECOND, 3),
            "latency_us": {"turn": live.turner.turn_wall.summary_us()},
            "pid": os.getpid(),
        },
    }
