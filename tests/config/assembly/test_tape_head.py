"""What a tape of ours lists at the head of each segment, as markets come, change and go."""

import msgspec
from msgspec.structs import replace

from config.assembly.outside import Chosen
from config.assembly.tape_head import TapeHead
from connectors.tape import CHANNEL_EVENT_LISTED, CHANNEL_MARKET_LISTED
from oms.values.events import EventListed, MarketListed
from oms.values.market import EventGroup, Market
from tests.config.assembly.words_following import given_listing

A, B = given_listing("a", event_id="e"), given_listing("b", event_id="e")
GROUP = EventGroup(event_id="e", market_ids=("a", "b"), exclusive=True, exhaustive=True)
CHOSEN = Chosen(listings=(A, B), groups=(GROUP,))


def told(*facts: Market | EventGroup) -> list[tuple[str, bytes]]:
    return [(CHANNEL_MARKET_LISTED if isinstance(fact, Market) else CHANNEL_EVENT_LISTED, msgspec.json.encode(fact)) for fact in facts]


def test_a_head_has_every_market_and_its_event_as_they_are_now() -> None:
    head = TapeHead(CHOSEN)
    assert head.frames() == told(A.market, B.market, GROUP)
    later, more = replace(A.market, end_ns=1), replace(GROUP, market_ids=("a", "b", "c"))
    assert [head.take(MarketListed(market=later)), head.take(EventListed(group=more))] == told(later, more)
    assert head.frames() == told(later, B.market, more)


def test_a_market_that_is_over_is_in_no_later_head_and_its_event_goes_with_the_last() -> None:
    head = TapeHead(CHOSEN)
    head.let_go("a")
    head.let_go("never heard of")
    assert head.frames() == told(B.market, GROUP)
    head.let_go("b")
    head.take(MarketListed(market=given_listing("c").market))
    assert head.frames() == told(given_listing("c").market)


def test_a_tape_whose_markets_are_all_over_still_lists_the_last_of_them() -> None:
    head = TapeHead(CHOSEN)
    for name in "ab":
        head.let_go(name)
    assert head.frames() == told(B.market)
    assert TapeHead(Chosen(listings=())).frames() == []
