"""Test words of the signer: its settings as a file, caps, a desk, orders to sign."""

from pathlib import Path
from typing import Any

from connectors.polymarket.key import Key
from connectors.polymarket.signing import NamedOrder, SignatureType, Wallet
from connectors.signer_caps import Cap, Caps, SpentFile
from connectors.signer_desk import SignerDesk
from oms.values.units import MICRO
from tests.connectors.polymarket.words_signing import DEPOSIT_WALLET, EOA, SECRET, given_form, given_named

PASSPHRASE = "correct horse battery staple"
NOW_S = 1_700_000_000
KEYSTORE = (
    '{"version":3,"id":"3198bc9c-6672-5ab3-d995-4942343ae5b6","crypto":{"cipher":"aes-128-ctr","cipherparams":{"iv":"6087dab2f9fdbbfaddc31a909735c1e6"},'
    '"ciphertext":"5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46","kdf":"pbkdf2","kdfparams":{"c":262144,"dklen":32,"prf":"hmac-sha256",'
    '"salt":"ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd"},"mac":"517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2"}}'
)
"""The published example of the format (Web3 Secret Storage Definition); its passphrase is "testpassword"."""
KEYSTORE_SECRET = "7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d"


def given_caps(**changes: Any) -> Caps:  # noqa: ANN401 (what Caps takes)
    cap = Cap(order_micro=50 * MICRO, day_micro=500 * MICRO, total_micro=5_000 * MICRO)
    told: dict[str, Any] = {"buy": cap, "sell": cap, "price_min_pips": 100, "price_max_pips": 9_900, **changes}
    return Caps(**told)


def given_signer_wallet(kind: SignatureType = SignatureType.EOA) -> Wallet:
    return Wallet(owner=EOA, funder=EOA if kind is SignatureType.EOA else DEPOSIT_WALLET, signature_type=kind)


def given_desk(folder: Path, *, caps: Caps | None = None, kind: SignatureType = SignatureType.EOA, now_s: int = NOW_S) -> SignerDesk:
    return SignerDesk(given_signer_wallet(kind), Key(SECRET), caps or given_caps(), SpentFile(folder / "signer.json"), lambda: now_s)


def an_order(**order: Any) -> NamedOrder:  # noqa: ANN401 (what given_order takes)
    return given_named(given_form(), **order)


def settings_text(folder: Path, *, listen: str = "", key: str = "", caps: str = "") -> str:
    """The settings of a signer whose key and state are in this folder."""
    return f"""
state = "{folder}/signer.json"
{f'listen = "{listen}"' if listen else ""}
[wallet]
owner = "{EOA}"
funder = "{EOA}"
signature_type = 0
[key]
{key or 'credential = "signer.key"'}
[caps]
{caps or 'price_min = "0.01"'}
price_max = "0.99"
buy = {{ order = "50", day = "12", total = "5000" }}
sell = {{ order = "100", day = "1000", total = "10000" }}
"""


def given_settings(folder: Path, **changes: str) -> Path:
    """That file, and the key as a systemd credential in `folder/credentials`."""
    credentials = folder / "credentials"
    credentials.mkdir(exist_ok=True)
    key = credentials / "signer.key"
    key.write_text(SECRET + "\n")
    key.chmod(0o400)
    path = folder / "signer.toml"
    path.write_text(settings_text(folder, **changes))
    path.chmod(0o600)
    return path
