"""What would have filled, seen through three lenses: stories that one can proof-read."""

import pytest

from oms.values.events import LevelsChanged
from oms.values.orders import Lifetime, Side
from oms.values.units import MICRO, NS_PER_SECOND
from sim.paper_book import QUEUE
from sim.paper_fills import PaperFills
from tests.sim.words_sim import CENT, retold, spec, told_book
from tests.words import NO, YES, given_market

# One line, one happening, however many fills it has.
# ruff: noqa: E501
STORIES = {
    # req 2.54, 2.60; ruling 2.2, 2.3
    "a trade at our price first eats what stood before us, and only a trade through it fills the harshest lens": """
        book YES 49:100 | 51:100                 =>
        BUY a YES 49 x50                         =>
        trade YES 49 x60 SELL                    => touch a 50@49
        trade YES 49 x60 SELL                    => queue a 20@49
        trade YES 48 x10 SELL                    => queue a 10@49, through a 10@49
        trade YES 50 x99 SELL                    =>
        trade YES 49 x99 BUY                     =>
    """,
    "a decrease without a trade caps what is ahead and never moves us to the front": """
        book YES 49:100 | 51:100                 =>
        BUY a YES 49 x50                         =>
        bid YES 49:150                           =>
        bid YES 49:120                           =>
        bid YES 49:30                            =>
        bid YES 49:200                           =>
        trade YES 49 x40 SELL                    => touch a 40@49, queue a 10@49
    """,
    "a fall and the trade that explains it are the same shares, whichever is told first": """
        book YES 49:100 | 51:100                 =>
        BUY a YES 49 x50                         =>
        bid YES 49:70                            =>
        and trade YES 49 x30 SELL                => touch a 30@49
        trade YES 49 x30 SELL                    => touch a 20@49
        and bid YES 49:40                        =>
        trade YES 49 x40 SELL                    =>
        trade YES 49 x5 SELL                     => queue a 5@49
    """,
    "a level that a trade emptied was full before us, though the fall is told first": """
        book YES 49:100 48:10 | 51:100           =>
        BUY a YES 49 x50                         =>
        bid YES 49:0                             =>
        and trade YES 49 x100 SELL               => touch a 50@49
        and trade YES 49 x7 SELL                 => queue a 7@49
    """,
    "the same fall is not explained once for each of our orders, and not long after": """
        book YES 49:100 | 51:100                 =>
        BUY a YES 49 x10                         =>
        BUY b YES 49 x10                         =>
        bid YES 49:40                            =>
        and trade YES 49 x60 SELL                => touch a 10@49, touch b 10@49
        trade YES 49 x45 SELL                    => queue a 5@49
    """,
    "an ask at our price fills the queue at our price, an ask through it fills all": """
        book YES 49:100 | 51:100                 =>
        BUY a YES 50 x50                         =>
        ask YES 50:20                            => touch a 20@50, queue a 20@50
        ask YES 48:10                            => touch a 10@50, queue a 10@50, through a 10@50
    """,
    "the same for a sell": """
        book YES 49:100 | 51:100                 =>
        SELL a YES 51 x50                        =>
        trade YES 51 x110 BUY                    => touch a 50@51, queue a 10@51
        bid YES 51:15                            => queue a 15@51
        trade YES 52 x5 BUY                      => queue a 5@51, through a 5@51
        bid YES 53:100                           => queue a 20@51, through a 45@51
    """,
    "what stood before us is eaten once, not once for each of our orders": """
        book YES 49:30 | 51:100                  =>
        BUY a YES 49 x10                         =>
        bid YES 49:100                           =>
        BUY b YES 49 x10                         =>
        trade YES 49 x105 SELL                   => touch a 10@49, touch b 10@49, queue a 10@49
        trade YES 49 x15 SELL                    => queue b 10@49
    """,
    "a better price comes first, then who came first, and a trade is handed out once": """
        book YES 48:10 | 52:100                  =>
        BUY a YES 49 x20                         =>
        BUY b YES 50 x20                         =>
        BUY c YES 49 x20                         =>
        trade YES 49 x50 SELL                    => touch b 20@50, touch a 20@49, touch c 10@49, queue b 20@50, queue a 20@49, queue c 10@49, through b 20@50
    """,
    "an announced trade counts on both tokens, and its size is handed out once over both": """
        book YES 49:10 | 51:10                   =>
        book NO 49:10 | 51:10                    =>
        SELL a YES 50 x20                        =>
        BUY b NO 50 x20                          =>
        trade YES 50 x30 BUY                     => touch a 20@50, touch b 10@50, queue a 20@50, queue b 10@50
        trade NO 50 x4 SELL                      => touch b 4@50, queue b 4@50
    """,
    # ruling 0.4, 2.1
    "an inferred trade is handed out once over both tokens, and marks the fill": """
        book YES 49:0 | 51:10                    =>
        book NO 49:10 | 51:10                    =>
        BUY a YES 50 x20                         =>
        SELL b NO 50 x20                         =>
        trade YES 50 x30 SELL inferred           => touch a 20@50?, touch b 10@50?, queue a 20@50?, queue b 10@50?
    """,
    # ruling 0.5, 2.4
    "what we took stays taken until the recorded size falls, and the debt ends with the level": """
        book YES 49:10 | 51:30                   =>
        BUY:FAK a YES 51 x51                     => touch a 30@51!, queue a 30@51!, through a 30@51!
        BUY:FAK b YES 51 x51                     =>
        ask YES 51:50                            =>
        BUY:FAK c YES 51 x51                     => touch c 20@51!, queue c 20@51!, through c 20@51!
        ask YES 51:40                            =>
        BUY:FAK d YES 51 x51                     =>
        ask YES 51:45                            =>
        BUY:FAK e YES 51 x51                     => touch e 5@51!, queue e 5@51!, through e 5@51!
        ask YES 51:0                             =>
        ask YES 51:7                             =>
        BUY:FAK f YES 51 x51                     => touch f 7@51!, queue f 7@51!, through f 7@51!
    """,
    "a YES ask and the mirrored NO bid are one debt, paid down only where it was made": """
        book YES 49:10 | 51:30                   =>
        book NO 49:30 | 51:10                    =>
        BUY a YES 51 x20                         => touch a 20@51!, queue a 20@51!, through a 20@51!
        SELL:FAK b NO 49 x30                     => touch b 10@49!, queue b 10@49!, through b 10@49!
        bid NO 49:20                             =>
        ask YES 51:20                            =>
        BUY:FAK c YES 51 x51                     => touch c 10@51!, queue c 10@51!, through c 10@51!
    """,
    "what a resting order met is taken too": """
        book YES 49:10 | 52:30                   =>
        BUY a YES 51 x20                         =>
        ask YES 51:30                            => touch a 20@51, queue a 20@51
        BUY:FAK b YES 51 x51                     => touch b 10@51!, queue b 10@51!, through b 10@51!
    """,
    # ruling 2.8
    "nothing fills between a loss of continuity and the next full book": """
        book YES 49:10 | 51:30                   =>
        BUY a YES 49 x20                         =>
        lost YES                                 =>
        trade YES 48 x99 SELL                    =>
        ask YES 48:99                            =>
        BUY:FAK b YES 51 x51                     =>
        book YES 49:5 | 52:30                    =>
        trade YES 49 x7 SELL                     => touch a 7@49, queue a 2@49
    """,
    "who arrives while nothing is known stands behind everything that the next full book shows": """
        BUY a YES 49 x20                         =>
        book YES 49:100 | 51:30                  =>
        trade YES 49 x100 SELL                   => touch a 20@49
        trade YES 49 x5 SELL                     => queue a 5@49
    """,
    "nothing fills after a cancel, and the shadows end with the order": """
        book YES 49:0 | 51:30                    =>
        BUY a YES 49 x20                         =>
        trade YES 49 x5 SELL                     => touch a 5@49, queue a 5@49
        cancel a                                 =>
        trade YES 40 x99 SELL                    =>
    """,
    "all or nothing fills whole or not at all, and walks the levels": """
        book YES 49:10 | 50:10 51:20             =>
        BUY:FOK a YES 51 x16                     =>
        BUY:FOK b YES 51 x10                     => touch b 10@50!, touch b 9.80392@51!, queue b 10@50!, queue b 9.80392@51!, through b 10@50!, through b 9.80392@51!
        SELL:FOK c YES 49 x11                    =>
        SELL:FAK d YES 49 x11                    => touch d 10@49!, queue d 10@49!, through d 10@49!
    """,
    "a limit order that crosses takes what is there and rests with the rest": """
        book YES 49:10 | 50:10 51:20             =>
        BUY a YES 50 x25                         => touch a 10@50!, queue a 10@50!, through a 10@50!
        trade YES 50 x4 SELL                     => touch a 4@50, queue a 4@50
        ask YES 50:12                            => touch a 2@50, queue a 2@50
    """,
    "the harshest lens cannot take what the queue lens took before": """
        book YES 49:10 | 52:10                   =>
        BUY a YES 50 x100                        =>
        ask YES 50:60                            => touch a 60@50, queue a 60@50
        BUY:FAK b YES 50 x50                     =>
    """,
}  # fmt: skip


