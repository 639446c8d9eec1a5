"""What the trades of the official client are told with: lines of evidence, and one wallet with its client."""

import dataclasses
import json
import time
from collections.abc import Callable
from typing import Any

from py_clob_client_v2.client import ClobClient
from py_clob_client_v2.clob_types import BalanceAllowanceParams, MarketOrderArgsV2, OrderArgsV2, OrderType, PartialCreateOrderOptions
from py_clob_client_v2.endpoints import POST_ORDER
from py_clob_client_v2.exceptions import PolyApiException
from py_clob_client_v2.order_utils.model.order_data_v2 import order_to_json_v2

POLYGON = 137


class Told:
    """What was answered so far."""

    def __init__(self) -> None:
        self.surprises = 0

    def line(self, step: str, answer: object, *, fits: bool) -> None:
        """Print one line."""
        self.surprises += not fits
        print(json.dumps({"step": step, "fits": fits, "answer": answer}, default=str), flush=True)

    def good(self, step: str, call: Callable[[], Any], fits: Callable[[Any], bool]) -> Any:  # noqa: ANN401 (the client's own answers)
        """A call that should succeed, with an answer that fits."""
        try:
            answer = call()
        except PolyApiException as error:
            self.line(step, [error.status_code, error.error_msg], fits=False)
            return {}
        self.line(step, answer, fits=bool(fits(answer)))
        return answer

    def bad(self, step: str, call: Callable[[], Any], status: int, words: str) -> None:
        """A call that the venue refuses with this status and these words."""
        try:
            self.line(step, call(), fits=False)
        except PolyApiException as error:
            self.line(step, [error.status_code, error.error_msg], fits=error.status_code == status and words in str(error.error_msg))


class Trader:
    """One wallet with its client and the market it trades."""

    def __init__(self, host: str, key: str, kind: int = 0, funder: str | None = None) -> None:
        self.client = ClobClient(host, POLYGON, key, signature_type=kind, funder=funder)

    def limit(self, token: str, side: str, price: float, size: float, **more: Any) -> Any:  # noqa: ANN401
        """A signed limit order. `version` 3 signs for ExchangeV3."""
        options = PartialCreateOrderOptions(version=more.pop("version", None), tick_size=more.pop("tick_size", None))
        return self.client.create_order(OrderArgsV2(token_id=token, price=price, size=size, side=side, **more), options)

    def place(self, token: str, side: str, price: float, size: float, **more: Any) -> Any:  # noqa: ANN401
        """Sign and post a limit order."""
        kind, post_only = more.pop("kind", OrderType.GTC), more.pop("post_only", False)
        return self.client.post_order(self.limit(token, side, price, size, **more), kind, post_only, defer_exec=True)

    def market(self, token: str, side: str, amount: float, kind: str, **more: Any) -> Any:  # noqa: ANN401
        """Sign and post an order that never rests. Without a price the client reads the book."""
        options = PartialCreateOrderOptions(version=more.pop("version", None))
        args = MarketOrderArgsV2(token_id=token, amount=amount, side=side, order_type=kind, **more)
        return self.client.post_order(self.client.create_market_order(args, options), kind, defer_exec=True)

    def balance(self, asset: str = "COLLATERAL", token: str | None = None) -> Any:  # noqa: ANN401
        """What the venue says the wallet has."""
        return self.client.get_balance_allowance(BalanceAllowanceParams(asset_type=asset, token_id=token))

    def post_as(self, owner: str, signed: Any) -> Any:  # noqa: ANN401
        """Post a signed order in the name of another API key, with our own headers: what the client never does, by its own hands."""
        payload = order_to_json_v2(signed, owner, OrderType.GTC)
        serialized = json.dumps(payload, separators=(",", ":"), ensure_ascii=False)
        headers = self.client._l2_headers("POST", POST_ORDER, body=payload, serialized_body=serialized)
        return self.client._post(f"{self.client.host}{POST_ORDER}", headers=headers, data=serialized)


def spoilt(signed: Any) -> Any:  # noqa: ANN401
    """The same order under a signature of which one digit is another."""
    last = signed.signature[-4]
    return dataclasses.replace(signed, signature=f"{signed.signature[:-4]}{'0' if last != '0' else '1'}{signed.signature[-3:]}")


def wait_for(is_so: Callable[[], bool], seconds: float = 20) -> None:
    """Settlement takes its time; what was not so at the end is a surprise of the next step."""
    end = time.monotonic() + seconds
    while not is_so() and time.monotonic() < end:
        time.sleep(0.1)
