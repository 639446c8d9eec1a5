"""Markets and events as Gamma writes them (polymarket.md §5.2, §1.2): the fields that a bot needs, in the venue's types.

Kept from the venue: JSON inside JSON (`outcomes`, `outcomePrices`, `clobTokenIds`), `version` on every market, on v2 `positionIds` as a real array
and `clobTokenIds` null, and condition ids of 62 digits there, of 64 everywhere else. Numbers for display (volume, liquidity) are this run's.
"""

from typing import Final

import msgspec

from oms.values.market import Market, MarketId
from oms.values.units import NS_PER_SECOND, PRICE_ONE_PIPS, CashMicro, Nanos, micro_text, price_text
from sim.gateway.asking import json_number
from sim.gateway.catalogue import Catalogue, EventEntry, neg_risk_market_id, question_id, slug_of
from sim.gateway.marks import price_micro
from sim.gateway.records import Listed, Series
from sim.gateway.wire import iso_text
from sim.listing import Listing, MarketState

_FEES_ON: Final = 1_000
"""`makerBaseFee`, `takerBaseFee`: legacy numbers that only say that there are fees."""
_DATE_LETTERS: Final = len("2026-11-21")
Told = dict[str, object]


class GammaRows:
    """Writes the rows. `volumes` and `ended` are kept by whoever listens (gamma.py)."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._host = catalogue.host
        self.volumes: Final[dict[MarketId, CashMicro]] = {}
        """Cash that changed hands in all trades of a market."""
        self.ended: Final[dict[MarketId, Nanos]] = {}
        """When it took its last order."""

    def market(self, market_id: MarketId, *, with_event: bool = True) -> Told:
        """One market; inside an event its event is left out. Raises KeyError: no such market."""
        listed, listing = self._host.listed[market_id], self._host.listing(market_id)
        market, terms = listing.market, listed.terms
        entry = self._catalogue.event_of(market)
        index = entry.market_ids.index(market_id)
        told: Told = {
            "id": self._catalogue.number(market_id),
            "question": market.title,
            "conditionId": gamma_condition(market),
            "slug": self._catalogue.slug(listed),
            "version": market.generation,
            "resolutionSource": "",
            "description": terms.description,
            "outcomes": _json_text(terms.outcomes),
            "outcomePrices": _json_text([micro_text(price_micro(self._host, market_id, token)) for token in (market.yes, market.no)]),
            "questionID": question_id(listed, index),
            "groupItemTitle": market.title if market.event_id else "",
            "groupItemThreshold": str(index),
            "tags": _tags(terms.tags),
            **_ids(market),
            **_dates(listed, self.ended.get(market_id)),
            **_state(listing),
            **self._trading(listed, listing),
            **self._display(listing),
            **_neg_risk(market),
        }
        if with_event:
            told["events"] = [self._event_head(entry)]
        return told

    def event(self, entry: EventEntry, *, with_markets: bool = True) -> Told:
        """One event with all its markets."""
        told = self._event_head(entry)
        if with_markets:
            told["markets"] = [self.market(market_id, with_event=False) for market_id in entry.market_ids]
        return told

    def _trading(self, listed: Listed, listing: Listing) -> Told:
        market, terms = listing.market, listed.terms
        fees = market.fee.rate_bps
        told: Told = {
            "enableOrderBook": True,
            "orderPriceMinTickSize": json_number(price_text(market.tick_pips)),
            "orderMinSize": json_number(micro_text(market.min_shares_micro)),
            "makerBaseFee": _FEES_ON if fees else 0,
            "takerBaseFee": _FEES_ON if fees else 0,
            "feesEnabled": bool(fees),
            "rewardsMinSize": 0,
            "rewardsMaxSpread": 0,
            "clobRewards": [],
            "secondsDelay": 0 if terms.hold_keeps_reply else terms.hold_ns // NS_PER_SECOND,
            "clearBookOnStart": False,
        }
        if fees:
            told["feeType"] = "simulated_fees"
            told["feeSchedule"] = {"exponent": market.fee.exponent, "rate": json_number(price_text(fees)), "takerOnly": True, "rebateRate": 0}
        return told

    def _display(self, listing: Listing) -> Told:
        """What the site shows; nobody should trade on it."""
        pool, market_id = listing.pool, listing.market.market_id
        volume, liquidity = micro_text(self.volumes.get(market_id, 0)), micro_text(liquidity_micro(listing))
        told: Told = {
            "volume": volume,
            "volumeNum": json_number(volume),
            "volumeClob": json_number(volume),
            "liquidity": liquidity,
            "liquidityNum": json_number(liquidity),
            "liquidityClob": json_number(liquidity),
            "bestBid": json_number(price_text(pool.best_bid_pips)),
            "bestAsk": json_number(price_text(pool.best_ask_pips)),
            "spread": json_number(price_text(pool.best_ask_pips - pool.best_bid_pips)),
        }
        last = self._host.last_trades.get(market_id)
        if last is not None:
            told["lastTradePrice"] = json_number(price_text(last[0]))
        return told

    def _event_head(self, entry: EventEntry) -> Told:
        """An event without its markets."""
        all_listed = [self._host.listed[market_id] for market_id in entry.market_ids]
        first = all_listed[0]
        slug, states = self._catalogue.event_slug(entry), [self._host.state(market_id) for market_id in entry.market_ids]
        is_group = first.market.neg_risk and bool(first.market.event_id)
        ends = [listed.market.end_ns for listed in all_listed if listed.market.end_ns is not None]
        volume = sum(self.volumes.get(market_id, 0) for market_id in entry.market_ids)
        told: Told = {
            "id": entry.number,
            "ticker": slug,
            "slug": slug,
            "title": self._catalogue.event_title(entry),
            "description": first.terms.description,
            "startDate": iso_text(first.terms.listed_ns),
            "creationDate": iso_text(first.terms.listed_ns),
            "active": True,
            "closed": all(state is MarketState.RESOLVED for state in states),
            "archived": False,
            "restricted": False,
            "enableOrderBook": True,
            "volume": json_number(micro_text(volume)),
            "liquidity": json_number(micro_text(sum(liquidity_micro(self._host.listing(one)) for one in entry.market_ids))),
            "openInterest": json_number(micro_text(sum(self._host.locked_micro(one) for one in entry.market_ids))),
            "negRisk": is_group,
            "enableNegRisk": is_group,
            "negRiskAugmented": False,
            "series": _series(first.terms.series),
            "tags": _tags(first.terms.tags),
        }
        if ends:
            told["endDate"] = iso_text(max(ends))
        if is_group:
            told |= {"negRiskMarketID": neg_risk_market_id(entry.event_id), "negRiskFeeBips": 0}
        return told


def gamma_condition(market: Market) -> str:
    """A condition id as Gamma writes it: of v2 the 31 bytes, without the outcome's zero byte (polymarket.md §1.2)."""
    return market.market_id[:64] if market.generation == "v2" else market.market_id


