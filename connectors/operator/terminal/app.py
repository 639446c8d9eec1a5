"""The dashboard: panels and keys joined to the link. What is asked for goes through the desk, what is known stands in the sight.

It is a client like any other: ending or killing it changes nothing for the daemon.
"""

import time
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, ClassVar, Final

from textual.app import App, ComposeResult, SystemCommand
from textual.binding import BindingType
from textual.screen import Screen
from textual.widgets import ContentSwitcher, Input

from connectors.operator.control.protocol import Ended, Shown, Welcome
from connectors.operator.terminal.desk import Desk
from connectors.operator.terminal.dialogs import Help
from connectors.operator.terminal.frame import VAST, WIDE, Banner, Keys, Tabs, Top
from connectors.operator.terminal.ink import OLD
from connectors.operator.terminal.keys import ALWAYS, KEYS, TABS, bindings
from connectors.operator.terminal.link import Link
from connectors.operator.terminal.panels.arbitrage import ArbitragePanel
from connectors.operator.terminal.panels.fills import FillsPanel
from connectors.operator.terminal.panels.health import HealthPanel
from connectors.operator.terminal.panels.inventory import InventoryPanel
from connectors.operator.terminal.panels.ladder import LadderPanel
from connectors.operator.terminal.panels.log import LogPanel
from connectors.operator.terminal.panels.markets import MarketsPanel
from connectors.operator.terminal.panels.orders import OrdersPanel
from connectors.operator.terminal.panels.overview import OverviewPanel
from connectors.operator.terminal.panels.panel import Panel
from connectors.operator.terminal.panels.story import StoryPanel
from connectors.operator.terminal.sight import At, Sight
from connectors.operator.terminal.table import Table
from connectors.operator.terminal.themes import THEMES, next_theme
from oms.values.panels import FillRow, HoldingRow, MarketRow, OrderRow, Topic

TICK_S: Final = 0.5
"""How often ages and the banner are looked at again."""


