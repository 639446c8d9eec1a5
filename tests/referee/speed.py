"""Order → request bytes (id, signature, body, L2 headers): ours, the curve alone, eth-account, and the official client. One process, in turn.

`python tests/referee/speed.py ORDERS ROUNDS` prints one JSON object: contestant → the median µs an order of each round. Peers that cannot be imported
are left out; all of them are there in the environment of tests/referee/official_client.py. Nothing here imports `tests`.
"""

import importlib.util
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # called as a file: the root of the repository is not on the path

from coincurve import PrivateKey

from connectors.polymarket.authentication import Credentials
from connectors.polymarket.key import Key
from connectors.polymarket.signing import OrderForm, SignatureType, Wallet, salt_of
from connectors.polymarket.typed_data import DOMAIN_NAME, exchange_of
from oms.values.market import Market
from oms.values.orders import OrderSpec, Side

SECRET: Final = "11" * 32
OWNER: Final = "00000000-0000-0000-0000-000000000001"
TOKEN: Final = "71321045679252212594626385532706912750332728571942532289631379312455583992563"
MARKET: Final = Market(market_id="m", title="?", yes=TOKEN, no="1")
AT_NS: Final = 1_795_235_897_880_000_000
WIDTH: Final = 97
"""Prices an order may have here, 0.02 to 0.98."""
CURVE: Final = "the curve alone"
OURS: Final = "ours"
ETH_ACCOUNT: Final = "eth-account with coincurve, typed data only"
OFFICIAL: Final = "official client with coincurve"
AS_INSTALLED: Final = "official client as installed"
COINCURVE: Final = "eth_keys.backends.CoinCurveECCBackend"
NATIVE: Final = "eth_keys.backends.NativeECCBackend"
"""What eth-keys is told by its environment variable before each order; under a microsecond."""

Once = Callable[[int], object]
"""Does one order, the one of this number."""


def ours() -> Once:
    """The whole of our road."""
    key = Key(SECRET)
    form = OrderForm(Wallet(owner=key.address, funder=key.address, signature_type=SignatureType.EOA), OWNER)
    credentials = Credentials(key.address, OWNER, "A" * 43 + "=", "phrase")
    specs = [
        OrderSpec(market_id="m", token=TOKEN, side=Side.SELL if n % 2 else Side.BUY, price_pips=200 + 100 * n, size_micro=10_000_000 + 10_000 * n)
        for n in range(WIDTH)
    ]

    def once(number: int) -> bytes:
        named = form.named(specs[number % WIDTH], MARKET, salt_of(str(number)), AT_NS + number * 1_000_000)
        body = form.body(named, form.signature(named, key))
        return credentials.header_lines("POST", "/order", body, 1_795_235_897) + body

    return once


def curve() -> Once:
    """What no road can be faster than: one signature over 32 bytes."""
    sign = PrivateKey(bytes.fromhex(SECRET)).sign_recoverable
    digests = [bytes([n]) * 32 for n in range(WIDTH)]
    return lambda number: sign(digests[number % WIDTH], hasher=None)


def eth_account() -> Once:
    """The usual library, asked for the typed data alone: no amounts, no body, no headers."""
    from eth_account import Account  # noqa: PLC0415 (a peer: may not be there)
    from py_clob_client_v2.order_utils.model import CTF_EXCHANGE_V2_ORDER_STRUCT  # noqa: PLC0415

    chosen, owner = exchange_of(MARKET, 137), Key(SECRET).address
    domain = {"name": DOMAIN_NAME, "version": "2", "chainId": 137, "verifyingContract": chosen.contract}
    message = {"maker": owner, "signer": owner, "tokenId": int(TOKEN), "takerAmount": 10_000_000, "side": 0, "signatureType": 0}
    message |= {"timestamp": AT_NS // 1_000_000, "metadata": bytes(32), "builder": bytes(32)}
    types = {"Order": CTF_EXCHANGE_V2_ORDER_STRUCT}

    def once(number: int) -> object:
        os.environ["ECC_BACKEND_CLASS"] = COINCURVE
        return Account.sign_typed_data(SECRET, domain, types, {**message, "salt": number, "makerAmount": 4_900_000 + number})

    return once


def official(backend: str) -> Once:
    """The official client up to its socket: build_order, post_order."""
    from py_clob_client_v2.client import ClobClient  # noqa: PLC0415 (a peer: may not be there)
    from py_clob_client_v2.clob_types import ApiCreds, CreateOrderOptions, OrderArgsV2  # noqa: PLC0415

    client = ClobClient("http://nowhere", 137, SECRET, ApiCreds(OWNER, "A" * 43 + "=", "phrase"))
    client._post = lambda _url, headers, data: (headers, data)
    options = CreateOrderOptions(tick_size="0.01", neg_risk=False)

    def once(number: int) -> object:
        os.environ["ECC_BACKEND_CLASS"] = backend
        n = number % WIDTH
        order = OrderArgsV2(token_id=TOKEN, price=(2 + n) / 100, size=10 + n / 100, side="SELL" if n % 2 else "BUY")
        return client.post_order(client.builder.build_order(order, options, 2))

    return once


def contestants() -> dict[str, Once]:
    """Who is there."""
    found = {OURS: ours(), CURVE: curve()}
    if importlib.util.find_spec("py_clob_client_v2"):
        found |= {ETH_ACCOUNT: eth_account(), OFFICIAL: official(COINCURVE), AS_INSTALLED: official(NATIVE)}
    return found


def median_us(once: Once, orders: int) -> float:
    """Median time of one order."""
    clock, spent = time.perf_counter_ns, []
    for number in range(orders):
        began = clock()
        once(number)
        spent.append(clock() - began)
    return statistics.median(spent) / 1_000


def measure(orders: int, rounds: int) -> dict[str, list[float]]:
    """Each contestant once a round, the order turned round by one each time; the slow one does a tenth."""
    ready = contestants()
    names = list(ready)
    found: dict[str, list[float]] = {name: [] for name in names}
    for once in ready.values():
        median_us(once, 3)
    for number in range(rounds):
        shift = number % len(names)
        for name in names[shift:] + names[:shift]:
            found[name].append(median_us(ready[name], max(3, orders // 10) if name == AS_INSTALLED else orders))
    return found


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]), int(sys.argv[2]))))
