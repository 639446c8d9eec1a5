from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.polymarket.names import Names
from connectors.polymarket.user_facts import UserFacts
from connectors.polymarket.wire import Refusal
from connectors.polymarket.wire_user import OrderMessage, Trade, decode
from oms.values.events import Acked, CancelDone, Expired, Filled, Rejected, SettlementMoved, SettlementStage
from oms.values.market import Market
from oms.values.orders import TradeId
from oms.values.units import MICRO, BadNumber, micro_text, price_text
from tests.connectors.frames import frame
from tests.connectors.polymarket.words_user import (
    ADDRESS,
    AT_NS,
    KEY,
    MARKET,
    MATCH_NS,
    MINE,
    MINE_TOO,
    NO,
    THEIRS,
    YES,
    given_names,
    maker,
    order,
    stranger,
    trade,
)

MARKETS = {YES: MARKET, NO: MARKET}


def given_facts(names: Names | None = None) -> UserFacts:
    return UserFacts(names or given_names(), MARKETS, ADDRESS, KEY)


def told_trade(message: dict[str, object]) -> Trade:
    (read,) = decode(frame(message))
    assert isinstance(read, Trade)
    return read


def fills_of(message: dict[str, object]) -> tuple[Filled, ...]:
    return given_facts().trade(told_trade(message), AT_NS).fills


def told_order(order_id: str = MINE, **other: object) -> list[object] | None:
    (read,) = decode(frame(order(order_id, **other)))
    assert isinstance(read, OrderMessage)
    facts = given_facts().order(read)
    return None if facts is None else [*facts]


def filled(
    order_id: str = "our-1", *, price: int, shares: int, cash: int, fee: int = 0, is_maker: bool = True, trade_id: TradeId = "28c4d2eb"
) -> Filled:
    return Filled(
        order_id=order_id, trade_id=trade_id, price_pips=price, shares_micro=shares, cash_micro=cash, fee_cash_micro=fee, is_maker=is_maker,
        exchange_ns=MATCH_NS,
    )  # fmt: skip


def test_a_placement_and_a_part_match_say_that_the_order_is_there() -> None:
    acked = Acked(order_id="our-1", venue_order_id=MINE)
    assert told_order() == [acked]
    assert told_order(order_id=MINE.upper().replace("X", "x")) == [acked]
    assert told_order(type="UPDATE", size_matched="4") == [acked]
    assert told_order(type="UPDATE", status="MATCHED", size_matched="10") == [acked]
    assert told_order(status=None) == [acked]


@pytest.mark.parametrize(
    ("status", "matched", "fact"),
    [
        ("CANCELED", "2.5", CancelDone(order_id="our-1", why="the venue says CANCELED", filled_micro=2_500_000)),
        ("ORDER_STATUS_CANCELED", "0", CancelDone(order_id="our-1", why="the venue says CANCELED", filled_micro=0)),
        ("INVALID", "0", CancelDone(order_id="our-1", why="the venue says INVALID", filled_micro=0)),
        ("", "", CancelDone(order_id="our-1", why="the venue says CANCELLATION")),
        (None, None, CancelDone(order_id="our-1", why="the venue says CANCELLATION")),
        ("couldn't be fully filled", "2", CancelDone(order_id="our-1", why="the venue says couldn't be fully filled", filled_micro=2_000_000)),
        ("CANCELED_EXPIRED_ORDER", "4", Expired(order_id="our-1", filled_micro=4_000_000)),
    ],
)
def test_a_cancellation_ends_the_order_and_says_what_was_filled_of_it(status: str | None, matched: str | None, fact: object) -> None:
    assert told_order(type="CANCELLATION", status=status, size_matched=matched) == [fact]


def test_a_killed_fok_is_refused_here_as_in_the_answer_to_its_post_with_the_venues_words_cut_short() -> None:
    """Told as an end besides the refusal, it would contradict it: the OMS would stop the market (tests/simulation/deck.py, card 19)."""
    status = "CANCELED_order couldn't be fully filled. FOK orders are fully filled or killed."
    facts = told_order(type="CANCELLATION", status=status, size_matched="")
    assert facts == [Rejected(order_id="our-1", why=f"FOK_KILLED: the venue says {status[:60]}")]


