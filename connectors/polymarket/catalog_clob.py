"""What the CLOB itself says of a market: the grid and fee of now, and whether it takes orders. Pure.

`agreed` holds it against what Gamma said (cached up to five minutes): of grid, minimum, fee and delays the CLOB's word counts; where the two name
different tokens or generations the market is refused. `long_listed` reads the CLOB's own long rows, which tell neither generation nor fee.
"""

from msgspec.structs import replace

from connectors.polymarket.catalog import (
    DEAREST_FEE,
    ID_SHOWN_MAX,
    Listing,
    Unlisted,
    UnlistedError,
    Why,
    check_tokens,
    condition_of,
    curve_of,
    generation_of,
    minimum_of,
    moment_ns,
    rewards_of,
    tick_of,
)
from connectors.polymarket.catalog_wire import BadRow, CompactMarket, FeeSchedule, LongMarket, compact_market, long_market
from connectors.polymarket.reference import reference_in
from oms.values.market import FeeCurve, Market
from oms.values.texts import one_line
from oms.values.units import BadNumber


def agreed(listing: Listing, body: bytes) -> Listing | Unlisted:
    """The listing with what GET /clob-markets/{condition} says now; or why it is not traded after all."""
    market_id = listing.market.market_id
    try:
        return _joined(listing, compact_market(body))
    except UnlistedError as error:
        return Unlisted(market_id=market_id, why=error.why, text=str(error))
    except (BadRow, BadNumber) as error:
        return Unlisted(market_id=market_id, why=Why.UNREADABLE, text=f"{Why.UNREADABLE.value}: {error}"[:300])


def _joined(listing: Listing, told: CompactMarket) -> Listing:
    market = listing.market
    tokens = [token.t for token in told.t]
    if sorted(tokens) != sorted((market.yes, market.no)):
        raise UnlistedError(Why.CONTRADICTION, f"tokens {tokens}")
    if told.c.lower().ljust(66, "0") != market.market_id:
        raise UnlistedError(Why.CONTRADICTION, f"condition {told.c}")
    if told.v is not None and told.v != market.generation:
        raise UnlistedError(Why.CONTRADICTION, f"version {told.v}")
    if bool(told.nr) is not market.neg_risk:
        raise UnlistedError(Why.CONTRADICTION, f"negRisk {told.nr}")
    if not told.ao:
        raise UnlistedError(Why.NOT_ACCEPTING, f"ao {told.ao}")
    fee = market.fee if told.fd is None else curve_of(FeeSchedule(exponent=told.fd.e, rate=told.fd.r, taker_only=told.fd.to))
    return replace(
        listing,
        market=replace(market, tick_pips=tick_of(told.mts), min_shares_micro=minimum_of(told.mos), fee=fee, assumptions=_kept(market, told)),
        holds_takers=bool(told.itode),
        delay_s=max(0, told.oas or listing.delay_s),
        game_start_ns=moment_ns(told.gst) or listing.game_start_ns,
        clears_book_at_start=bool(told.cbos) and (moment_ns(told.gst) or listing.game_start_ns) is not None,
    )


def _kept(market: Market, told: CompactMarket) -> tuple[str, ...]:
    """What is still assumed: a fee that is told now is not."""
    return tuple(text for text in market.assumptions if told.fd is None or not text.startswith("taker fee"))


def long_listed(row: bytes, *, fee: FeeCurve = DEAREST_FEE, assume_v1: bool = False) -> Listing | Unlisted:
    """A row of the CLOB's /markets or /sampling-markets. Its fee is not told there: give one, else the dearest is assumed."""
    name = ""
    try:
        told = long_market(row)
        name = told.condition_id
        return _long(told, fee, assume_v1=assume_v1)
    except UnlistedError as error:
        return Unlisted(market_id=one_line(name, ID_SHOWN_MAX), why=error.why, text=str(error))
    except (BadRow, BadNumber) as error:
        return Unlisted(market_id=one_line(name, ID_SHOWN_MAX), why=Why.UNREADABLE, text=f"{Why.UNREADABLE.value}: {error}"[:300])


def _long(told: LongMarket, fee: FeeCurve, *, assume_v1: bool) -> Listing:
    if told.closed or told.archived or not told.active:
        raise UnlistedError(Why.NOT_OPEN, f"closed {told.closed}, archived {told.archived}, active {told.active}")
    if not told.enable_order_book:
        raise UnlistedError(Why.NO_BOOK, f"enable_order_book {told.enable_order_book}")
    if not told.accepting_orders:
        raise UnlistedError(Why.NOT_ACCEPTING, f"accepting_orders {told.accepting_orders}")
    generation, assumptions = generation_of(None, assume_v1=assume_v1)
    if len(told.tokens) != 2 or told.tokens[0].token_id == told.tokens[1].token_id:
        raise UnlistedError(Why.NOT_BINARY, f"{len(told.tokens)} tokens")
    yes, no = told.tokens
    check_tokens(yes.token_id, no.token_id, generation)
    market_id = condition_of(told.condition_id, generation, yes.token_id)
    pays = told.rewards
    return Listing(
        market=Market(
            market_id=market_id,
            title=told.question or told.market_slug or market_id,
            yes=yes.token_id,
            no=no.token_id,
            tick_pips=tick_of(told.minimum_tick_size),
            min_shares_micro=minimum_of(told.minimum_order_size),
            fee=fee,
            end_ns=moment_ns(told.end_date_iso),
            neg_risk=bool(told.neg_risk),
            generation=generation,
            assumptions=(*assumptions, f"taker fee {fee.rate_bps} bps: this row tells none"),
        ),
        slug=told.market_slug,
        outcomes=(yes.outcome, no.outcome),
        reference=reference_in("", told.description or ""),
        rewards=None if pays is None else rewards_of(pays.min_size, pays.max_spread, [rate.rewards_daily_rate for rate in pays.rates or ()]),
        game_start_ns=moment_ns(told.game_start_time),
        delay_s=max(0, told.seconds_delay or 0),
    )
