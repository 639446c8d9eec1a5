"""Rows of the Data API by themselves; tests/sim/gateway/test_data_api.py reads them through the routes."""

import msgspec
import pytest

from sim.gateway.data_rows import number, old_names, wallet


def test_a_wallet_is_an_address_in_mixed_case_and_a_trader_inside_the_process_his_name() -> None:
    assert wallet("0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed") == "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
    assert wallet("crowd") == "crowd"


@pytest.mark.parametrize(("micro", "text"), [(0, b"0"), (1, b"0.000001"), (-1_500_000, b"-1.5"), (10**18 + 1, b"1000000000000.000001")])
def test_a_number_is_written_digit_for_digit(micro: int, text: bytes) -> None:
    assert msgspec.json.encode(number(micro)) == text


def test_v1_calls_things_by_other_names_and_keeps_the_rest() -> None:
    assert old_names({"proxy_wallet": 1, "token_id": 2, "title": 3}) == {"proxyWallet": 1, "asset": 2, "title": 3}
    assert old_names({"proxy_wallet": 1, "token_id": 2, "title": 3}, ("title",)) == {"title": 3}