def test_an_order_that_we_do_not_know_is_foreign() -> None:
    assert told_order(order_id=THEIRS) is None


def test_an_order_message_of_an_unknown_type_is_refused_when_it_is_about_ours() -> None:
    with pytest.raises(Refusal, match="REPLACED"):
        told_order(type="REPLACED")
    assert told_order(order_id=THEIRS, type="REPLACED") is None


def test_as_a_maker_our_fill_is_our_entry_and_never_the_takers_numbers() -> None:
    fills = fills_of(trade(stranger("90"), maker(amount="10"), size="100", price="0.99"))
    assert fills == (filled(price=5_100, shares=10 * MICRO, cash=5_100_000),)


def test_one_trade_may_fill_several_orders_of_ours() -> None:
    fills = fills_of(trade(maker(amount="4", price="0.5"), stranger("1"), maker(MINE_TOO, "5", "0.51"), size="10"))
    assert fills == (filled(price=5_000, shares=4 * MICRO, cash=2 * MICRO), filled("our-2", price=5_100, shares=5 * MICRO, cash=2_550_000))


def test_an_order_met_twice_by_one_trade_is_one_fill() -> None:
    fills = fills_of(trade(maker(amount="4", price="0.5"), maker(amount="6", price="0.5"), size="10"))
    assert fills == (filled(price=5_000, shares=10 * MICRO, cash=5 * MICRO),)


def test_a_maker_met_by_a_buyer_of_the_other_token_is_filled_at_its_own_price_in_its_own_token() -> None:
    """Taker buys YES at 0.6, our bid for NO at 0.4 stands: a set is minted."""
    fills = fills_of(trade(maker(amount="10", price="0.4", asset_id=NO, side="BUY"), price="0.6"))
    assert fills == (filled(price=4_000, shares=10 * MICRO, cash=4 * MICRO),)


def test_a_taker_pays_the_rest_of_a_dollar_where_it_meets_a_buyer_of_the_other_token() -> None:
    fills = fills_of(trade(stranger("10", "0.4", asset_id=NO, side="BUY"), taker=MINE, price="0.6"))
    fee = MARKET.fee.fee_cash_micro(10 * MICRO, 6_000)
    assert fills == (filled(price=6_000, shares=10 * MICRO, cash=6 * MICRO, fee=fee, is_maker=False),)
    assert fee == 168_000  # 10 × 0.07 × 0.6 × 0.4


def test_a_taker_that_walks_up_the_book_pays_each_maker_its_price() -> None:
    """5 at 0.50, 5 at 0.52 and, as a minted set, 10 against NO at 0.47: 2.5 + 2.6 + 5.3."""
    entries = (stranger("5", "0.5"), stranger("5", "0.52"), stranger("10", "0.47", asset_id=NO, side="BUY"))
    (fill,) = fills_of(trade(*entries, taker=MINE, size="20", price="0.53"))
    assert (fill.cash_micro, fill.price_pips) == (10_400_000, 5_200)
    parts = ((5 * MICRO, 5_000), (5 * MICRO, 5_200), (10 * MICRO, 4_700))
    assert fill.fee_cash_micro == sum(MARKET.fee.fee_cash_micro(shares, price) for shares, price in parts)


def test_without_makers_that_add_up_the_takers_own_price_counts() -> None:
    for entries in ((), (stranger("9", "0.4"),)):
        (fill,) = fills_of(trade(*entries, taker=MINE, price="0.51"))
        assert (fill.cash_micro, fill.price_pips) == (5_100_000, 5_100)