@pytest.mark.parametrize("name", STORIES)
def test_story(name: str) -> None:
    told = [f"{left.strip():<40} =>{right}".rstrip() for left, _, right in (line.partition("=>") for line in STORIES[name].strip().splitlines())]
    assert retold(STORIES[name]).splitlines() == [line.rstrip() for line in told]


def given_paper() -> PaperFills:
    paper = PaperFills()
    paper.list_market(given_market())
    paper.reset(told_book({49: 10}, {51: 30}), [])
    paper.reset(told_book({49: 30}, {51: 10}, NO), [])
    return paper


def test_an_order_that_would_meet_only_what_we_took_does_not_cross() -> None:  # ruling 2.4
    paper = given_paper()
    wish = spec(Side.BUY, 51, 10, post_only=True)
    assert paper.would_cross(wish)
    paper.arrive("a", spec(Side.BUY, 51, 30, lifetime=Lifetime.FAK))
    assert not paper.would_cross(spec(Side.BUY, 50, 10))
    paper.arrive("b", spec(Side.SELL, 49, 30, token=NO, lifetime=Lifetime.FAK))
    assert not paper.would_cross(wish)


def test_what_could_be_taken_is_said_in_the_unit_of_the_order() -> None:
    paper = given_paper()
    assert paper.takeable(spec(Side.BUY, 51, 100, lifetime=Lifetime.FAK)) == 30 * MICRO * 51 // 100
    assert paper.takeable(spec(Side.SELL, 49, 100, lifetime=Lifetime.FAK)) == 10 * MICRO
    assert paper.takeable(spec(Side.SELL, 50, 100, lifetime=Lifetime.FAK)) == 0


