"""The signer's settings: the example that people begin with, and everything that is refused."""

from pathlib import Path

import pytest

from connectors.polymarket.signing import SignatureType
from connectors.signer_caps import Cap, ChainCaps
from connectors.signer_config import EXAMPLE, BadConfig, read_config
from oms.values.units import MICRO
from tests.connectors.polymarket.words_signing import EOA
from tests.connectors.words_signer import given_settings, settings_text


def written(folder: Path, text: str, mode: int = 0o600) -> Path:
    path = folder / "signer.toml"
    path.write_text(text)
    path.chmod(mode)
    return path


def whole() -> str:
    return EXAMPLE.replace("0x…", EOA)


def test_the_example_is_whole_and_means_what_it_says(tmp_path: Path) -> None:
    config = read_config(written(tmp_path, whole()))
    assert config.listen == Path("/run/steelyard/signer.sock")
    assert config.wallet.owner == EOA
    assert config.caps.buy == Cap(order_micro=50 * MICRO, day_micro=500 * MICRO, total_micro=5_000 * MICRO)
    assert (config.caps.price_min_pips, config.caps.price_max_pips) == (100, 9_900)
    assert config.key.passphrase_credential == "signer.passphrase"


def test_chain_transactions_are_off_unless_turned_on_and_the_example_shows_what_is_left_out(tmp_path: Path) -> None:
    assert read_config(given_settings(tmp_path)).caps.chain == read_config(written(tmp_path, whole())).caps.chain == ChainCaps()
    assert not ChainCaps().transactions
    told = settings_text(tmp_path) + '[chain]\ntransactions = true\ntransaction_max_usd = "0.000001"\ngas_max = "0.000002"\n'
    assert read_config(written(tmp_path, told)).caps.chain == ChainCaps(transactions=True, transaction_micro=1, gas_wei=2 * 10**12)
    most = settings_text(tmp_path) + '[chain]\ntransaction_max_usd = "100000"\ngas_max = "10"\n'
    assert read_config(written(tmp_path, most)).caps.chain == ChainCaps(transaction_micro=100_000 * MICRO, gas_wei=10 * 10**18)


def test_a_wallet_whose_funds_are_in_a_contract_has_no_transactions_of_its_own(tmp_path: Path) -> None:
    told = whole().replace(f'funder = "{EOA}"', 'funder = "0x' + "55" * 20 + '"').replace("signature_type = 0", "signature_type = 2")
    assert read_config(written(tmp_path, told)).wallet.signature_type is SignatureType.POLY_GNOSIS_SAFE
    with pytest.raises(BadConfig, match=r"signer\.toml: \[chain\] transactions = true needs signature_type = 0"):
        read_config(written(tmp_path, told.replace("transactions = false", "transactions = true")))


def test_without_a_socket_to_listen_on_it_talks_to_its_parent(tmp_path: Path) -> None:
    assert read_config(given_settings(tmp_path)).listen is None


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_settings_that_others_may_write_are_refused(tmp_path: Path, mode: int) -> None:
    with pytest.raises(BadConfig, match=r"others may write .*so they would set the caps"):
        read_config(written(tmp_path, whole(), mode))


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("[caps]", "[caps]\nmore = 1", "unknown field `more`"),
        ('price_min = "0.01"', "", "missing required field `price_min`"),
        ('price_min = "0.01"', 'price_min = "1.5"', "not between 0 and 1"),
        ('order = "50"', 'order = "-50"', "not a plain non-negative decimal"),
        ('order = "50"', "order = 50", "Expected `str`"),
        ("signature_type = 0", "signature_type = 9", "Invalid enum value 9"),
        ("signature_type = 0", "signature_type = 2", "cannot have its funds at"),
        ("[caps]", "[caps", "Expected"),
        ("transactions = false", "transactions = 1", "Expected `bool`"),
        ("transactions = false", "transaction = true", "unknown field `transaction`"),
        ('transaction_max_usd = "25"', 'transaction_max_usd = "0"', r"\[chain\] transaction_max_usd = '0' is not above 0 and at most 100000"),
        ('transaction_max_usd = "25"', 'transaction_max_usd = "100000.000001"', "not above 0 and at most 100000"),
        ('gas_max = "0.5"', 'gas_max = "0"', r"\[chain\] gas_max = '0' is not above 0 and at most 10"),
        ('gas_max = "0.5"', 'gas_max = "10.000001"', "at most 10"),
        ('gas_max = "0.5"', 'gas_max = "1e1"', "not a plain non-negative decimal"),
        (EOA, "0x12", "is not an address"),
    ],
)
def test_a_mistake_is_named_with_its_place(tmp_path: Path, before: str, after: str, said: str) -> None:
    assert before in whole()
    with pytest.raises(BadConfig, match=said) as refused:
        read_config(written(tmp_path, whole().replace(before, after)))
    assert str(tmp_path / "signer.toml") in str(refused.value)
    assert "\n" not in str(refused.value)


def test_settings_that_are_not_there_or_no_text_are_named(tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match="No such file"):
        read_config(tmp_path / "none.toml")
    path = tmp_path / "signer.toml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(BadConfig, match="utf-8"):
        read_config(path)