def test_a_makers_side_that_is_not_told_follows_from_the_takers() -> None:
    """Half a micro-dollar is rounded as the contract does: down for a maker who sells, up for one who buys."""

    def moved(side: str, asset_id: str) -> int:
        entry = maker(amount="0.000003", price="0.5", side=None, asset_id=asset_id)
        return fills_of(trade(entry, size="0.000003", side=side))[0].cash_micro

    assert (moved("BUY", YES), moved("SELL", YES)) == (1, 2)
    assert (moved("BUY", NO), moved("SELL", NO)) == (2, 1)


def test_a_price_finer_than_any_tick_moves_its_exact_cash_and_is_shown_rounded() -> None:
    (fill,) = fills_of(trade(maker(amount="1666.666666", price="0.0030000000012"), size="1666.666666"))
    assert (fill.price_pips, fill.shares_micro, fill.cash_micro) == (30, 1_666_666_666, 5_000_000)
    (fill,) = fills_of(trade(maker(amount="3", price="0.3333333333333"), size="3"))  # a dollar, a third each
    assert fill.cash_micro == 1_000_000
    (fill,) = fills_of(trade(maker(amount="0.000003", price="0.55555"), size="0.000003"))
    assert fill.cash_micro == 1


def test_an_order_of_ours_may_meet_one_of_ours() -> None:
    fills = fills_of(trade(maker(MINE_TOO), taker=MINE))
    assert [(fill.order_id, fill.is_maker) for fill in fills] == [("our-1", False), ("our-2", True)]


def test_the_fee_of_a_market_that_we_do_not_know_is_the_dearest() -> None:
    (fill,) = fills_of(trade(stranger(asset_id="77"), taker=MINE, asset_id="77"))
    assert fill.fee_cash_micro == 174_930


@pytest.mark.parametrize(
    ("status", "stage"),
    [
        ("MINED", SettlementStage.MINED),
        ("CONFIRMED", SettlementStage.CONFIRMED),
        ("TRADE_STATUS_CONFIRMED", SettlementStage.CONFIRMED),
        ("RETRYING", SettlementStage.RETRYING),
        ("FAILED", SettlementStage.FAILED),
    ],
)
def test_each_later_status_tells_the_fill_again_and_moves_its_settlement(status: str, stage: SettlementStage) -> None:
    told = given_facts().trade(told_trade(trade(maker(), maker(MINE_TOO), size="20", status=status)), AT_NS)
    assert [fill.order_id for fill in told.fills] == ["our-1", "our-2"]
    assert told.settlements == tuple(SettlementMoved(trade_id="28c4d2eb", order_id=mine, stage=stage) for mine in ("our-1", "our-2"))


@pytest.mark.parametrize("status", ["MATCHED", "MATCHED_NOT_BROADCASTED", "TRADE_STATUS_MATCHED"])
def test_a_matched_trade_is_a_fill_and_no_settlement_yet(status: str) -> None:
    told = given_facts().trade(told_trade(trade(maker(), status=status)), AT_NS)
    assert (len(told.fills), told.settlements) == (1, ())


@pytest.mark.parametrize(
    ("message", "name"),
    [
        (trade(maker(), status="SETTLED"), "unknown_trade_status"),
        (trade(maker(), status=""), "unknown_trade_status"),
        (trade(maker(), id=""), "no_trade_id"),
    ],
)
def test_a_trade_that_cannot_be_placed_is_refused(message: dict[str, object], name: str) -> None:
    with pytest.raises(Refusal) as caught:
        given_facts().trade(told_trade(message), AT_NS)
    assert caught.value.name == name


@pytest.mark.parametrize(
    "message",
    [
        trade(maker(amount="0")),
        trade(maker(amount="-1")),
        trade(maker(amount="1e3")),
        trade(maker(price="0")),
        trade(maker(price="1")),
        trade(maker(price="0.000")),
        trade(maker(price="NaN")),
        trade(taker=MINE, size=""),
        trade(stranger(amount="ten"), taker=MINE),
    ],
)
def test_a_number_that_is_none_and_concerns_us_is_refused(message: dict[str, object]) -> None:
    with pytest.raises(BadNumber):
        given_facts().trade(told_trade(message), AT_NS)


