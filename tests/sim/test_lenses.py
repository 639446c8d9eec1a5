"""The tally of each lens: what the same orders would have made, and what is left at the worst and at the mark."""

from oms.values.market import Payout
from oms.values.orders import Side
from oms.values.units import MICRO
from sim.lenses import Lens, new_lenses
from sim.paper_book import LENSES, PaperFill
from tests.sim.words_sim import CENT
from tests.words import NO, YES, given_market

MARKETS = {YES: given_market(), NO: given_market()}


def take(lens: Lens, side: Side, cents: int, shares: int, *, token: str = YES, fee: int = 0, inferred: bool = False) -> None:
    lens.take(
        PaperFill(
            lens=0, order_id="a", token=token, side=side, price_pips=cents * CENT, shares_micro=shares * MICRO, cash_micro=shares * cents * 10_000,
            fee_micro=fee, is_maker=True, inferred=inferred,
        )
    )  # fmt: skip


def test_there_is_one_tally_a_lens_from_flattering_to_harsh() -> None:  # req 2.60
    assert tuple(lens.name for lens in new_lenses()) == LENSES == ("touch", "queue", "through")


def test_fills_add_up_with_fees_and_inferred_ones_counted_apart() -> None:  # req 2.54
    lens = Lens("queue")
    take(lens, Side.BUY, 40, 10, fee=7)
    take(lens, Side.SELL, 50, 4, fee=3, inferred=True)
    assert lens.result(MARKETS, lambda _: 6_000.0) == {
        "fills": 2,
        "inferred": 1,
        "shares_micro": 14 * MICRO,
        "fees_micro": 10,
        "result_worst_micro": -2 * MICRO - 10,
        "result_mark_micro": -2 * MICRO - 10 + 6 * 600_000,
    }


def test_complete_sets_are_worth_a_dollar_and_the_rest_nothing_at_worst() -> None:
    lens = Lens("queue")
    take(lens, Side.BUY, 40, 10)
    take(lens, Side.BUY, 50, 4, token=NO)
    result = lens.result(MARKETS, lambda _: 5_000.0)
    assert (result["result_worst_micro"], result["result_mark_micro"]) == (-6 * MICRO + 4 * MICRO, -6 * MICRO + 7 * MICRO)


def test_a_shadow_that_sold_what_it_never_had_owes_a_dollar_at_worst() -> None:
    lens = Lens("through")
    take(lens, Side.SELL, 40, 10)
    assert lens.result(MARKETS, lambda _: 2_500.0)["result_worst_micro"] == 4 * MICRO - 10 * MICRO
    assert lens.result(MARKETS, lambda _: 2_500.0)["result_mark_micro"] == 4 * MICRO - 2_500_000


def test_without_an_honest_price_there_is_no_result_at_the_mark_unless_nothing_depends_on_it() -> None:
    lens = Lens("queue")
    take(lens, Side.BUY, 40, 10)
    assert lens.result(MARKETS, lambda _: None)["result_mark_micro"] is None
    take(lens, Side.BUY, 50, 10, token=NO)
    assert lens.result(MARKETS, lambda _: None)["result_mark_micro"] == MICRO


def test_a_payout_turns_positions_into_cash_shadows_included() -> None:
    lens = Lens("through")
    take(lens, Side.SELL, 40, 10)
    take(lens, Side.BUY, 50, 4, token=NO)
    lens.resolve(given_market(), Payout(yes_ppm=1_000_000, no_ppm=0))
    assert (lens.cash_micro, lens.position) == (4 * MICRO - 2 * MICRO - 10 * MICRO, {})
