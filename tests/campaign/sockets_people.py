"""Who else trades on the exchange of the campaign: two wallets that sign with the connector's hands over plain HTTP, one deed at a time.

One keeps books alive round a price that wanders, the other takes from them, and so from the bot. They mind no refusal and no broken connection; when
they rest, nothing happens on the exchange that the bot does not do itself, so that it becomes quiet.
"""

import json
import random
import time
from typing import Any, Final

from connectors.polymarket.authentication import Credentials, login_headers
from connectors.polymarket.key import Key
from connectors.polymarket.signing import OrderForm, SignatureType, VenueOrder, Wallet
from connectors.polymarket.typed_data import exchange_of
from oms.values.market import Market
from oms.values.orders import Lifetime, Side
from oms.values.units import MICRO, PRICE_ONE_PIPS, cost_cash_micro
from tests.campaign.sockets_processes import ask

_POLYGON: Final = 137
_CENT: Final = 100
_NS_PER_MS: Final = 10**6


class Person:
    """One wallet."""

    def __init__(self, url: str, dice: random.Random) -> None:
        """Log in. The exchange must answer."""
        self._url = url
        self._dice = dice
        self._key = Key(f"{dice.getrandbits(255) | 1:064x}")
        self.address = self._key.address
        told = ask("POST", f"{url}/auth/api-key", headers=login_headers(self._key, _POLYGON, int(time.time())))
        assert told is not None
        assert told[0] == 200, told
        made = told[1]
        self._credentials = Credentials(self.address, made["apiKey"], made["secret"], made["passphrase"])
        self._form = OrderForm(Wallet(owner=self.address, funder=self.address, signature_type=SignatureType.EOA), made["apiKey"])

    def asks(self, method: str, path: str, body: bytes = b"") -> tuple[int, Any] | None:
        """A private request."""
        return ask(method, self._url + path, body, self._credentials.headers(method, path, body, int(time.time())))

    def sends(self, market: Market, token: str, side: Side, price_pips: int, shares: int, *, post_only: bool = False) -> tuple[int, Any] | None:
        """An order that rests if it can."""
        micro = shares * MICRO
        cash = cost_cash_micro(micro, price_pips)
        maker, taker = (cash, micro) if side is Side.BUY else (micro, cash)
        order = VenueOrder(
            exchange=exchange_of(market, _POLYGON), token=token, side=side, maker_micro=maker, taker_micro=taker, salt=self._dice.getrandbits(52),
            timestamp_ms=time.time_ns() // _NS_PER_MS, lifetime=Lifetime.GTC, post_only=post_only,
        )  # fmt: skip
        named = self._form.hashed(order)
        return self.asks("POST", "/order", self._form.body(named, self._form.signature(named, self._key)))

    def cancels_market(self, market: Market) -> None:
        """Everything of one market."""
        self.asks("DELETE", "/cancel-market-orders", json.dumps({"market": market.market_id}).encode())


class Street:
    """Both of them, and the prices they believe in."""

    def __init__(self, url: str, seed: int) -> None:
        self._dice = random.Random(seed)
        self._url = url
        self.people = [Person(url, self._dice) for _ in range(2)]
        self.markets = _markets(url)
        self._believed = {market.market_id: self._dice.randrange(40, 60) for market in self.markets}

    def opens(self) -> None:
        """A book for each market."""
        for market in self.markets:
            self._quotes(market)

    def step(self) -> None:
        """One deed of one of them."""
        market = self._dice.choice(self.markets)
        if self._dice.random() < 0.25:
            cents = self._believed[market.market_id] + self._dice.choice((-2, -1, 1, 2))
            self._believed[market.market_id] = min(80, max(20, cents))
            self._quotes(market)
        else:
            self._takes(market)

    def _quotes(self, market: Market) -> None:
        """The maker stands three cents away on both sides; as he holds nothing, an offer of YES is a bid for NO."""
        maker, cents = self.people[0], self._believed[market.market_id]
        maker.cancels_market(market)
        for more in (3, 5):
            maker.sends(market, market.yes, Side.BUY, (cents - more) * _CENT, 50, post_only=True)
            maker.sends(market, market.no, Side.BUY, PRICE_ONE_PIPS - (cents + more) * _CENT, 50, post_only=True)

    def _takes(self, market: Market) -> None:
        """The taker buys at what is offered best, if that is not far from what he believes."""
        token = self._dice.choice((market.yes, market.no))
        book = ask("GET", f"{self._url}/book?token_id={token}")
        offers = book[1].get("asks") if book is not None and book[0] == 200 else None
        if offers:
            cents = round(float(offers[-1]["price"]) * 100)
            self.people[1].sends(market, token, Side.BUY, cents * _CENT, self._dice.choice((5, 7, 12, 30)))
            self.people[1].cancels_market(market)


def _markets(url: str) -> list[Market]:
    """What the exchange lists now."""
    told = ask("GET", f"{url}/sampling-markets")
    assert told is not None
    assert told[0] == 200, told
    found = []
    for row in told[1]["data"]:
        compact = ask("GET", f"{url}/clob-markets/{row['condition_id']}")
        assert compact is not None
        yes, no = (token["t"] for token in compact[1]["t"])
        generation = "v2" if compact[1].get("v") == "v2" else "v1"
        found.append(Market(market_id=row["condition_id"], title="?", yes=yes, no=no, tick_pips=_CENT, generation=generation))
    return found
