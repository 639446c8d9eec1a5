"""The maintained official SDK as referee of the gateway's streams and catalogues: two of its clients trade with each other and listen.

    .venv-sdk/bin/python tests/referee/sdk_streams.py http://127.0.0.1:PORT TOKEN_FILE

Prints a JSON line for each thing looked at; anything the SDK drops, refuses or does not hear is a surprise, and then the exit code is 1. The keys are
made up here and hold nothing. It listens in markets of its own, which the operator lists; what a crowd does in others is passed over.
"""

# ruff: noqa: ANN401 (the SDK's types are not installed where this is judged)

import asyncio
import dataclasses
import json
import secrets
import sys
import time
from collections.abc import Callable
from typing import Any

from eth_account import Account
from operating import Operator, operator_of  # type: ignore[import-not-found]  # beside this file; run in a Python of its own
from polymarket import AsyncSecureClient  # type: ignore[import-not-found]
from polymarket._internal.environment import PRODUCTION_CONFIG, create_environment  # type: ignore[import-not-found]
from polymarket.streams import MarketSpec, UserSpec  # type: ignore[import-not-found]

PATIENCE_S = 10.0
surprises: list[str] = []


def tell(what: str, **seen: Any) -> None:
    """One line of evidence."""
    print(json.dumps({"looked_at": what, **seen}, default=str), flush=True)


def expect(what: str, is_so: object, **seen: Any) -> None:
    """One line of evidence, and a surprise unless it is so."""
    tell(what, **seen, is_as_expected=bool(is_so))
    if not is_so:
        surprises.append(what)


class Unheard(Exception):
    """What should have come did not; the rest of the story cannot be told."""


class Ear:
    """Everything one subscription of the SDK hears."""

    def __init__(self, handle: Any) -> None:
        self.handle = handle
        self.heard: list[Any] = []
        self.task = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        async for event in self.handle:
            self.heard.append(event)

    async def hears(self, what: str, test: Callable[[Any], bool]) -> Any:
        """The first event that passes. Raises Unheard, a surprise: none comes in time."""
        ends = time.monotonic() + PATIENCE_S
        while time.monotonic() < ends:
            for event in self.heard:
                if test(event):
                    tell(what, type=event.type)
                    return event
            await asyncio.sleep(0.02)
        expect(what, is_so=False, heard=[event.type for event in self.heard])
        raise Unheard(what)


async def client_of(host: str, key: str) -> AsyncSecureClient:
    """One client against our host."""
    streams = host.replace("http", "ws", 1)
    config = dataclasses.replace(
        PRODUCTION_CONFIG, clob_url=host, gamma_url=host, data_url=host, relayer_url=host,
        clob_market_ws_url=f"{streams}/ws/market", clob_user_ws_url=f"{streams}/ws/user",
    )  # fmt: skip
    environment = create_environment(name="local", config=config)
    return await AsyncSecureClient.create(private_key=key, wallet=Account.from_key(key).address, environment=environment)


def given_markets(operator: Operator) -> dict[str, str]:
    """A market of each generation and the two legs of an event: kind → question. A v2 condition has less digits on Gamma than on the CLOB."""
    event = f"Who will win? ({operator.run})"
    terms: dict[str, tuple[str, dict[str, object]]] = {
        "v1": ("Will the referee hear?", {"tags": ["Tests"]}),
        "v2": ("Bitcoin up or down?", {"generation": "v2", "fee_bps": 700, "outcomes": ("Up", "Down")}),
        "Anna": ("Will Anna win?", {"neg_risk": True, "event_id": event}),
        "Bert": ("Will Bert win?", {"neg_risk": True, "event_id": event}),
    }
    for title, more in terms.values():
        operator.lists(title, **more)
    return {kind: f"{title} ({operator.run})" for kind, (title, _) in terms.items()}


