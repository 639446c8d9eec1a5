"""What the live side reads: the user channel, the catalog, the venue's answers, and what a stranger says to the signer."""

import re
from collections.abc import Sequence
from typing import Final

from connectors.polymarket.answers import read_balance, read_open_orders, read_order, read_trades
from connectors.polymarket.catalog import Listing, listed
from connectors.polymarket.catalog_clob import agreed, long_listed
from connectors.polymarket.catalog_wire import BadRow, page_of
from connectors.polymarket.user_facts import UserFacts
from connectors.signer_protocol import AskIdentity, BadFrame, Frames, SignLogin, answer_of, framed, request_of
from connectors.transport.http import Found
from oms.values import events as e
from oms.values.orders import Side
from oms.values.texts import SAID_MAX
from tests.connectors.frames import frame
from tests.connectors.polymarket.words_user import (
    ADDRESS,
    AT_NS,
    KEY,
    MARKET,
    MINE,
    MINE_TOO,
    NO,
    given_names,
    given_stream,
    maker,
    order,
    stranger,
    trade,
)
from tests.fuzz.engine import REFUSED, Target
from tests.fuzz.facts import NS_MAX, PRICE_MAX, SIZE_MAX, assert_market, is_int

FILLED_MAX: Final = 100 * SIZE_MAX
"""A taker's fill and its cash: sums of what a frame may name."""
USER_FRAMES: Final[tuple[bytes, ...]] = (
    *map(
        frame,
        (
            order(),
            order(type="UPDATE", size_matched="4", associate_trades=["t"]),
            order(type="CANCELLATION", status="CANCELED", size_matched="4"),
            order(MINE_TOO, type="CANCELLATION", status="CANCELED_MARKET_RESOLVED", size_matched=""),
            trade(maker()),
            trade(maker(amount="4"), maker(MINE_TOO, "6", "0.52"), stranger()),
            trade(maker(asset_id=NO, side="BUY", price="0.49"), status="CONFIRMED"),
            trade(stranger("4"), stranger("6", "0.5"), taker=MINE, status="MINED"),
            [order(), trade(maker())],
            {"event_type": "novelty", "id": "1"},
            [],
        ),
    ),
    b"PONG",
)
YES_ID: Final = "71321045679252212594626385532706912750332728571942532289631379312455583992563"
NO_ID: Final = "52114319501245915516055106046884209969926127482827954674443846427813813222426"
CONDITION: Final = "0x5f65177b394277fd294cd75650044e32ba009a95022d88a0c1d565897d72f8f1"
GAMMA: Final = {
    "id": "1", "question": "?", "conditionId": CONDITION, "slug": "s", "endDate": "2026-12-31T12:00:00Z", "outcomes": '["Yes", "No"]',
    "clobTokenIds": f'["{YES_ID}", "{NO_ID}"]', "active": True, "closed": False, "archived": False, "enableOrderBook": True, "acceptingOrders": True,
    "orderPriceMinTickSize": 0.01, "orderMinSize": 5, "negRisk": False, "version": "v1", "feesEnabled": True, "description": "…",
    "feeSchedule": {"exponent": 1, "rate": 0.07, "takerOnly": True, "rebateRate": 0.2}, "events": [{"id": "9"}],
}  # fmt: skip
COMPACT: Final = {
    "c": CONDITION, "t": [{"t": YES_ID, "o": "Yes"}, {"t": NO_ID, "o": "No"}], "mts": 0.01, "mos": 5, "ao": True, "nr": False, "v": "v1",
    "fd": {"r": 0.07, "e": 1, "to": True},
}  # fmt: skip
LONG: Final = {
    "condition_id": CONDITION, "question": "?", "market_slug": "s",
    "tokens": [{"token_id": YES_ID, "outcome": "Yes"}, {"token_id": NO_ID, "outcome": "No"}],
    "active": True, "closed": False, "archived": False, "accepting_orders": True, "enable_order_book": True, "minimum_tick_size": 0.01,
    "minimum_order_size": 5, "neg_risk": False, "end_date_iso": "2026-12-31T00:00:00Z",
}  # fmt: skip
ROW: Final = {
    "id": MINE, "status": "LIVE", "owner": KEY, "maker_address": ADDRESS, "market": MARKET.market_id, "asset_id": MARKET.yes, "side": "BUY",
    "original_size": "10", "size_matched": "0", "price": "0.49", "outcome": "Yes", "order_type": "GTC", "expiration": "0", "created_at": 1782753357,
    "associate_trades": [],
}  # fmt: skip


def check_user_frame(data: bytes) -> str:
    """One frame of the user channel: facts about our orders whose numbers are valid, or one refusal and the wish to catch up."""
    stream, _ = given_stream()
    stream.opened(AT_NS)
    facts = stream.receive(data, AT_NS)
    for fact in facts:
        assert_own(fact)
    if stream.refusals:
        assert sum(stream.refusals.values()) == 1
        assert_shown(stream.last_refusal)
        assert all(isinstance(fact, e.VenueSyncing | e.VenueReady) for fact in facts)
        return f"{REFUSED}{next(iter(stream.refusals))}:{re.sub('[0-9]+', '', stream.last_refusal)[:50]}"
    return f"facts:{' '.join([type(fact).__name__ for fact in facts[:5]])} {min(stream.foreign, 2)}"


