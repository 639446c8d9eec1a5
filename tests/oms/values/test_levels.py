from collections.abc import Sequence

import msgspec
import pytest

from oms.machines.book import Book
from oms.values.events import LevelsChanged
from oms.values.levels import BookDigest, HashContext, Level, LevelChange
from oms.values.market import TokenId
from oms.values.orders import Side
from oms.values.units import MICRO, Nanos
from tests.oms.words_oms import told_book, told_change
from tests.words import NOON_NS, YES

CONTEXT = HashContext(recipe="C-2026-04", market="0x2", min_order_size="5", tick_size="0.010", neg_risk=True, last_trade_price="0.490")


def test_a_change_of_levels_is_told_on_the_wire_as_side_price_and_new_absolute_size() -> None:
    change: LevelChange = (Side.BUY, 4_900, 0)
    told = LevelsChanged(token=YES, levels=(change,), exchange_ns=NOON_NS)
    assert msgspec.to_builtins(told)["levels"] == (("BUY", 4_900, 0),)
    assert msgspec.json.decode(msgspec.json.encode(told), type=LevelsChanged).levels == (change,)


def test_what_a_hash_covers_is_kept_to_the_letter_and_cannot_be_changed() -> None:
    # a hash is over text: 0.490 is not 0.49
    assert msgspec.json.decode(msgspec.json.encode(CONTEXT), type=HashContext) == CONTEXT
    with pytest.raises(AttributeError, match="immutable"):
        CONTEXT.last_trade_price = "0.49"  # type: ignore[misc]


def test_an_older_recipe_that_covers_less_needs_no_more_than_its_name_and_the_market() -> None:
    least = HashContext(recipe="A-2025-06", market="0x2")
    assert (least.min_order_size, least.tick_size, least.neg_risk, least.last_trade_price) == ("", "", False, "")
    with pytest.raises(TypeError, match="recipe"):
        HashContext(market="0x2")  # type: ignore[call-arg]


def test_a_digest_is_asked_with_context_token_time_bids_ascending_and_asks_descending() -> None:
    asked: list[tuple[HashContext, TokenId, Nanos, list[Level], list[Level]]] = []

    def listen(context: HashContext, token: TokenId, exchange_ns: Nanos, bids: Sequence[Level], asks: Sequence[Level]) -> str:
        asked.append((context, token, exchange_ns, list(bids), list(asks)))
        return "the hash"

    digest: BookDigest = listen
    book = Book(YES, 100, digest=digest, hash_every=1)
    book.reset(msgspec.structs.replace(told_book([(4_900, 1), (4_700, 2)], [(5_100, 3), (5_300, 4)], hash_text="the hash"), context=CONTEXT), NOON_NS)
    bids, asks = [(4_700, 2 * MICRO), (4_900, 1 * MICRO)], [(5_300, 4 * MICRO), (5_100, 3 * MICRO)]
    assert asked == [(CONTEXT, YES, NOON_NS, bids, asks)]
    book.change(told_change((Side.BUY, 4_800, 5), at_ms=7, hash_text="the hash"), NOON_NS)
    assert asked[1:] == [(CONTEXT, YES, NOON_NS + 7 * MICRO, [bids[0], (4_800, 5 * MICRO), bids[1]], asks)]