async def look_at_catalogue(client: AsyncSecureClient, questions: dict[str, str]) -> dict[str, Any]:
    """Discovery by Gamma: our markets among all, by kind."""
    markets = {market.question: market async for page in client.list_markets() for market in page.items}
    ours = [markets[question].condition_id for question in questions.values() if question in markets]
    expect("markets", len(ours) == len(questions), count=len(markets))
    first, second = markets[questions["v1"]], markets[questions["v2"]]
    expect("ids of v1", first.outcomes.yes.token_id and not first.outcomes.yes.position_id, token=first.outcomes.yes.token_id)
    expect("ids of v2", second.outcomes.yes.position_id and not second.outcomes.yes.token_id, position=second.outcomes.yes.position_id)
    expect("versions", [str(market.version) for market in (first, second)] == ["v1", "v2"])
    expect("fee of v2", str(second.trading.fee_schedule.rate) == "0.07", rate=second.trading.fee_schedule.rate)
    expect("tick and minimum", (str(first.trading.minimum_tick_size), str(first.trading.minimum_order_size)) == ("0.01", "5"))
    one = [market async for page in client.list_markets(condition_ids=first.condition_id) for market in page.items]
    expect("market by condition", [market.id for market in one] == [first.id])
    both = [market async for page in client.list_markets(condition_ids=[first.condition_id, second.condition_id]) for market in page.items]
    expect("markets by two conditions", len(both) == 2)
    slug = await client.get_market(slug=first.slug)
    expect("market by slug", slug.id == first.id)
    events = [event async for page in client.list_events() for event in page.items]
    legs = {questions["Anna"], questions["Bert"]}
    group = [event for event in events if {market.question for market in event.markets} == legs]
    expect("negRisk event", len(group) == 1 and group[0].trading.neg_risk, titles=[event.title for event in events])
    pages = [page.items async for page in client.list_markets(page_size=3)]
    paged = [market.condition_id for items in pages for market in items]
    full = all(len(items) == 3 for items in pages[:-1]) and len(paged) == len(set(paged)) and set(ours) <= set(paged)
    expect("keyset pages", full, sizes=[len(items) for items in pages])
    return {
        "v1": (first, first.outcomes.yes.token_id, first.outcomes.no.token_id),
        "v2": (second, *[str(o.position_id) for o in (second.outcomes.yes, second.outcomes.no)]),
    }


async def trade_and_listen(makers: AsyncSecureClient, takers: AsyncSecureClient, market: Any, yes: str, no: str) -> None:
    """BUY NO rests, BUY YES meets it across tokens (a set is minted), a second BUY rests and is cancelled; both hear all of it."""
    version = str(market.version)
    public = Ear(await takers.subscribe(MarketSpec(asset_ids=[yes, no], custom_feature_enabled=True)))
    maker, taker = [Ear(await client.subscribe(UserSpec())) for client in (makers, takers)]
    await public.hears(f"{version} opening book", lambda event: event.type == "book")
    resting = await makers.place_limit_order(token_id=no, price="0.4", size="20", side="BUY")
    change = await public.hears(f"{version} price change", lambda event: event.type == "price_change")
    told = [(entry.token_id == yes, str(entry.price), str(entry.size), entry.side) for entry in change.payload.price_changes]
    expect(f"{version} mirrored entries", told == [(True, "0.6", "20", "SELL"), (False, "0.4", "20", "BUY")], entries=told)
    book = await takers.get_order_book(token_id=yes)
    expect(f"{version} hash of the change is that of the book", change.payload.price_changes[0].hash == book.hash, hash=book.hash)
    await maker.hears(f"{version} PLACEMENT", lambda event: event.type == "order" and event.payload.id == resting.order_id)
    taken = await takers.place_limit_order(token_id=yes, price="0.6", size="15", side="BUY")
    trade = await public.hears(f"{version} last trade", lambda event: event.type == "last_trade_price")
    expect(f"{version} taker's terms", (str(trade.payload.price), str(trade.payload.size), trade.payload.side) == ("0.6", "15", "BUY"))
    await public.hears(f"{version} best bid and ask", lambda event: event.type == "best_bid_ask")
    mine: Any = None
    theirs: Any = None
    for status in ("MATCHED", "MINED", "CONFIRMED"):
        mine = await taker.hears(f"{version} {status} as taker", lambda event: event.type == "trade" and event.payload.status == status)  # noqa: B023
        theirs = await maker.hears(f"{version} {status} as maker", lambda event: event.type == "trade" and event.payload.status == status)  # noqa: B023
    expect(
        f"{version} taker's view",
        (mine.payload.trader_side, mine.payload.taker_order_id, str(mine.payload.price)) == ("TAKER", taken.order_id, "0.6"),
    )
    (part,) = theirs.payload.maker_orders
    view = (theirs.payload.trader_side, part.order_id, part.token_id, str(part.price), str(part.matched_amount), part.side)
    expect(f"{version} maker's view across tokens", view == ("MAKER", resting.order_id, no, "0.4", "15", "BUY"), view=view)
    update = await maker.hears(f"{version} UPDATE", lambda event: event.type == "order" and event.payload.order_event_type == "UPDATE")
    expect(f"{version} size matched", (str(update.payload.size_matched), update.payload.status) == ("15", "LIVE"))
    await makers.cancel_order(order_id=resting.order_id)
    await maker.hears(f"{version} CANCELLATION", lambda event: event.type == "order" and event.payload.order_event_type == "CANCELLATION")
    for name, ear in (("market", public), ("maker", maker), ("taker", taker)):
        expect(f"{version} nothing was lost by {name}", ear.handle.dropped == 0, events=len(ear.heard))
        await ear.handle.close()


