"""Everything about one market in one place: its facts, both books, their verdicts, and what keeps us out of it."""

from oms.engine_settings import EngineSettings
from oms.machines.book import Book
from oms.machines.mirror import Mirror
from oms.machines.past import Evidence
from oms.values.market import Market, Payout, TokenId
from oms.values.snapshot import Snapshot
from oms.values.units import Nanos, Pips, SharesMicro


class Desk:
    """Everything about one market in one place."""

    __slots__ = (
        *("closed", "debts", "dirty", "held_until_ns", "market", "mirror", "no", "paid_shares", "payout", "quarantine", "rejections", "seen"),
        *("sets_changed", "snapshot", "yes"),
    )

    def __init__(self, market: Market, settings: EngineSettings) -> None:
        self.market = market
        self.yes = Book(market.yes, market.tick_pips, digest=settings.digest, hash_every=settings.hash_every)
        self.no = Book(market.no, market.tick_pips, digest=settings.digest, hash_every=settings.hash_every)
        self.mirror = Mirror(self.yes, self.no)
        self.closed = False
        """Trading ended: by the venue's word, or because end_ns has passed."""
        self.payout: Payout | None = None
        """What a share of each token became; None until the market is resolved."""
        self.paid_shares: dict[TokenId, int] = {}
        """Shares that were paid out so far; signed."""
        self.sets_changed: list[str] = []
        """Transfers that made or merged sets, by name: as many as we asked for while the market lasts."""
        self.quarantine = ""
        """Not empty: an invariant about this market broke; nothing new is sent until a person looks."""
        self.dirty = False
        self.rejections = 0
        """Orders that the venue refused here since it last took one."""
        self.held_until_ns: Nanos = 0
        """Nothing new is sent before: the venue refused, and would refuse again at network speed."""
        self.debts: dict[tuple[bool, Pips], SharesMicro] = {}
        """Displayed size that simulated orders of ours already took (LiquidityTaken): (is a YES bid, YES price) → shares."""
        self.snapshot: Snapshot | None = None
        """As event strategies saw it last; None: something changed since, or nobody looked."""
        self.seen: tuple[object, ...] = ()
        """What the last evaluation saw of the books; the same again is not worth asking about."""

    def book(self, token: TokenId) -> Book:
        """The book of one of the two tokens."""
        return self.yes if token == self.market.yes else self.no

    def evidence(self) -> Evidence:
        """How often what is known of the books was judged, and agreed."""
        yes, no, mirror = self.yes, self.no, self.mirror
        return yes.hash_checked + no.hash_checked, yes.hash_agreed + no.hash_agreed, mirror.judged, mirror.agreed
