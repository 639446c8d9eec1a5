"""Every key of the dashboard, once: the footer, the help page, the command palette and the bindings are all drawn from this list."""

from typing import Final, NamedTuple

from textual.binding import Binding

from connectors.operator.terminal.ink import Ink
from oms.values.panels import Topic


class Key(NamedTuple):
    """One key."""

    key: str
    """As Textual names it."""
    sign: str
    """As people write it."""
    word: str
    """In the footer."""
    meaning: str
    """In the help page and the palette."""
    action: str
    rank: int
    """Where the footer has no room, the highest rank goes first; 0 stays."""


class Tab(NamedTuple):
    """One screen with a number."""

    key: str
    name: str
    title: str


KEYS: Final = (
    Key("p", "p", "pause", "Pause: take every order away, place none. When paused: trade again (asks once)", "pause", 0),
    Key("K", "K", "KILL", "Kill, at once: halt for good, cancel everything, exit 42. Never asks. Ctrl+K does it from a form", "kill", 0),
    Key("c", "c", "cancel", "Cancel the order under the cursor (asks once); its strategy may place another", "cancel_order", 2),
    Key("C", "C", "all", "Cancel all orders (asks once); strategies may place others at once", "cancel_all", 1),
    Key("o", "o", "order", "Place an order by hand: the daemon says what it would cost, then asks", "place", 1),
    Key("e", "e", "edit", "Edit the parameters of a strategy, until the process ends", "edit", 2),
    Key("m", "m", "stop here", "Stop this market: its orders are taken away. When stopped: trade it again (asks once)", "market", 3),
    Key("slash", "/", "filter", "Show only rows with these words; Enter keeps the filter, Esc ends it", "filter", 3),
    Key("t", "t", "theme", "The next theme: dark, light, high contrast", "next_theme", 4),
    Key("question_mark", "?", "help", "This page", "help", 0),
    Key("q", "q", "quit", "Quit the dashboard; the daemon goes on", "quit", 1),
)

TABS: Final = (
    Tab("1", "overview", "Overview: equity, counts, books, latest alerts"),
    Tab("2", "markets", "Markets: prices, our quotes; Enter opens the ladder"),
    Tab("3", "orders", "Orders, open and ended; Enter tells why an order exists"),
    Tab("4", "inventory", "Inventory: what is held, asked for, and at risk"),
    Tab("5", "arbitrage", "Arbitrage: near misses, bundles, windows"),
    Tab("6", "health", "Health: ages, latencies, budgets, feeds, guards"),
    Tab("7", "log", "Alerts, the log, and what was asked for here"),
    Tab("8", "fills", "Fills: the latest, with their settlement"),
)

IN_TABLES: Final = (
    ("↑ ↓ j k", "one row up or down; PageUp, PageDown, Home, End (g, G) further"),
    ("Enter", "open the row: a market's ladder, an order's story; so does a double click"),
    ("s S", "sort by the next column; the other way round. A click on a head does both"),
    ("Tab", "the next table of the screen"),
    ("Esc", "back; ends a filter"),
    ("Ctrl+P", "the command palette: everything on this page, by name"),
)

COLOURS: Final[tuple[tuple[Ink, str, str], ...]] = (
    ("alarm", "red", "needs a person, now"),
    ("warn", "yellow", "not as it should be, the bot copes with it"),
    ("good", "green", "a gain, or as it should be"),
    ("loss", "orange", "a loss; a minus says the same"),
    ("bid", "blue", "bids and buys"),
    ("ask", "violet", "asks and sales"),
    ("ours", "white", "ours in the book, marked ◆"),
    ("faint", "grey", "everything is grey: the daemon has said nothing for 3 s"),
)

ALWAYS: Final[tuple[Topic, ...]] = (Topic.OVERVIEW,)
"""What every screen needs for its head."""


def bindings() -> list[Binding]:
    """All of it, as Textual takes it."""
    return [
        *[Binding(key.key, key.action, key.meaning, show=False) for key in KEYS],
        *[Binding(tab.key, f"open('{tab.name}')", tab.title, show=False) for tab in TABS],
        Binding("ctrl+c", "quit", "Quit, as everywhere on a terminal", show=False, priority=True),
        Binding("ctrl+k", "kill", "Kill, at once", show=False, priority=True),
        Binding("escape", "back", "Back", show=False),
        Binding("r", "again", "Ask again for what is shown", show=False),
    ]
