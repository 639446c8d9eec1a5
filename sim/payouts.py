"""How locked cash is shared out, at a market's end and in a conversion. Pure: what is held in, what comes out, never more than is locked."""

from collections.abc import Sequence
from typing import Final

import msgspec

from oms.values.market import PAYOUT_ONE_PPM, Payout
from oms.values.units import CashMicro, SharesMicro

_BPS: Final = 10_000


def vector_payouts(payout: Payout, held: Sequence[tuple[SharesMicro, SharesMicro]]) -> list[CashMicro]:
    """Each share pays its part of a dollar: (YES, NO) holdings in, cash out, rounded down a token, as the contract redeems (onchain.md).

    As many YES as NO are outstanding as micro-dollars are locked and the two parts add up to a dollar, so the sum is never more than is locked.
    """
    return [yes * payout.yes_ppm // PAYOUT_ONE_PPM + no * payout.no_ppm // PAYOUT_ONE_PPM for yes, no in held]


def cost_refunds(locked_micro: CashMicro, claims: Sequence[CashMicro], shares: Sequence[SharesMicro]) -> list[CashMicro]:
    """Everybody gets back what the shares still held cost, as far as the locked cash goes (trap T9, requirement 3.36).

    Costs and locked cash differ by what traders have realised since the sets were made. Shortfall: every claim is cut in the same proportion.
    Surplus: what is left after all claims is shared out equally over all shares. Both round down; the sum is never more than is locked.
    """
    claimed, held = sum(claims), sum(shares)
    if claimed >= locked_micro:
        return [claim * locked_micro // claimed if claimed else 0 for claim in claims]
    surplus = locked_micro - claimed
    return [claim + (surplus * part // held if held else 0) for claim, part in zip(claims, shares, strict=True)]


class Conversion(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What comes out of a conversion."""

    cash_micro: CashMicro
    """For the account that converts."""
    yes_micro: SharesMicro
    """For it, of each other question."""
    fee_cash_micro: CashMicro
    """For the venue."""
    fee_yes_micro: SharesMicro
    """For the venue, of each other question."""


def conversion(questions: int, shares_micro: SharesMicro, fee_bps: int) -> Conversion:
    """NO of so many questions, `shares_micro` of each, become all but one dollar a set and a YES of each other question (onchain.md §5).

    The fee is rounded down, and is taken from the cash and from the YES alike.
    """
    fee = shares_micro * fee_bps // _BPS
    return Conversion(
        cash_micro=(questions - 1) * (shares_micro - fee), yes_micro=shares_micro - fee, fee_cash_micro=(questions - 1) * fee, fee_yes_micro=fee
    )
