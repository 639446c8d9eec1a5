"""Which markets are followed, and what a new answer of the catalogue changes. Pure: who asks and who acts is in following.py.

What it decides: which markets are new and may be taken up, those that end first before others; which ones the catalogue tells otherwise than before;
which are over. What it does not: whether the CLOB takes orders there now, which is asked before anything is taken up.

A catalogue may be minutes old, lack pages or be wrong (polymarket.md §0.28, §5.3). So a market that it does not name any more is only doubted, after
whole answers without it, and the CLOB is asked about it; nothing stops because the catalogue fails. What ended by its time and was not paid out is
kept a while, because the word of its payout comes to those who listen, and its end may yet move.
"""

import enum
from collections.abc import Callable, Iterable
from typing import Final

import msgspec

from config.assembly.outside import Told, by_end, is_ended
from connectors.polymarket.catalog import Listing
from oms.values.market import EventGroup, EventId, Market, MarketId
from oms.values.units import NS_PER_SECOND, Nanos

KEPT_NS: Final = 600 * NS_PER_SECOND
"""After its end a market of which nothing is held is listened to for so long: most payouts come within three minutes (polymarket.md §10)."""
MISSED_MAX: Final = 2
"""In so many whole answers in a row a market may be missing before it is doubted: two servers of a cache may disagree."""
GONE_MAX: Final = 10_000
"""Markets that were let go and are remembered, so that an old answer does not bring them back."""


class Standing(enum.Enum):
    """How far a market is, for whoever follows it."""

    OPEN = "trading, as far as is known"
    HELD = "trading ended, and something of it is ours"
    ENDED = "trading ended, and nothing of it is ours"
    OVER = "it is paid out"


class Followed(msgspec.Struct):
    """One market that is followed. Mutable, and the roster's own."""

    listing: Listing
    """As it was confirmed last."""
    told: Market
    """As the catalogue told it last."""
    missed: int = 0
    """Whole answers in a row that did not name it."""


class News(msgspec.Struct, frozen=True, kw_only=True):
    """What an answer of the catalogue says that was not known."""

    new: tuple[Listing, ...] = ()
    """Those that end first come first; more than there is room for."""
    changed: tuple[Listing, ...] = ()
    doubted: tuple[Listing, ...] = ()
    """As they are followed."""


class Roster:
    """The markets of one run."""

    def __init__(self, listings: Iterable[Listing], groups: Iterable[EventGroup], at_most: int, *, closes_by_time: bool = True) -> None:
        """`closes_by_time`: to whoever follows, a market is over for trading when its end has passed, whatever the catalogue goes on to say."""
        self.followed: dict[MarketId, Followed] = {one.market.market_id: Followed(one, one.market) for one in listings}
        self.groups: dict[EventId, EventGroup] = {group.event_id: group for group in groups}
        """As they were told last."""
        self._at_most = at_most
        self._closes_by_time = closes_by_time
        self._gone: dict[MarketId, Nanos] = {}
        """Market → its end when it was let go, 0 if nobody knew one."""

    def room(self, at_ns: Nanos) -> int:
        """How many more may be open at one time."""
        return max(0, self._at_most - sum(not is_ended(one.listing.market, at_ns) for one in self.followed.values()))

    def over(self, standing: Callable[[Market], Standing], at_ns: Nanos) -> list[Market]:
        """Those that nobody needs to listen to any more."""
        return [one.listing.market for one in self.followed.values() if _is_over(one.listing.market, standing(one.listing.market), at_ns)]

    def news(self, told: Told, at_ns: Nanos) -> News:
        """Hold what the catalogue says against what is known; it is the caller's turn to ask the CLOB about all of it."""
        known = [(self.followed[name], listing) for name, listing in told.listings.items() if name in self.followed]
        for name, one in self.followed.items():
            one.missed = 0 if name in told.listings else one.missed + (not told.missing)
        missed = [] if told.missing else [one for one in self.followed.values() if one.missed >= MISSED_MAX]
        return News(
            new=tuple(by_end([one for name, one in told.listings.items() if name not in self.followed and self._is_news(one.market, at_ns)])),
            changed=tuple([listing for one, listing in known if listing.market != one.told]),
            doubted=tuple([one.listing for one in missed if not (self._closes_by_time and is_ended(one.listing.market, at_ns))]),
        )

    def _is_news(self, market: Market, at_ns: Nanos) -> bool:
        """Not over, and not let go before, unless its end has moved to later since."""
        gone_ns = self._gone.get(market.market_id)
        return not is_ended(market, at_ns) and (gone_ns is None or (market.end_ns or 0) > gone_ns)

    def take(self, listing: Listing, told: Market) -> bool:
        """Follow this one, as the CLOB confirmed it and as the catalogue `told` it. Returns whether anything about it is news."""
        market_id = listing.market.market_id
        before = self.followed.get(market_id)
        self.followed[market_id] = Followed(listing, told)
        self._gone.pop(market_id, None)
        return before is None or before.listing.market != listing.market

    def vouched(self, market_id: MarketId) -> None:
        """The CLOB takes orders there, whatever the catalogue does not say."""
        self.followed[market_id].missed = 0

    def let_go(self, market: Market, *, for_good: bool) -> None:
        """Follow this one no longer; its event goes with the last of its markets. Not `for_good`: until the catalogue names it again."""
        del self.followed[market.market_id]
        if for_good:
            self._gone[market.market_id] = market.end_ns or 0
            if len(self._gone) > GONE_MAX:
                del self._gone[next(iter(self._gone))]
        if not any(one.listing.market.event_id == market.event_id for one in self.followed.values()):
            self.groups.pop(market.event_id, None)

    def events(self, told: Told, is_known: Callable[[MarketId], bool]) -> list[EventGroup]:
        """Events of markets that are followed of which the catalogue tells otherwise than before; from then on they count as told.

        An outcome that is resolved leaves the catalogue's list, and stays in ours as long as anybody knows it (`is_known`): what is said of the
        others, that they exclude each other or that one of them must win, the catalogue says with it in mind.
        """
        news: list[EventGroup] = []
        for group in told.groups.values():
            if not any(market_id in self.followed for market_id in group.market_ids):
                continue
            known = self.groups.get(group.event_id)
            merged = group if known is None else _merged(group, known, is_known)
            if merged != known:
                self.groups[group.event_id] = merged
                news.append(merged)
        return news


def _is_over(market: Market, standing: Standing, at_ns: Nanos) -> bool:
    if standing is Standing.ENDED:
        return market.end_ns is None or at_ns >= market.end_ns + KEPT_NS
    return standing is Standing.OVER


def _merged(group: EventGroup, known: EventGroup, is_known: Callable[[MarketId], bool]) -> EventGroup:
    """As the catalogue says now, with the outcomes that it does not list any more; those that stay keep their order."""
    listed = dict.fromkeys(group.market_ids)
    kept = dict.fromkeys([name for name in known.market_ids if name in listed or is_known(name)])
    market_ids: tuple[MarketId, ...] = tuple({**kept, **listed})
    return msgspec.structs.replace(group, market_ids=market_ids)