def test_many_small_fills_of_a_resting_buy_cost_exactly_what_was_set_aside() -> None:
    paper = PaperFills()
    paper.list_market(given_market())
    paper.reset(told_book({}, {}), [])
    wish = spec(Side.BUY, 33, 1)
    paper.arrive("a", wish)
    cash = 0
    for size in (1, 333, 7, 250_001, *([90_001] * 9)):
        for fill in paper.reset(told_book({}, {}), []) + paper.changed(_ask_of(size)):
            cash += fill.cash_micro if fill.lens == QUEUE else 0
        paper.changed(_ask_of(0))
    order = paper.order("a")
    assert order is not None
    assert order.remaining[QUEUE] == 0
    assert cash == wish.cost_micro


def _ask_of(micro: int) -> LevelsChanged:
    return LevelsChanged(token=YES, levels=((Side.SELL, 33 * CENT, micro),), exchange_ns=NS_PER_SECOND)


def test_a_forgotten_market_leaves_nothing_behind() -> None:  # req 2.57
    paper = given_paper()
    paper.arrive("a", spec(Side.BUY, 51, 5, lifetime=Lifetime.FAK))
    paper.forget_market(given_market())
    kept = [paper.books, paper._fees, paper._others, paper._resting, paper._by_id, *paper._debts]
    assert not any(kept)
