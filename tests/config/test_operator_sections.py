"""Settings of the figures; those of the console in Telegram are in test_operator_sections_telegram.py."""

import pytest

from config.operator_sections import MetricsSection


def test_without_a_word_nobody_listens_and_with_one_only_this_machine_is_answered() -> None:
    assert (MetricsSection().port, MetricsSection().telegram_port, MetricsSection().address) == (0, 0, "127.0.0.1")
    assert MetricsSection(port=9464, telegram_port=9465, address="::1").port == 9464


@pytest.mark.parametrize("port", [-1, 65_536])
def test_a_port_that_there_is_not_is_refused(port: int) -> None:
    with pytest.raises(ValueError, match=r"metrics\.port must be from 0 to 65535"):
        MetricsSection(port=port)
    with pytest.raises(ValueError, match=r"metrics\.telegram_port must be from 0 to 65535"):
        MetricsSection(telegram_port=port)


def test_two_processes_do_not_share_a_port() -> None:
    with pytest.raises(ValueError, match=r"metrics\.telegram_port: is metrics\.port too"):
        MetricsSection(port=9464, telegram_port=9464)


@pytest.mark.parametrize("address", ["", "localhost", "example.org", "127.0.0.1:80", "300.1.1.1", "x" * 10_000])
def test_an_address_that_is_none_is_refused_without_asking_anybody_for_it(address: str) -> None:
    with pytest.raises(ValueError, match=r"metrics\.address: .{0,90} is no address of a machine"):
        MetricsSection(address=address)
