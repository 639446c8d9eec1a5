"""What a person wants done: asked about once where that is due, sent, and answered for. Stopping never asks, kill least of all.

Every method is run in a worker of the app. Whatever the daemon or the link answers is shown; nothing is repeated by itself.
"""

from collections import deque
from typing import Any, Final

import msgspec
from textual.app import App

from connectors.operator.control.protocol import (
    Answer,
    CancelAll,
    CancelOrder,
    Confirm,
    Instruction,
    Kill,
    Pause,
    PauseMarket,
    PlaceOrder,
    Resume,
    ResumeMarket,
    SetParams,
    Shown,
)
from connectors.operator.terminal import dialogs
from connectors.operator.terminal.forms import OrderForm, ParamsForm
from connectors.operator.terminal.link import Link
from connectors.operator.terminal.sight import At, Sight
from connectors.operator.terminal.words import harmless, price, shares_spelled
from oms.values.panels import Markets, OrderRow, Strategies, Topic, View

WHY: Final = "asked for on the dashboard"
ASKED_MAX: Final = 200
PAUSED: Final = "paused"
"""The phase in which `p` resumes."""
_OTHER: Final = "the daemon answered with another picture"
_KILL_ELSEWHERE: Final = "NOT KILLED from here. Use `run_bot.py kill`, or send the daemon SIGTERM"


class Asked(msgspec.Struct, frozen=True):
    """One instruction that was given here, and what came of it."""

    number: int
    what: str
    ok: bool
    text: str


class Desk:
    """One dashboard's."""

    def __init__(self, app: App[Any], link: Link, sight: Sight) -> None:
        self.asked: deque[Asked] = deque(maxlen=ASKED_MAX)
        """Newest first."""
        self._app, self._link, self._sight = app, link, sight
        self._count = 0

    @property
    def is_paused(self) -> bool:
        """So `p` means: trade again."""
        overview = self._sight.overview
        return overview is not None and overview.phase == PAUSED

    async def pause_or_resume(self) -> None:
        """Stop quoting: the safe direction, so nothing is asked. Or trade again, after a question."""
        overview = self._sight.overview
        if overview is None or not self.is_paused:
            await self._do("pause", Pause(why=WHY))
            return
        why = f"\nPaused because: {harmless(overview.why)}" if overview.why else ""
        if await self._agreed("Trade again?", f"Strategies quote again in all markets that are not stopped.{why}"):
            await self._do("resume", Resume(why=WHY))

    async def kill(self) -> None:
        """At once."""
        answer = await self._do("KILL", Kill(why=WHY))
        if not answer.ok:
            self._app.notify(_KILL_ELSEWHERE, title="KILL", severity="error", timeout=60, markup=False)

    async def cancel(self, order: OrderRow | None) -> None:
        """One order."""
        if order is None:
            self._hint("no order is under the cursor; the orders are on screen 3")
            return
        text = f"{order_in_words(order)}\nin {harmless(order.title)}\nIts strategy ({harmless(order.strategy) or 'none'}) may place another."
        if await self._agreed("Cancel this order?", text):
            await self._do(f"cancel {harmless(order.order_id)}", CancelOrder(order_id=order.order_id))

    async def cancel_all(self) -> None:
        """All of them."""
        overview = self._sight.overview
        many = "all orders" if overview is None else f"all {overview.resting:,} orders"
        text = f"Takes {many} of ours away, in every market. Strategies may place others at once; pause (p) stops them."
        if await self._agreed("Cancel all orders?", text):
            await self._do("cancel all", CancelAll())

    async def stop_or_start(self, market: At | None) -> None:
        """Stop trading a market: the safe direction, so nothing is asked. Or trade there again, after a question."""
        if market is None:
            self._hint("no market is under the cursor; the markets are on screen 2")
            return
        title = harmless(market.title)
        stopped = self._stopped(market)
        if not stopped:
            await self._do(f"stop market {title}", PauseMarket(market_id=market.market_id, why=WHY))
        elif await self._agreed("Trade this market again?", f"{title}\nStopped because: {harmless(stopped)}"):
            await self._do(f"trade market {title}", ResumeMarket(market_id=market.market_id, why=WHY))

    def _stopped(self, market: At) -> str:
        """Where the screen does not know whether a market is stopped, the latest picture of all markets is asked."""
        if market.stopped is not None:
            return market.stopped
        view = self._sight.view(Topic.MARKETS)
        rows = view.rows if isinstance(view, Markets) else ()
        return next((row.stopped for row in rows if row.market_id == market.market_id), "")

    async def open_order_form(self, at: At | None) -> None:
        """An order by hand, in the market under the cursor to begin with."""
        view = await self.look(Topic.MARKETS)
        if isinstance(view, Markets):
            await self._app.push_screen_wait(OrderForm(view.rows, at, self.place))
        else:
            self._hint(view if isinstance(view, str) else _OTHER)

    async def open_params_form(self) -> None:
        """The parameters of the strategies."""
        view = await self.look(Topic.STRATEGIES)
        if not isinstance(view, Strategies):
            self._hint(view if isinstance(view, str) else _OTHER)
        elif not view.rows:
            self._hint("no strategy is at work")
        else:
            await self._app.push_screen_wait(ParamsForm(view.rows, self.set_params))

    def _hint(self, text: str) -> None:
        self._app.notify(text, severity="warning", markup=False)

    async def place(self, order: PlaceOrder) -> Answer:
        """An order by hand: the daemon says what it would cost, a person agrees, then it is placed. ok=False with no text: a person said no."""
        verb = "take at once" if order.takes else "rest"
        what = f"{order.side} {order.outcome} {shares_spelled(order.shares_micro)} at {price(order.price_pips)} ¢, {verb}"
        answer = await self._do(what, order, quiet=True)
        if not answer.ok or not answer.confirm:
            return answer
        if not await self._agreed("Place this order?", f"{what}\n{answer.text}"):
            return msgspec.structs.replace(answer, ok=False, text="")
        return await self._do(f"place {what}", Confirm(word=answer.confirm))

    async def set_params(self, strategy: str, values: dict[str, object]) -> Answer:
        """Change a strategy."""
        return await self._do(f"set {', '.join(values)} of {harmless(strategy)}", SetParams(strategy=strategy, values=values))

    async def look(self, topic: Topic, subject: str = "") -> View | str:
        """One picture, or why there is none."""
        told = await self._link.ask(topic, subject)
        return told.view if isinstance(told, Shown) else harmless(told.text)

    async def _agreed(self, title: str, text: str) -> bool:
        agreed = await self._app.push_screen_wait(dialogs.Confirm(title, text))
        return bool(agreed)

    async def _do(self, what: str, instruction: Instruction, *, quiet: bool = False) -> Answer:
        """Send it, note and show what came of it; `quiet`: whoever asked shows it."""
        answer = await self._link.do(instruction)
        self._count += 1
        text = dialogs.harmless_lines(answer.text)
        self.asked.appendleft(Asked(self._count, what, answer.ok, harmless(answer.text)))
        if not quiet:
            self._app.notify(text or "done", title=what, severity="information" if answer.ok else "error", timeout=6, markup=False)
        return answer


def order_in_words(order: OrderRow) -> str:
    """`BUY YES 20 at 49.0 ¢, 5 filled`."""
    size = f"${shares_spelled(order.size_micro)}" if order.in_cash else shares_spelled(order.size_micro)
    filled = f", {shares_spelled(order.filled_micro)} filled" if order.filled_micro else ""
    return f"{harmless(order.side)} {harmless(order.outcome)} {size} at {price(order.price_pips)} ¢{filled}"
