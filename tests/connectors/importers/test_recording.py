"""Assumptions refuse what they do not know, and say when a payout is none."""

import msgspec
import pytest

from connectors.importers import Assumptions
from oms.values.market import Payout


def test_assumptions_come_from_settings_as_they_are_written() -> None:
    told = {"fee_rate_bps": 0, "payouts": {"0xa": {"yes_ppm": 1_000_000, "no_ppm": 0}}}
    assert msgspec.convert(told, Assumptions) == Assumptions(fee_rate_bps=0, payouts={"0xa": Payout(yes_ppm=1_000_000, no_ppm=0)})


@pytest.mark.parametrize("wrong", [{"fee_bps": 1}, {"tick_pips": "fine"}, {"payouts": {"0xa": {"yes_ppm": 1, "no_ppm": 1}}}])
def test_assumptions_refuse_what_they_do_not_know(wrong: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(wrong, Assumptions)
