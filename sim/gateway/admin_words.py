"""What the operator says to the simulated venue: the JSON bodies of admin.py, one kind a word. Times are seconds, money and sizes decimal texts."""

from typing import Annotated, Final

import msgspec

from oms.values.events import SettlementStage
from sim.gateway.conditions import Mode, Rates
from sim.gateway.pathologies import Pathologies

_A_SPAN_S: Final = msgspec.Meta(ge=0, le=1e9)
"""Thirty years; what is longer may not fit a number of nanoseconds."""


class AdminBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Common shape: what is not known is refused."""


class NewMarket(AdminBody):
    """A market to list; ids follow from the title."""

    title: str
    generation: str = "v1"
    neg_risk: bool = False
    tick: str = "0.01"
    min_size: str = "5"
    fee_bps: int = 0
    end_s: int | None = None
    event_id: str = ""
    slug: str = ""
    description: str = ""
    outcomes: tuple[str, str] = ("Yes", "No")
    tags: tuple[str, ...] = ()
    hold_ms: int = 0
    hold_keeps_reply: bool = False
    pays_after_s: int = 10


class OfMarket(AdminBody):
    """close, resolve (with `yes_ppm`), void (with `refund`), tick (with `tick`)."""

    market: str
    yes_ppm: int | None = None
    refund: bool = False
    tick: str = ""


class Gift(AdminBody):
    """Cash, or complete sets of a market (paid with new cash)."""

    address: str
    cash: str = "0"
    market: str = ""
    sets: str = "0"


class Wallet(AdminBody):
    """Whose orders; empty: everybody's."""

    address: str = ""


class Settling(AdminBody):
    """Of trades to come. What is not named stays."""

    mined_ms: int | None = None
    confirmed_ms: int | None = None
    failed_ppm: int | None = None


class Step(AdminBody):
    """One trade, and MINED, CONFIRMED, RETRYING or FAILED."""

    trade: str
    stage: SettlementStage


class Health(AdminBody):
    """What is not named stays."""

    mode: Mode | None = None
    restart_s: Annotated[float, _A_SPAN_S] | None = None
    post_only_s: Annotated[float, _A_SPAN_S] | None = None
    geoblocked: bool | None = None
    standing: dict[str, str] = {}
    """Address → "banned", "closed only", or "" to lift it."""
    approved: dict[str, bool] = {}
    """Address → whether its allowances are there."""
    is_limited: bool | None = None
    rates: Rates | None = None


class Misfortune(AdminBody):
    """`rates` replace those there are; `next` is for single occasions."""

    seed: int | None = None
    rates: dict[str, Annotated[float, msgspec.Meta(ge=0, le=1)]] | None = None
    next: dict[str, int] = {}


class Spoilt(AdminBody):
    """A channel and what is wrong with it; nothing: it is healthy."""

    channel: str
    pathologies: Pathologies = Pathologies()


class Hangup(AdminBody):
    """A channel and the code its sockets are closed with."""

    channel: str
    code: int = 1013
    reason: str = "slow consumer: send buffer full"
