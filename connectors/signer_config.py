"""The signer's own settings: a TOML file that only its owner may write. Nothing in it is secret, everything in it is a limit."""

import os
import stat
import tomllib
from pathlib import Path
from typing import Final

import msgspec

from connectors.polymarket.signing import SignatureType, Wallet
from connectors.polymarket.typed_data import POLYGON
from connectors.signer_caps import WEI_PER_POL, Cap, Caps, ChainCaps
from connectors.signer_key import KeySource
from oms.values.units import MICRO, price_pips_from_text, size_micro_from_text

_WRITERS: Final = stat.S_IWGRP | stat.S_IWOTH
TRANSACTION_MAX_USD_MOST: Final = 100_000
GAS_MAX_POL_MOST: Final = 10
"""A whole conversion of a large event costs a few tenths of a POL when the chain is dear; ten is a number with a slipped point."""

EXAMPLE: Final = """\
state = "/var/lib/steelyard/signer.json"    # what was signed so far; kept over restarts
listen = "/run/steelyard/signer.sock"       # left out: it talks on the socket it was started with, and ends with whoever started it

[wallet]
owner = "0x…"            # address of the key
funder = "0x…"           # address that holds the funds: the same for an EOA
signature_type = 0       # 0 EOA, 1 proxy, 2 Safe, 3 deposit wallet
chain_id = 137

[key]
keystore = "/etc/steelyard/key.json"
passphrase_credential = "signer.passphrase" # or passphrase_file; neither: asked at the terminal

[caps]
price_min = "0.01"
price_max = "0.99"
buy = { order = "50", day = "500", total = "5000" }         # dollars
sell = { order = "100", day = "1000", total = "10000" }     # shares

[chain]                          # left out: no chain transactions are signed
transactions = false
transaction_max_usd = "25"       # the most sets or shares one transaction takes; each counts as a dollar
gas_max = "0.5"                  # POL: the most that the gas of one transaction may cost
"""
"""A whole file, as one begins with."""


class _Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A section of the file."""


class _Wallet(_Strict, frozen=True):
    owner: str
    funder: str
    signature_type: SignatureType
    chain_id: int = POLYGON


class _Cap(_Strict, frozen=True):
    order: str
    day: str
    total: str


class _Caps(_Strict, frozen=True):
    price_min: str
    price_max: str
    buy: _Cap
    sell: _Cap


class _Chain(_Strict, frozen=True):
    transactions: bool = False
    transaction_max_usd: str = "25"
    gas_max: str = "0.5"


class _File(_Strict, frozen=True):
    state: str
    wallet: _Wallet
    key: KeySource
    caps: _Caps
    chain: _Chain = _Chain()
    listen: str = ""


class SignerConfig(msgspec.Struct, frozen=True, kw_only=True):
    """What a signer is told once, by file."""

    state: Path
    listen: Path | None
    wallet: Wallet
    key: KeySource
    caps: Caps


class BadConfig(ValueError):
    """The settings cannot be used; the message says what, where and how to mend it."""


def read_config(path: Path) -> SignerConfig:
    """The settings in a file. Raises BadConfig."""
    try:
        told = msgspec.convert(tomllib.loads(_guarded_text(path)), _File)
        return SignerConfig(
            state=Path(told.state),
            listen=Path(told.listen) if told.listen else None,
            wallet=Wallet(**{name: getattr(told.wallet, name) for name in told.wallet.__struct_fields__}),
            key=told.key,
            caps=Caps(
                buy=_cap(told.caps.buy),
                sell=_cap(told.caps.sell),
                price_min_pips=price_pips_from_text(told.caps.price_min),
                price_max_pips=price_pips_from_text(told.caps.price_max),
                chain=_chain(told.chain, told.wallet.signature_type),
            ),
        )
    except BadConfig:
        raise
    except ValueError as error:  # TOML, shape, numbers and addresses all say what is wrong
        raise BadConfig(f"the signer's settings {path}: {error}") from None


def _guarded_text(path: Path) -> str:
    """The file's text, if nobody can write it who should not."""
    try:
        with path.open("rb") as opened:
            is_open = os.fstat(opened.fileno()).st_mode & _WRITERS
            text = opened.read().decode()
    except OSError as error:
        raise BadConfig(f"cannot read the signer's settings {path}: {error.strerror}") from None
    if is_open:
        raise BadConfig(f"others may write {path}, so they would set the caps: chmod go-w it")
    return text


def _cap(told: _Cap) -> Cap:
    return Cap(order_micro=size_micro_from_text(told.order), day_micro=size_micro_from_text(told.day), total_micro=size_micro_from_text(told.total))


def _chain(told: _Chain, kind: SignatureType) -> ChainCaps:
    """Raises ValueError."""
    if told.transactions and kind is not SignatureType.EOA:
        raise ValueError("[chain] transactions = true needs signature_type = 0: a transaction moves what the key's own account holds, no funder's")
    return ChainCaps(
        transactions=told.transactions,
        transaction_micro=_within("transaction_max_usd", told.transaction_max_usd, TRANSACTION_MAX_USD_MOST),
        gas_wei=_within("gas_max", told.gas_max, GAS_MAX_POL_MOST) * (WEI_PER_POL // MICRO),
    )


def _within(name: str, text: str, most: int) -> int:
    """A decimal in 10⁻⁶, above zero and not beyond `most` whole ones. Raises ValueError."""
    value = size_micro_from_text(text)
    if not 0 < value <= most * MICRO:
        raise ValueError(f"[chain] {name} = {text[:30]!r} is not above 0 and at most {most}")
    return value
