"""The two forms: an order by hand, and the parameters of a strategy. Pure functions read what they hold, so a typing error never leaves them."""

import json
from collections.abc import Awaitable, Callable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Input, Static

from connectors.operator.control.protocol import Answer, PlaceOrder
from connectors.operator.terminal.dialogs import Choices, Dialog, harmless_lines, plain
from connectors.operator.terminal.ink import Cell, Line, Lines
from connectors.operator.terminal.sight import At
from connectors.operator.terminal.table import matches
from connectors.operator.terminal.words import harmless, pips_from_cents, price
from oms.values.panels import MarketRow, StrategyRow
from oms.values.units import BadNumber, size_micro_from_text

Place = Callable[[PlaceOrder], Awaitable[Answer]]
Change = Callable[[str, dict[str, object]], Awaitable[Answer]]


class BadEntry(ValueError):
    """A field holds what it may not; one line says which and what would do."""


def chosen_market(text: str, at: At | None, markets: Sequence[MarketRow]) -> MarketRow:
    """The market that was under the cursor as long as its title stands there unchanged, else the one that is named. Raises BadEntry."""
    if at is not None and text == harmless(at.title):
        for row in markets:
            if row.market_id == at.market_id:
                return row
    return found_market(text, markets)


def found_market(text: str, markets: Sequence[MarketRow]) -> MarketRow:
    """The market of this id, or the only one whose title has these words. Raises BadEntry."""
    for row in markets:
        if row.market_id == text.strip():
            return row
    found = [row for row in markets if text.strip() and matches(text, f"{row.title} {row.market_id}")]
    if len(found) == 1:
        return found[0]
    if not text.strip():
        raise BadEntry("market: name one by words of its title, or by its id")
    if not found:
        raise BadEntry("market: none has these words in its title")
    raise BadEntry(f"market: {len(found):,} have these words, such as {harmless(found[0].title, 40)!r} and {harmless(found[1].title, 40)!r}")


def read_order(market: MarketRow, choices: tuple[str, str, bool], cents: str, shares: str) -> PlaceOrder:
    """What the form holds; `choices` are outcome, side and whether it takes. Raises BadEntry."""
    pips = pips_from_cents(cents)
    if pips is None:
        raise BadEntry(f"price: {cents.strip()[:20]!r} is not a price between 0 and 100 cents, such as 49 or 49.5")
    try:
        size = size_micro_from_text(shares.strip())
    except BadNumber as error:
        raise BadEntry(f"shares: {error}") from None
    if not size:
        raise BadEntry("shares: at least something")
    outcome, side, takes = choices
    return PlaceOrder(market_id=market.market_id, outcome=outcome, side=side, price_pips=pips, shares_micro=size, takes=takes)


def read_value(name: str, text: str, before: object) -> object:
    """What was typed for a parameter, as the kind of value it had; of the others as JSON. Raises BadEntry."""
    if isinstance(before, str):
        return text
    try:
        value: object = json.loads(text)
    except ValueError:
        raise BadEntry(f"{name}: {text[:40]!r} is not a value; it was {json.dumps(before, default=str)}") from None
    if isinstance(before, bool) != isinstance(value, bool) and before is not None:
        raise BadEntry(f"{name}: {text[:40]!r} is not {'true or false' if isinstance(before, bool) else 'a number'}")
    return value


def spelled(value: object) -> str:
    """A parameter as one types it."""
    return value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)


class Choice(Lines, can_focus=True):
    """One of a few words; arrows, space or a click go on to the next."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "turn(-1)", show=False),
        Binding("right,l,space", "turn(1)", show=False),
    ]

    def __init__(self, *words: str, id: str) -> None:  # noqa: A002 - Textual's own word
        super().__init__(id=id)
        self.words = words
        self.at = 0

    @property
    def word(self) -> str:
        """The chosen one."""
        return self.words[self.at]

    def action_turn(self, by: int) -> None:
        """The next one."""
        self.at = (self.at + by) % len(self.words)
        self.refresh()

    def on_click(self) -> None:
        """The next one."""
        self.focus()
        self.action_turn(1)

    def composed(self) -> list[Line]:
        """All of them, the chosen one marked."""
        return [[Cell(f" ◉ {word} " if i == self.at else f" ○ {word} ", "strong" if i == self.at else "dim") for i, word in enumerate(self.words)]]


def _row(label: str, field: Input | Choice) -> Horizontal:
    return Horizontal(Static(label, classes="label", markup=False), field, classes="row")


class Form(Dialog[bool]):
    """What both forms share: a line for trouble, Enter sends, Tab goes on."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "send", show=False)]
    _waits = False
    """For the daemon or a person's yes; Enter does nothing then, so that no answer is lost."""

    def say(self, text: str) -> None:
        """What is wrong; the form stays."""
        if self.is_current:  # else a person has closed it while the daemon thought
            self.query_one("#trouble", Static).update(harmless_lines(text))

    async def action_send(self) -> None:
        """Read the fields and ask the daemon, in a worker: a dialog may follow."""
        if not self._waits:
            self.app.run_worker(self._sent(), group="form")

    async def _sent(self) -> None:
        self._waits = True
        try:
            await self.send()
        finally:
            self._waits = False

    async def on_input_submitted(self) -> None:
        """Enter in a field."""
        await self.action_send()

    async def send(self) -> None:
        """Read the fields and ask the daemon."""
        raise AssertionError(f"{type(self).__name__} sends nothing")

    def done(self, answer: Answer) -> None:
        """Close after a yes; show a no and stay."""
        if not self.is_current:
            return  # a person has closed it while the daemon thought
        if answer.ok:
            self.dismiss(result=True)
        elif answer.text:
            self.say(answer.text)


