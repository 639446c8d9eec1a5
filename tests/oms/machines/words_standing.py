"""Where a bundle in flight stands, said by hand: prices in pips, sizes in whole shares and dollars."""

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from oms.machines.bundle import Asked, Run
from oms.machines.bundle_sums import Standing, TokenNow
from oms.values.bundles import Bundle, Terms, Transfer
from oms.values.levels import Level
from oms.values.market import FeeCurve, Market
from oms.values.units import MICRO
from tests.words import NOON_NS, Ladder
from tests.words_bundles import given_outcome

NAMES = ("a", "b", "c")


def given_run(bundle: Bundle, *, rounds: int = 0, done: tuple[Transfer, ...] = (), refused: tuple[Transfer, ...] = (), **terms: object) -> Run:
    """A bundle of which so many rounds left, and these transfers were answered."""
    run = Run("7-b1", "arbitrage", replace(bundle, terms=Terms(**terms)) if terms else bundle, NOON_NS)  # type: ignore[arg-type]
    run.rounds = rounds
    for transfer in done:
        run.transfers[f"7-b1/t{len(run.transfers) + 1}"] = Asked(transfer, NOON_NS, is_done=True)
    for transfer in refused:
        run.transfers[f"7-b1/t{len(run.transfers) + 1}"] = Asked(transfer, NOON_NS, refused="paused")
    return run


def given_token(
    token: str, *, bids: Ladder = (), asks: Ladder = (), sellable: float = 0, fee_bps: int = 0, paid_ppm: int | None = None
) -> tuple[str, TokenNow]:
    """One token, named market:outcome; the venue takes five shares at least."""
    name, _, outcome = token.partition(":")
    market: Market = given_outcome(name, fee=FeeCurve(rate_bps=fee_bps))

    def levels(ladder: Ladder) -> tuple[Level, ...]:
        return tuple((price, shares * MICRO) for price, shares in ladder)

    return token, TokenNow(
        market=market,
        is_yes=outcome == "YES",
        bids=levels(bids),
        asks=levels(asks),
        min_shares_micro=market.min_shares_micro,
        sellable_micro=round(sellable * MICRO),
        paid_ppm=paid_ppm,
    )


def given_standing_now(
    *tokens: tuple[str, TokenNow],
    held: Mapping[str, float] | None = None,
    cash: float = 0,
    winners: tuple[str, ...] = ("a", "b"),
    first: tuple[str, ...] = (),
    **flags: Any,  # noqa: ANN401 - as Standing has them
) -> Standing:
    """These tokens as told, the others of a, b and c without books; nothing under way, all settled, everything allowed unless told otherwise."""
    every = dict([given_token(f"{name}:{outcome}") for name in NAMES for outcome in ("YES", "NO")])
    return Standing(
        at_ns=NOON_NS,
        tokens=every | dict(tokens),
        held={token: round(shares * MICRO) for token, shares in (held or {}).items()},
        cash_micro=round(cash * MICRO),
        winners=winners,
        first=first,
        **{"is_waiting": False, "is_settled": True, "may_take": True, **flags},
    )
