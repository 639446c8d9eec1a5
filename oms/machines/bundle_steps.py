"""What to do next for a bundle in flight. Pure: where it stands goes in, one step comes out; asked again whenever something changed.

    sets are made, if the legs sell them → the legs leave, all at once or the thinnest first → what is missing is sought at worse prices as long as
    the whole would not lose → else what is left over is sold, not below a bound → all is settled → sets are turned into cash → the end

Nothing is remembered here. Every step is judged by one number: what everything held would leave at least, whoever wins (`worst`). So a bundle of
which two of three NO legs filled is simply a smaller bundle when that pays, and one whose settlement failed is mended as if the leg had been missed.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from oms.machines.bundle import Run
from oms.machines.bundle_sums import DUST_MICRO, Standing, Wish, after, is_bounded, progress_of, still_there, thinnest, walked, worst
from oms.values.bundles import BundleEnd, Leg, Transfer, TransferKind
from oms.values.market import MarketId, TokenId
from oms.values.orders import Lifetime, Side
from oms.values.units import CashMicro, SharesMicro

ROUNDS_MAX: Final = 20


class Wait(msgspec.Struct, frozen=True):
    """Nothing to do until something happens."""

    mending: bool = False
    """What is left over finds no price just now: its patience runs."""
    settling: bool = False
    """Nothing is missing; the trades have to become final."""


class Fire(msgspec.Struct, frozen=True):
    """These orders leave, together."""

    wishes: tuple[Wish, ...]
    why: str
    again: bool = False
    """When nothing of it is allowed it is tried again, after a rest."""


class Move(msgspec.Struct, frozen=True):
    """These transfers are asked for."""

    transfers: tuple[Transfer, ...]


class Finish(msgspec.Struct, frozen=True):
    """It is over."""

    end: BundleEnd
    result_micro: CashMicro
    why: str


Step = Wait | Fire | Move | Finish


def next_step(run: Run, now: Standing) -> Step:
    """What to do next."""
    if now.is_waiting or any(asked.is_open for asked in run.transfers.values()):
        return Wait()
    if not run.rounds:
        return _begin(run, now)
    if not run.bundle.terms.at_once and run.rounds == 1:
        return _follow(run, now)
    return _mend(run, now)


def _begin(run: Run, now: Standing) -> Step:
    """Before the first leg left."""
    bundle = run.bundle
    if bundle.before and not run.transfers:
        return Move(bundle.before)
    if any(asked.refused for asked in run.transfers.values()):
        return _end(run, now, "the sets were not made")
    if len(run.transfers) > len(bundle.before):
        return _end(run, now, "the sets were turned back before the legs could leave")
    if not now.may_take:
        return _end(run, now, "the session or a market does not allow immediate orders any more")
    if bundle.before and not still_there(bundle.legs, now):
        return _end(run, now, "the prices had gone when the sets were there")
    legs = bundle.legs
    if bundle.terms.at_once:
        return Fire(tuple([_wish(leg, leg.shares_micro, Lifetime.FOK) for leg in legs]), "all legs at once")
    lead = thinnest(legs, now)
    return Fire(tuple([_wish(leg, leg.shares_micro, Lifetime.FAK) for leg in legs if leg.token == lead]), "the thinnest leg first")


def _follow(run: Run, now: Standing) -> Step:
    """After the leading leg: the others, sized to what it filled."""
    filled = min((progress_of(run, now)[token] for token in now.first), default=0)  # no first one: the gate did not let it pass
    if filled < DUST_MICRO or not now.may_take:
        return _mend(run, now)
    wishes: list[Wish] = []
    left: dict[TokenId, SharesMicro] = {}
    for leg in run.bundle.legs:
        if leg.token in now.first:
            continue
        open_micro = left.setdefault(leg.token, filled)
        shares = min(leg.shares_micro, open_micro)
        if shares > 0:
            wishes.append(_wish(leg, max(shares, now.tokens[leg.token].min_shares_micro), Lifetime.FOK))
            left[leg.token] = open_micro - shares
    return Fire(tuple(wishes), "the other legs, as many as the first one filled")


def _mend(run: Run, now: Standing) -> Step:
    """All legs had their chance: finish, or make the best of what is there."""
    progress = progress_of(run, now)
    reached = min(progress.values())
    if max(progress.values()) - reached <= DUST_MICRO or reached >= run.bundle.sets_micro:
        return _settle(run, now, "every leg filled" if reached > DUST_MICRO else "no leg filled")
    options = [option for option in (_chase(run, now, progress), _unwind(run, now, progress)) if option is not None]
    hold = worst(now, now.held, now.cash_micro)
    best = max(options, key=lambda option: option[0], default=None)
    if hold >= 0 and (best is None or best[0] <= hold):
        return _settle(run, now, "a smaller bundle that does not lose either")
    if best is not None and best[0] > hold and now.may_take and run.rounds < ROUNDS_MAX and now.at_ns >= run.rests_until_ns:
        return best[1]
    if not now.is_settled:  # what was bought cannot be sold before
        return Wait()
    if run.mend_until_ns is None or now.at_ns < run.mend_until_ns:
        return Wait(mending=True)
    return _settle(run, now, "what is left over found no price within its bound in time")


def _settle(run: Run, now: Standing, why: str) -> Step:
    """Wait for the last settlement, turn into cash what can be, end."""
    if not now.is_settled:
        return Wait(settling=True)
    return _end(run, now, why)


def _end(run: Run, now: Standing, why: str) -> Step:
    moves = () if now.is_halted else _turned_back(run, now)
    if moves:
        return Move(moves) if now.may_move else Wait()
    progress = progress_of(run, now)
    result = worst(now, now.held, now.cash_micro)
    most, least = max(progress.values()), min(progress.values())
    left = any(abs(shares) > DUST_MICRO for shares in now.held.values())
    is_whole = run.bundle.sets_micro - least <= DUST_MICRO and Side.SELL not in _sides(run).values()  # what sold its last leg at a loss is unwound
    if most > DUST_MICRO and (result >= 0 or is_whole):
        return Finish(BundleEnd.COMPLETE, result, why)
    if DUST_MICRO < most <= least + DUST_MICRO:
        return Finish(BundleEnd.UNWOUND, result, why)
    if left:
        return Finish(BundleEnd.EXPOSED, result, why)
    return Finish(BundleEnd.UNWOUND if now.cash_micro else BundleEnd.MISSED, result, why)


def _chase(run: Run, now: Standing, progress: Mapping[TokenId, SharesMicro]) -> tuple[CashMicro, Fire] | None:
    """Fill what is missing at what it costs now; None: not possible, the whole would lose, or too much is risked if a trade then fails."""
    terms = run.bundle.terms
    if run.rounds - (not terms.at_once) > terms.chases_max:
        return None
    goal = min(max(progress.values()), run.bundle.sets_micro)
    wishes: list[Wish] = []
    for token, side in _sides(run).items():
        missing = goal - progress[token]
        if missing > DUST_MICRO:
            wish = walked(token, side, missing, now)
            if wish is None:
                return None
            wishes.append(wish)
    result = after(wishes, now)
    if result < 0 or not is_bounded(wishes, now):
        return None
    return result, Fire(tuple(wishes), "the missing legs, at a price at which the whole does not lose")


def _unwind(run: Run, now: Standing, progress: Mapping[TokenId, SharesMicro]) -> tuple[CashMicro, Fire] | None:
    """Sell what legs bought too much or did not sell yet, no further below their limits than the terms allow; None: not possible now."""
    least, most = min(progress.values()), min(max(progress.values()), run.bundle.sets_micro)
    floors = {leg.token: leg.price_pips - run.bundle.terms.unwind_pips for leg in run.bundle.legs}  # the worst of a token's limits is its last
    wishes: list[Wish] = []
    for token, side in _sides(run).items():
        over = progress[token] - least if side is Side.BUY else most - progress[token]
        if over > DUST_MICRO:
            wish = walked(token, Side.SELL, min(over, now.tokens[token].sellable_micro), now)
            if wish is not None and wish.price_pips >= floors[token]:
                wishes.append(wish)
    if not wishes or not is_bounded(wishes, now):
        return None
    return after(wishes, now), Fire(tuple(wishes), "what is left over is sold again", again=True)


def _turned_back(run: Run, now: Standing) -> tuple[Transfer, ...]:
    """Sets that can become cash: whole ones of a market, and NO of several outcomes of an event. Each is asked for once."""
    planned = {transfer.kind for transfer in (*run.bundle.before, *run.bundle.after)}
    asked = [(one.transfer.kind, one.transfer.market_ids) for one in run.transfers.values()]
    moves: list[Transfer] = []
    held = dict(now.held)
    if TransferKind.MERGE in planned or TransferKind.SPLIT in planned:
        for market_id, (yes, no) in _pairs(now).items():
            shares = min(held.get(yes, 0), held.get(no, 0))
            if shares > DUST_MICRO and (TransferKind.MERGE, (market_id,)) not in asked:
                moves.append(Transfer(kind=TransferKind.MERGE, market_ids=(market_id,), shares_micro=shares))
                held[no] -= shares
    turned = next((transfer for transfer in run.bundle.after if transfer.kind is TransferKind.CONVERT), None)
    is_open = len(now.winners) > 1  # once it is known who won, NO shares pay in full, and without a fee
    if turned is not None and is_open and not any(kind is TransferKind.CONVERT for kind, _ in asked):
        nos = {  # no more of it than is pledged (bundle_gate.pledges): what better prices brought beyond stays NO, which others may have counted on
            seen.market.market_id: min(held.get(token, 0), turned.shares_micro)
            for token, seen in now.tokens.items()
            if not seen.is_yes and seen.paid_ppm is None and held.get(token, 0) > DUST_MICRO
        }
        shares = _most_converted(list(nos.values()))
        if shares:
            given = tuple([name for name, held_micro in nos.items() if held_micro >= shares])
            moves.append(Transfer(kind=TransferKind.CONVERT, market_ids=given, shares_micro=shares, fee_bps=turned.fee_bps))
    return tuple(moves)


def _most_converted(held: list[SharesMicro]) -> SharesMicro:
    """How many of each to convert so that most cash comes back: of many outcomes as few as the least has, or more of fewer. 0: nothing comes back."""
    held.sort(reverse=True)
    return max(((count * shares, shares) for count, shares in enumerate(held) if count), default=(0, 0))[1]


def _pairs(now: Standing) -> dict[MarketId, tuple[TokenId, TokenId]]:
    """What has not paid yet; a paid share is cash already."""
    return {seen.market.market_id: (seen.market.yes, seen.market.no) for seen in now.tokens.values() if seen.paid_ppm is None}


def _sides(run: Run) -> dict[TokenId, Side]:
    return {leg.token: leg.side for leg in run.bundle.legs}


def _wish(leg: Leg, shares_micro: SharesMicro, lifetime: Lifetime) -> Wish:
    return Wish(token=leg.token, side=leg.side, price_pips=leg.price_pips, shares_micro=shares_micro, lifetime=lifetime)