class OrderForm(Form):
    """An order by hand."""

    def __init__(self, markets: Sequence[MarketRow], at: At | None, place: Place) -> None:
        super().__init__()
        self._markets, self._at, self._place = markets, at, place

    def contents(self) -> ComposeResult:
        """The fields in the order in which one thinks."""
        yield plain("Place an order by hand", "title")
        yield _row(
            "market",
            Input("" if self._at is None else harmless(self._at.title), placeholder="its id, or words of its title", id="market", compact=True),
        )
        yield Static("", classes="note", id="about", markup=False)
        yield _row("outcome", Choice("YES", "NO", id="outcome"))
        yield _row("side", Choice("BUY", "SELL", id="side"))
        yield _row("price, in cents", Input(placeholder="such as 49 or 49.5", id="price", compact=True))
        yield _row("shares", Input(placeholder="such as 20", id="shares", compact=True))
        yield _row("how", Choice("rest, post-only", "take, all or nothing", id="how"))
        yield Static("", classes="trouble", id="trouble", markup=False)
        yield Choices(("Enter: what would it cost?", "screen.send"), ("Esc: close", "screen.give_up"))

    def on_mount(self) -> None:
        """Where the market is known already, begin at the outcome."""
        self._tell_market()
        self.query_one("#market" if self._at is None else "#outcome").focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Say at once which market the words name."""
        if event.input.id == "market":
            self._tell_market()

    def _tell_market(self) -> None:
        about = self.query_one("#about", Static)
        try:
            row = chosen_market(self.query_one("#market", Input).value, self._at, self._markets)
        except BadEntry as error:
            about.update(str(error))
        else:
            about.update(f"→ {harmless(row.title, 60)}: YES {price(row.bid_pips)} / {price(row.ask_pips)} ¢")

    async def send(self) -> None:
        """Ask what it would cost, and place it when a person agrees."""
        try:
            market = chosen_market(self.query_one("#market", Input).value, self._at, self._markets)
            takes = self.query_one("#how", Choice).at == 1
            words = (self.query_one("#outcome", Choice).word, self.query_one("#side", Choice).word, takes)
            order = read_order(market, words, self.query_one("#price", Input).value, self.query_one("#shares", Input).value)
        except BadEntry as error:
            self.say(str(error))
            return
        self.say("")
        self.done(await self._place(order))


class ParamsForm(Form):
    """The parameters of the strategies, one at a time; only what was changed is sent."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+n", "turn(1)", show=False, priority=True),
        Binding("ctrl+b", "turn(-1)", show=False, priority=True),
    ]

    def __init__(self, strategies: Sequence[StrategyRow], change: Change) -> None:
        super().__init__()
        self._strategies, self._change = strategies, change
        self._at = 0

    @property
    def strategy(self) -> StrategyRow:
        """The one that is edited."""
        return self._strategies[self._at]

    def contents(self) -> ComposeResult:
        """Name, fields, trouble, keys."""
        yield Static("", classes="title", id="name", markup=False)
        yield plain("Changes last until the process ends.", "note")
        yield VerticalScroll(id="params")
        yield Static("", classes="trouble", id="trouble", markup=False)
        more = (("Ctrl+N: next strategy", "screen.turn(1)"),) if len(self._strategies) > 1 else ()
        yield Choices(("Enter: set what was changed", "screen.send"), ("Esc: close", "screen.give_up"), *more)

    async def on_mount(self) -> None:
        """The first strategy."""
        await self._lay()

    async def action_turn(self, by: int) -> None:
        """Another strategy; what was typed for this one is dropped."""
        self._at = (self._at + by) % len(self._strategies)
        await self._lay()

    async def _lay(self) -> None:
        row = self.strategy
        self.query_one("#name", Static).update(f"{harmless(row.name)} ({self._at + 1} of {len(self._strategies)})")
        self.say("")
        fields = self.query_one("#params", VerticalScroll)
        await fields.remove_children()
        await fields.mount_all([_row(harmless(name, 24), Input(spelled(value), name=name, compact=True)) for name, value in row.params.items()])
        for field in fields.query(Input):
            field.focus()
            break

    async def send(self) -> None:
        """Send what was changed."""
        row, values = self.strategy, {}
        try:
            for field in self.query_one("#params").query(Input):
                name = field.name or ""
                if field.value != spelled(row.params[name]):
                    values[name] = read_value(name, field.value, row.params[name])
        except BadEntry as error:
            self.say(str(error))
            return
        if not values:
            self.say("nothing was changed")
            return
        self.done(await self._change(row.name, values))