async def look_at_wallets(takers: AsyncSecureClient, market: Any, yes: str) -> None:
    """The Data API as the SDK reads it."""
    wallet = takers.wallet
    positions = [one async for page in takers.list_positions(user=wallet) for one in page.items]
    found = [one for one in positions if one.token_id == yes]
    expect("position", len(found) == 1 and str(found[0].current_size) == "15", positions=len(positions))
    trades = [one async for page in takers.list_trades(user=wallet) for one in page.items]
    expect("trades", [str(one.size) for one in trades if one.token_id == yes] == ["15"])
    activity = [one async for page in takers.list_activity(user=wallet) for one in page.items]
    expect("activity", len(activity) == len(trades) and all(one.type == "TRADE" for one in activity))
    value = await takers.get_portfolio_value(user=wallet)
    expect("value", value.value > 0, value=value.value)
    holders = [one async for page in takers.list_market_holders(condition_ids=market.condition_id) for one in page.items]
    expect("holders", any(holder.wallet == wallet for row in holders for holder in row.holders))
    interest = await takers.get_open_interests(condition_ids=market.condition_id)
    expect("open interest", [str(one.value) for one in interest] == ["15"])


async def watch_operator(client: AsyncSecureClient, operator: Operator, found: dict[str, Any]) -> None:
    """A later subscription on the same socket; a new tick, a new market, a resolution."""
    market, yes, no = found["v1"]
    public = Ear(await client.subscribe(MarketSpec(asset_ids=[yes, no], custom_feature_enabled=True)))
    later = Ear(await client.subscribe(MarketSpec(asset_ids=[found["v2"][1]])))
    book = await later.hears("opening book of a later subscription", lambda event: event.type == "book")
    expect("it is of the asset that was added", book.payload.token_id == found["v2"][1])
    mine = Ear(await client.subscribe(UserSpec(markets=[market.condition_id])))
    order = await client.place_limit_order(token_id=yes, price="0.1", size="10", side="BUY")
    operator.do("tick", market=market.condition_id, tick="0.001")
    tick = await public.hears("tick change", lambda event: event.type == "tick_size_change")
    expect("old and new tick", (str(tick.payload.old_tick_size), str(tick.payload.new_tick_size)) == ("0.01", "0.001"))
    operator.lists("Will there be another?", tags=["Tests"])
    question = f"Will there be another? ({operator.run})"
    new = await public.hears("new market", lambda event: event.type == "new_market" and event.payload.question == question)
    tell("its event", title=new.payload.event_message.title)
    operator.do("resolve", market=market.condition_id, yes_ppm=1_000_000)
    resolved = await public.hears("resolution", lambda event: event.type == "market_resolved" and event.payload.winning_asset_id in {yes, no})
    expect("its winner", (resolved.payload.winning_asset_id, resolved.payload.winning_outcome) == (yes, "Yes"))
    gone = await mine.hears("the venue's cancel", lambda event: event.type == "order" and event.payload.order_event_type == "CANCELLATION")
    expect("its reason", (gone.payload.id, str(gone.payload.status)) == (order.order_id, "CANCELED_MARKET_RESOLVED"))
    after = await client.get_market(slug=market.slug)
    expect("closed, with what it paid", after.state.closed and str(after.outcomes.yes.price) == "1", status=after.resolution.uma_resolution_status)
    (told,) = await client.get_resolutions(condition_ids=market.condition_id)
    expect("resolution by the Data API", (str(told.status), [str(part) for part in told.payouts]) == ("resolved", ["1", "0"]))
    for ear in (public, later, mine):
        await ear.handle.close()


def count_drops(*clients: AsyncSecureClient) -> list[int]:
    """Events whose shape the SDK's models refused, a channel each: it drops them without a word."""
    managers = [value for client in clients for value in vars(client).values() if hasattr(value, "dropped_events")]
    return [manager.dropped_events for manager in managers]


async def main(operator: Operator) -> int:
    """Look at everything; 1 if something was a surprise."""
    makers, takers = [await client_of(operator.host, "0x" + secrets.token_hex(32)) for _ in range(2)]
    try:
        found = await look_at_catalogue(takers, given_markets(operator))
        for market, yes, no in found.values():
            await trade_and_listen(makers, takers, market, yes, no)
            await look_at_wallets(takers, market, yes)
        await watch_operator(takers, operator, found)
    except Unheard as unheard:
        tell("stopped", after=str(unheard))
    finally:
        expect("no event was refused by the SDK's models", count_drops(makers, takers) == [0, 0, 0], by_channel=count_drops(makers, takers))
        await makers.close()
        await takers.close()
    tell("all", surprises=surprises)
    return 1 if surprises else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(operator_of(sys.argv))))