def assert_shown(text: str) -> None:
    """What is told of something refused is one line that no terminal obeys, and short."""
    assert text.isprintable(), text
    assert len(text) <= 2 * SAID_MAX, len(text)


def assert_own(fact: e.Event) -> None:
    """A fact about our own orders is about ours, and whole."""
    if isinstance(fact, e.Filled):
        assert fact.order_id in {"our-1", "our-2"}
        assert fact.trade_id
        assert is_int(fact.price_pips, 1, PRICE_MAX), fact
        assert is_int(fact.shares_micro, 1, FILLED_MAX), fact
        assert is_int(fact.cash_micro, 1, FILLED_MAX), fact
        assert is_int(fact.fee_cash_micro, 0, FILLED_MAX), fact
        assert is_int(fact.exchange_ns, 0, NS_MAX), fact
    elif isinstance(fact, e.CancelDone | e.Expired):
        assert fact.order_id in {"our-1", "our-2"}
        assert fact.filled_micro is None or is_int(fact.filled_micro, 0, SIZE_MAX), fact
    else:
        assert isinstance(fact, e.Acked | e.SettlementMoved | e.VenueReady | e.VenueSyncing), fact


def check_catalog(data: bytes) -> str:
    """A page or a row of metadata: a market one can trade, or a named reason why not."""
    known = listed(frame(GAMMA))
    assert isinstance(known, Listing)
    rows: Sequence[bytes] = ()
    try:
        rows = page_of(data).rows[:20]
    except BadRow as error:
        assert_shown(str(error))
    told = [read(row) for row in (data, *rows) for read in (listed, long_listed, lambda body: agreed(known, body))]
    for one in told:
        if isinstance(one, Listing):
            assert_market(one.market)
            assert one.delay_s >= 0
        else:
            assert one.text
            assert_shown(one.text)
            assert_shown(one.market_id)
    good = [isinstance(one, Listing) for one in told[:3]]
    why = [one.why.name for one in told[:3] if not isinstance(one, Listing)]
    return f"{'listing' if any(good) else f'{REFUSED}unlisted'}:{good} {why} {len(rows)}"


def check_answers(data: bytes) -> str:
    """A row of the venue's answers, read as order, open order, trade and balance: facts with valid numbers, or named as omitted."""
    seen = read_order(Found(data), MINE)
    orders, omitted = read_open_orders([data])
    trades = read_trades([data], UserFacts(given_names(), {MARKET.yes: MARKET, MARKET.no: MARKET}, ADDRESS), AT_NS)
    balance = read_balance(Found(data))
    for row in orders:
        assert row.side in (Side.BUY, Side.SELL)
        assert is_int(row.price_pips, 1, PRICE_MAX)
        assert is_int(row.shares_micro, 0, SIZE_MAX)
        assert is_int(row.filled_micro, 0, SIZE_MAX)
    for fill in trades.fills:
        assert_own(fill)
    for text in (*omitted, *trades.omitted):
        assert_shown(text)
    assert balance is None or balance.held_micro >= 0
    read = [name for name, is_read in (("order", seen), ("open", orders), ("trade", trades.fills), ("balance", balance)) if is_read]
    return f"{', '.join(read) or f'{REFUSED}omitted'}:{type(seen).__name__} {len(omitted)} {re.sub('[0-9]+', '', ' '.join(trades.omitted))[:60]}"


def check_signer(data: bytes) -> str:
    """Bytes on the signer's socket: requests and answers of ours, or BadFrame."""
    said = [type(read(body)).__name__ for body in Frames().feed(data)[:20] for read in (request_of, answer_of) if _is_read(read, body)]
    return f"{'messages' if said else f'{REFUSED}nothing'}:{' '.join(said)}"


def _is_read(read: object, body: bytes) -> bool:
    assert callable(read)
    try:
        read(body)
    except BadFrame as error:
        assert_shown(str(error))
        return False
    return True


def targets() -> list[Target]:
    """Those of this file."""
    gamma, compact, long = map(frame, (GAMMA, COMPACT, LONG))
    pages = [frame([GAMMA, GAMMA]), frame({"data": [LONG], "next_cursor": "LTE=", "limit": 1})]
    rows = [
        frame(ROW),
        frame(trade(maker())),
        frame(trade(stranger(), taker=MINE)),
        frame({"balance": "1000000", "allowances": {"0xa": "9" * 77}}),
        b"null",
    ]
    asked = framed(AskIdentity(number=1)) + framed(SignLogin(number=2, at_s=1, nonce=0))
    return [
        Target(name="user-frame", about="one frame of the user channel", check=check_user_frame, seeds=USER_FRAMES, shape="json", share=100),
        Target(name="catalog", about="metadata of markets", check=check_catalog, seeds=[gamma, compact, long, *pages], shape="json", share=60),
        Target(name="answers", about="rows of the venue's answers", check=check_answers, seeds=rows, shape="json", share=60),
        Target(
            name="signer",
            about="what is said to the signer",
            check=check_signer,
            seeds=[asked, asked[:30]],
            shape="bytes",
            refusals=(BadFrame,),
            share=30,
        ),
    ]
