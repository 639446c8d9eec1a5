"""`cancel`: an order, a market, everything; exactly one of them."""

from pathlib import Path

import pytest

from connectors.operator.control.protocol import CancelAll, CancelMarket, CancelOrder
from tests.config.words_daemon import Place


def test_what_is_named_is_cancelled(tmp_path: Path) -> None:
    place = Place(tmp_path)
    with place.daemon() as daemon:
        for words in (["1-1"], ["--market", "m1"], ["--all"]):
            assert place.typed("cancel", *words) == 0
        assert [order.instruction for order in daemon.heard] == [CancelOrder(order_id="1-1"), CancelMarket(market_id="m1"), CancelAll()]


@pytest.mark.parametrize("words", [[], ["1-1", "--all"], ["--market", "m1", "--all"]])
def test_nothing_and_two_things_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    place = Place(tmp_path)
    with place.daemon() as daemon, pytest.raises(SystemExit) as ended:
        place.typed("cancel", *words)
    assert ended.value.code == 2
    assert daemon.heard == []
    assert capsys.readouterr().err
