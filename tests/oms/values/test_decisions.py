import msgspec
import pytest

from oms.values.decisions import Decision, Quote, Quotes, StandAside
from oms.values.orders import Side
from tests.words import YES

QUOTE = Quote(token=YES, side=Side.BUY, price_pips=4_900, shares_micro=5_000_000, why="below the mid")


@pytest.mark.parametrize(
    "decision", [Quotes(quotes=(QUOTE,), why="both sides", look_again_ns=7), Quotes(quotes=(), why="nothing"), StandAside(why="stale")]
)
def test_a_decision_comes_back_from_the_journal_as_it_was(decision: Decision) -> None:
    # req 2.36
    assert msgspec.json.decode(msgspec.json.encode(decision), type=Decision) == decision


def test_a_decision_cannot_be_made_without_saying_why() -> None:
    with pytest.raises(TypeError, match="why"):
        Quotes(quotes=())  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="why"):
        StandAside()  # type: ignore[call-arg]


def test_quotes_are_impatient_unless_told_otherwise() -> None:
    quotes = Quotes(quotes=(QUOTE,), why="both sides")
    assert quotes.patience_pips == 0
    assert quotes.look_again_ns is None