def _ids(market: Market) -> Told:
    if market.generation == "v2":
        return {"clobTokenIds": None, "positionIds": [market.yes, market.no]}
    return {"clobTokenIds": _json_text([market.yes, market.no])}


def _state(listing: Listing) -> Told:
    """A market that only waits for its resolution is neither closed nor taking orders."""
    state = listing.state
    told: Told = {
        "active": True,
        "closed": state is MarketState.RESOLVED,
        "archived": False,
        "restricted": False,
        "new": False,
        "pendingDeployment": False,
        "deploying": False,
        "acceptingOrders": state is MarketState.OPEN,
    }
    if listing.market.generation == "v2":
        told["resolutionStatus"] = {MarketState.OPEN: "inactive", MarketState.CLOSED: "active", MarketState.RESOLVED: "resolved"}[state]
        return told
    history = [] if state is MarketState.OPEN else ["proposed"] if state is MarketState.CLOSED else ["proposed", "resolved"]
    told["umaResolutionStatuses"] = _json_text(history)
    if history:
        told["umaResolutionStatus"] = history[-1]
    return told


def _dates(listed: Listed, ended_ns: Nanos | None) -> Told:
    begun = iso_text(listed.terms.listed_ns)
    told: Told = {
        "startDate": begun,
        "startDateIso": begun[:_DATE_LETTERS],
        "createdAt": begun,
        "updatedAt": begun,
        "acceptingOrdersTimestamp": begun,
    }
    if listed.market.end_ns is not None:
        end = iso_text(listed.market.end_ns)
        told |= {"endDate": end, "endDateIso": end[:_DATE_LETTERS]}
    if ended_ns is not None:
        told["closedTime"] = iso_text(ended_ns)
    return told


def _neg_risk(market: Market) -> Told:
    told: Told = {"negRisk": market.neg_risk, "negRiskOther": False}
    if market.neg_risk and market.event_id:
        told |= {"negRiskMarketID": neg_risk_market_id(market.event_id), "negRiskRequestID": ""}
    return told


def liquidity_micro(listing: Listing) -> CashMicro:
    """What all that rests would cost, a bid at its price, an ask at what its NO side pays."""
    bids, asks = listing.pool.depth(is_bid=True), listing.pool.depth(is_bid=False)
    return (sum(price * size for price, size in bids) + sum((PRICE_ONE_PIPS - price) * size for price, size in asks)) // PRICE_ONE_PIPS


def _series(series: Series | None) -> list[Told]:
    """The series an event belongs to, which is one or none here."""
    if series is None:
        return []
    slug = slug_of(series.title)
    told: Told = {"id": series.number, "ticker": slug, "slug": slug, "title": series.title, "seriesType": "single", "recurrence": series.recurrence}
    return [{**told, "active": True, "closed": False, "archived": False}]


def _tags(labels: tuple[str, ...]) -> list[Told]:
    return [{"id": str(number + 1), "label": label, "slug": slug_of(label)} for number, label in enumerate(labels)]


def _json_text(values: object) -> str:
    """JSON inside JSON, with the blank after the comma that Gamma writes."""
    return msgspec.json.encode(values).decode().replace('","', '", "')
