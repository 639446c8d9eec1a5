"""What a recording does with markets that come and go: it is told of none but by the tape. The recordings themselves are in test_record.py."""

import asyncio

import pytest

from config.assembly.record_following import RecordParty
from config.assembly.roster import Standing
from oms.values.commands import Alert
from oms.values.events import EventListed, MarketListed, SharesArrived
from oms.values.market import EventGroup, Market, MarketId
from tests.config.assembly.words_following import given_listing

A = given_listing("a").market


class Writer:
    """A recording that writes down what it is asked to do."""

    def __init__(self) -> None:
        self.told: list[MarketListed | EventListed] = []
        self.gone: list[Market] = []
        self.resolved: list[MarketId] = []

    def is_resolved(self, market_id: MarketId) -> bool:
        return market_id in self.resolved

    def listed(self, fact: MarketListed | EventListed) -> None:
        self.told.append(fact)

    def let_go(self, market: Market) -> None:
        self.gone.append(market)


def test_a_market_is_recorded_until_it_is_paid_out_whatever_its_end() -> None:
    writer = Writer()
    party = RecordParty(writer)
    assert party.standing(given_listing("a", left_ns=-1).market) is Standing.OPEN
    writer.resolved.append("a")
    assert party.standing(A) is Standing.OVER
    party.reopen(A)
    party.tidy({})
    assert writer.gone == []
    party.let_go(A)
    assert writer.gone == [A]


def test_only_listings_go_onto_the_tape_in_the_order_told() -> None:
    writer = Writer()
    party = RecordParty(writer)
    group = EventListed(group=EventGroup(event_id="e", market_ids=("a",), exclusive=True, exhaustive=False))
    assert asyncio.run(party.before([A])) == {"a": ()}
    party.take_up([MarketListed(market=A), group, SharesArrived(token=A.yes, shares_micro=1, deposit_id="d")])
    assert writer.told == [MarketListed(market=A), group]
    assert party.is_known("never heard of")


def test_what_a_person_must_see_is_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    RecordParty(Writer()).alarm(Alert(kind="markets wait", text="2 more wait"))
    (record,) = caplog.records
    assert (record.message, getattr(record, "pairs", None)) == ("alarm", {"kind": "markets wait", "text": "2 more wait"})