def test_a_strangers_bad_number_does_not_hide_our_fill() -> None:
    assert len(fills_of(trade(stranger(amount="ten"), maker()))) == 1


def test_orders_on_our_account_that_are_not_ours_are_counted_in_any_letter_case() -> None:
    somebody = stranger(maker_address=ADDRESS.lower())
    by_key = stranger(owner=KEY)
    told = given_facts().trade(told_trade(trade(somebody, by_key, stranger(), maker(), size="40")), AT_NS)
    assert (told.foreign, len(told.fills)) == (2, 1)
    assert given_facts().trade(told_trade(trade(maker(), maker_address=ADDRESS.upper().replace("X", "x"))), AT_NS).foreign == 1
    assert UserFacts(given_names(), {}, "").trade(told_trade(trade(stranger(maker_address="", owner=""))), AT_NS).foreign == 0


def test_a_time_that_cannot_be_read_is_the_time_of_receipt() -> None:
    (fill,) = fills_of(trade(maker(), match_time="soon", timestamp=None))
    assert fill.exchange_ns == AT_NS
    (fill,) = fills_of(trade(maker(), match_time=None))
    assert fill.exchange_ns == MATCH_NS + 257_000_000


@given(
    sizes=st.lists(st.integers(1, 10**12), min_size=1, max_size=6),
    prices=st.lists(st.integers(1, 9_999), min_size=6, max_size=6),
    crossed=st.lists(st.booleans(), min_size=6, max_size=6),
    taker_side=st.sampled_from(["BUY", "SELL"]),
)
def test_what_the_taker_moves_is_what_the_makers_moved_to_the_last_micro(
    sizes: list[int], prices: list[int], crossed: list[bool], taker_side: str
) -> None:  # req 0.8
    names, entries = Names(), []
    names.learn("taker", THEIRS)
    other_side = {"BUY": "SELL", "SELL": "BUY"}[taker_side]
    for number, size in enumerate(sizes):
        names.learn(f"maker-{number}", f"0x{number}")
        token, side = (NO, taker_side) if crossed[number] else (YES, other_side)
        entries.append(maker(f"0x{number}", micro_text(size), price_text(prices[number]), asset_id=token, side=side))
    message = trade(*entries, size=micro_text(sum(sizes)), side=taker_side)
    taken, *made = given_facts(names).trade(told_trade(message), AT_NS).fills
    assert [fill.shares_micro for fill in made] == sizes
    moved = sum(fill.shares_micro - fill.cash_micro if cross else fill.cash_micro for fill, cross in zip(made, crossed, strict=False))
    assert taken.cash_micro == max(1, moved)
    assert taken.shares_micro == sum(sizes)
    for fill, price in zip(made, prices, strict=False):
        assert abs(fill.cash_micro * 10_000 - fill.shares_micro * price) < 10_000
        assert fill.price_pips == price


@pytest.mark.data
def test_of_every_kept_trade_each_own_order_gets_its_part(data_dir: Path) -> None:
    """All orders named in a kept message are taken for ours: then makers' and taker's shares must be what it says."""
    kept = [path for path in sorted((data_dir / "polymarket-fixtures").rglob("*.json")) if "user_trade" in path.name]
    assert kept, "no user trade in polymarket-fixtures"
    for path in kept:
        (message,) = decode(path.read_bytes())
        assert isinstance(message, Trade), path
        names = Names()
        for number, name in enumerate(dict.fromkeys([message.taker_order_id, *(entry.order_id for entry in message.maker_orders or ())])):
            names.learn(f"our-{number}", name)
        market = Market(market_id="m", title="m", yes=message.asset_id, no="other")
        told = UserFacts(names, {message.asset_id: market}, "").trade(message, AT_NS)
        assert len(told.fills) == len(names), path
        assert micro_text(told.fills[0].shares_micro) == message.size.removesuffix(".0"), path
        for fill in told.fills:
            assert 0 < fill.cash_micro < fill.shares_micro, path