class Dashboard(App[None]):
    """One terminal's.

    Args:
        link: to the daemon; run here.
        now_s: a clock that only goes forward, in seconds.
    """

    TITLE = "Steelyard"
    CSS_PATH = "theme.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings()]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDE, "-wide"), (VAST, "-vast")]  # noqa: RUF012 - declared so by Textual
    VERTICAL_BREAKPOINTS = [(0, "-short"), (40, "-tall")]  # noqa: RUF012 - declared so by Textual
    ENABLE_COMMAND_PALETTE = True

    def __init__(self, link: Link, now_s: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = THEMES[0].name
        self._now_s = now_s
        self.sight = Sight(now_s())
        self.link = link
        self.desk = Desk(self, self.link, self.sight)
        self._main: Screen[Any]
        """Where the panels are; over it dialogs may stand."""
        self._before: list[str] = []
        """The screens that Esc goes back to."""

    def compose(self) -> ComposeResult:
        """Head, screens, banner, the panel, filter, keys."""
        yield Top(self.sight, self._now_s)
        yield Tabs()
        yield Banner()
        with ContentSwitcher(initial="overview", id="panels"):
            yield OverviewPanel()
            yield MarketsPanel()
            yield LadderPanel()
            yield OrdersPanel()
            yield StoryPanel()
            yield InventoryPanel()
            yield ArbitragePanel()
            yield HealthPanel()
            yield LogPanel()
            yield FillsPanel()
        yield Input(placeholder="words; Enter keeps them, Esc ends the filter", id="filter", compact=True)
        yield Keys()

    async def on_mount(self) -> None:
        """The link, the slow clock."""
        self._main = self.screen
        self.run_worker(self.link.run(self), group="link", exit_on_error=True)
        self.set_interval(TICK_S, self.tick)
        await self.action_open("overview")

    # What the link tells.

    def shown(self, shown: Shown) -> None:
        """A picture came."""
        if not self.is_running:  # it is being closed
            return
        self.sight.shown(shown, self._now_s())
        self._main.query_one(Keys).turn(is_paused=self.desk.is_paused)
        panel = self.panel
        if shown.topic in (*ALWAYS, *panel.TOPICS):
            panel.show(shown.view, self.sight.now_ns)
        self.tick()

    def joined(self, welcome: Welcome) -> None:
        """The connection stands, for the first time or again."""
        self.sight.joined(welcome, self._now_s())
        self.tick()

    def lost(self, why: str) -> None:
        """There is no connection; the link tries again."""
        self.sight.lost(why)
        self.tick()

    def ended(self, ended: Ended) -> None:
        """The daemon's last words."""
        self.sight.ended(ended)
        self.tick()

    def tick(self) -> None:
        """Look again at everything that grows old by itself."""
        if not self.is_running:  # it is being closed
            return
        now_s = self._now_s()
        self._main.query_one(Top).refresh()
        self._main.query_one(Banner).say(self.sight.banner(now_s))
        is_old = self.sight.is_old(now_s)
        if is_old != self._main.has_class(OLD):
            self._main.set_class(is_old, OLD)
            self._redraw()

    # Where one is.

    @property
    def panel(self) -> Panel:
        """The one in front."""
        return self._main.query_one(f"#{self._main.query_one('#panels', ContentSwitcher).current}", Panel)

    async def action_open(self, name: str) -> None:
        """Bring a screen to the front: watch what it needs, draw what is known of it."""
        self._before = []
        await self._front(name)

    async def _front(self, name: str) -> None:
        self._end_filter()
        self._main.query_one("#panels", ContentSwitcher).current = name
        self._main.query_one(Tabs).mark({"ladder": "markets", "story": "orders"}.get(name, name))
        panel = self.panel
        panel.begin()
        for topic in (*ALWAYS, *panel.TOPICS):
            view = self.sight.view(topic, panel.subject if topic is Topic.LADDER else "")
            if view is not None:
                panel.show(view, self.sight.now_ns)
        self._show_asked()
        self.link.watch((*ALWAYS, *panel.TOPICS), panel.subject, panel.EVERY_MS)

    async def action_back(self) -> None:
        """Where one came from; a filter ends first."""
        if self._main.query_one("#filter").display:
            self._end_filter()
            self.panel.begin()
        elif self._before:
            await self._front(self._before.pop())

    async def _open_ladder(self, market: At) -> None:
        self._before.append(self.panel.id or "markets")
        self._main.query_one(LadderPanel).look_at(market)
        await self._front("ladder")

    async def _open_story(self, order: OrderRow) -> None:
        self._before.append(self.panel.id or "orders")
        self._main.query_one(StoryPanel).look_at(order, self.sight.now_ns)
        await self._front("story")
        self.run_worker(self._tell_story(order), group="story", exclusive=True)

    async def _tell_story(self, order: OrderRow) -> None:
        told = await self.desk.look(Topic.STORY, order.order_id)
        if isinstance(told, str):
            self._main.query_one(StoryPanel).tell((order.why, told))
        else:
            self._main.query_one(StoryPanel).show(told, max(self.sight.now_ns, told.at_ns))

    async def on_table_chosen(self, message: Table.Chosen) -> None:
        """Enter on a row: an order's story, a market's ladder."""
        row = message.table.row
        if isinstance(row, OrderRow):
            await self._open_story(row)
        elif isinstance(row, MarketRow):
            await self._open_ladder(At(row.market_id, row.title, row.stopped))
        elif isinstance(row, HoldingRow | FillRow) and self.panel.subject != row.market_id:
            await self._open_ladder(At(row.market_id, row.title, None))

    async def action_again(self) -> None:
        """Ask again."""
        if isinstance(self.panel, StoryPanel) and self.panel.order is not None:
            self.run_worker(self._tell_story(self.panel.order), group="story", exclusive=True)
        else:
            self.link.watch((*ALWAYS, *self.panel.TOPICS), self.panel.subject, self.panel.EVERY_MS)

    # The filter.

    def action_filter(self) -> None:
        """Show the line and type into it."""
        line = self._main.query_one("#filter", Input)
        line.display = True
        line.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """With each letter."""
        if event.input.id == "filter":
            self.panel.narrow(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Keep it, back to the table."""
        if event.input.id == "filter":
            self.panel.begin()

    def _end_filter(self) -> None:
        line = self._main.query_one("#filter", Input)
        line.value = ""
        line.display = False
        self.panel.narrow("")

    # What is asked for.

    def _have(self, wish: Coroutine[Any, Any, None]) -> None:
        """Carry it out beside the loop: it may ask, and the daemon may take its time."""
        self.run_worker(self._noted(wish), group="desk")

    async def _noted(self, wish: Coroutine[Any, Any, None]) -> None:
        await wish
        self._show_asked()

    def _show_asked(self) -> None:
        if self.is_running:
            self._main.query_one(LogPanel).note(tuple(self.desk.asked), self.sight.now_ns)

    def action_kill(self) -> None:
        """At once."""
        self._have(self.desk.kill())

    def action_pause(self) -> None:
        """Pause at once, resume after a question."""
        self._have(self.desk.pause_or_resume())

    def action_cancel_order(self) -> None:
        """The order under the cursor."""
        self._have(self.desk.cancel(self.panel.order))

    def action_cancel_all(self) -> None:
        """All of them."""
        self._have(self.desk.cancel_all())

    def action_market(self) -> None:
        """Stop the market under the cursor, or trade it again."""
        self._have(self.desk.stop_or_start(self.panel.market))

    def action_place(self) -> None:
        """The form of an order."""
        self._have(self.desk.open_order_form(self.panel.market))

    def action_edit(self) -> None:
        """The form of parameters."""
        self._have(self.desk.open_params_form())

    # The rest.

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """The inks of the first look, for as long as no theme stands."""
        return THEMES[0].variables

    def action_help(self) -> None:
        """All keys."""
        self.push_screen(Help())

    def action_next_theme(self) -> None:
        """The next look."""
        self.theme = next_theme(self.theme)
        self._redraw()

    def _redraw(self) -> None:
        """Everything has other inks."""
        for screen in self.screen_stack:
            for widget in screen.query("*"):  # by class a query looks along first bases alone
                widget.refresh()

    def get_system_commands(self, _screen: Screen[Any]) -> Iterable[SystemCommand]:
        """The command palette: every key, every screen."""
        for tab in TABS:
            yield SystemCommand(f"Screen {tab.key}: {tab.name}", tab.title, lambda name=tab.name: self.call_later(self.action_open, name))
        for key in KEYS:
            yield SystemCommand(
                f"{key.word.capitalize()} ({key.sign})", key.meaning, lambda action=key.action: self.call_later(self.run_action, action)
            )
