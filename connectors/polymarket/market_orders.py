"""Orders that take what is there: at which limit price, and for how much cash. Pure, in integers.

The same answers as the official clients give in floats (data/vectors/market_price.json, fee_adjusted_buy.json), without their last digits.
"""

from collections.abc import Iterable

from oms.values.levels import Level
from oms.values.market import FeeCurve
from oms.values.orders import Side
from oms.values.units import PRICE_ONE_PIPS, CashMicro, Pips, SharesMicro

_BPS = 10_000


def walked_price(levels: Iterable[Level], side: Side, size_micro: int, *, is_whole: bool) -> Pips | None:
    """The limit price at which this book fills the order; None: it does not.

    Args:
        levels: what the order meets, best first: asks for a BUY, bids for a SELL.
        side: ours.
        size_micro: cash for a BUY, shares for a SELL (polymarket.md §4.1).
        is_whole: all or nothing (FOK). Otherwise (FAK) a book that is too thin is swept, and the worst price is the limit.
    """
    met, price_pips = 0, None
    wanted = size_micro * PRICE_ONE_PIPS
    for price, shares_micro in levels:
        price_pips = price
        met += shares_micro * (price if side is Side.BUY else PRICE_ONE_PIPS)
        if met >= wanted:
            return price_pips
    return None if is_whole else price_pips


def affordable_cash_micro(cash_micro: CashMicro, balance_micro: CashMicro, price_pips: Pips, fee: FeeCurve, builder_bps: int = 0) -> CashMicro:
    """How much of `cash_micro` an immediate BUY may spend so that the balance also pays the fees; 0: nothing.

    The fees of the whole wish are left over, not those of what remains of it; so it is a little less than the most, as with
    `adjust_market_buy_amount` of py-clob-client-v2 1.2.1. Fees are rounded up, as everywhere here.
    """
    cash_micro = min(cash_micro, balance_micro)
    shares_micro: SharesMicro = -(-cash_micro * PRICE_ONE_PIPS // price_pips)
    fees = fee.fee_cash_micro(shares_micro, price_pips) - (-cash_micro * builder_bps // _BPS)
    return cash_micro if balance_micro > cash_micro + fees else max(0, balance_micro - fees)
