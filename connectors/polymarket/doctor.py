"""What the venue's answers say about readiness: one line each, and what to do about it. Pure: answers in, lines out.

A line is fine, bad, or open: open where nobody could or needed to look, which keeps nobody from starting. What is bad names one step that mends it.
Who asks is config/assembly/doctor.py.
"""

import enum
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from connectors.polymarket.answers import Balance
from connectors.polymarket.chain import NoAnswer, OnChain
from connectors.polymarket.signing import SignatureType, Wallet
from connectors.polymarket.typed_data import POLYGON, checksummed, exchange_of
from connectors.polymarket.wallet_kinds import behind, kind_of, wallets_of
from connectors.transport.http import Absent, Answer, Failed, Found
from connectors.transport.server_clock import ServerClock
from oms.values.market import Market
from oms.values.nesting import check_nesting
from oms.values.texts import one_line
from oms.values.units import MICRO, NS_PER_SECOND, Nanos

SITE: Final = "https://polymarket.com"
COLLATERAL: Final = "0xC011a7E12a19f7B1f670d46F03B03f3342E82DFB"
"""pUSD (polymarket.md §8.1)."""
LEDGERS: Final = {"v1": "0x4D97DCd97eC945f40cF65F87097ACe5EA0476045", "v2": "0x006F54F7f9A22e0000CC2AB60031000000ae9fEF"}
"""Who keeps the shares of a generation: ConditionalTokens, PositionManager."""
_UNLIMITED: Final = 1 << 128
_KINDS: Final = {
    SignatureType.EOA: "the key's own address (EOA)",
    SignatureType.POLY_PROXY: "proxy wallet",
    SignatureType.POLY_GNOSIS_SAFE: "Safe",
    SignatureType.POLY_1271: "deposit wallet",
}


_A_KIND: Final = {kind: words if kind is SignatureType.EOA else f"a {words}" for kind, words in _KINDS.items()}


class Mark(enum.Enum):
    """How it stands."""

    FINE = "✓"
    BAD = "✗"
    OPEN = "–"


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One line."""

    name: str
    mark: Mark
    text: str
    step: str = ""
    """What mends it; only of a bad one."""


def fine(name: str, text: str) -> Check:
    """Nothing to do."""
    return Check(name=name, mark=Mark.FINE, text=text)


def bad(name: str, text: str, step: str) -> Check:
    """Not ready, and what mends it."""
    return Check(name=name, mark=Mark.BAD, text=text, step=step)


def left_open(name: str, text: str) -> Check:
    """Nobody could or needed to look."""
    return Check(name=name, mark=Mark.OPEN, text=text)


class _Region(msgspec.Struct):
    blocked: bool
    country: str = ""
    region: str = ""


class _Standing(msgspec.Struct):
    closed_only: bool


_region: msgspec.json.Decoder[_Region] = msgspec.json.Decoder(_Region)
_standing: msgspec.json.Decoder[_Standing] = msgspec.json.Decoder(_Standing)
_UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def reach_check(name: str, url: str, why_not: str) -> Check:
    """A server. `why_not`: empty when it answered."""
    if not why_not:
        return fine(name, url)
    step = f"see what keeps this machine from {url} (name resolution, a firewall, a proxy, an outage); `curl -sv {_as_http(url)}` tells more"
    return bad(name, f"{url} does not answer: {why_not}", step)


def _as_http(url: str) -> str:
    return "http" + url.removeprefix("ws") if url.startswith("ws") else url


def why_not(answer: Answer) -> str:
    """Why an answer is none, in short and without a page of HTML; empty when it is one."""
    if isinstance(answer, Found):
        return ""
    if answer.status is not None:
        return f"HTTP {answer.status}{' (refused on the way, as Cloudflare does)' if answer.status == 403 else ''}"
    return answer.why.partition(": ")[2] or answer.why if isinstance(answer, Failed) else "no answer"


def clock_check(clock: ServerClock, off_max_ns: Nanos) -> Check:
    """Our clock against the venue's, as its answers told it."""
    if not clock.is_known:
        return left_open("clock", "the venue told no time to compare with")
    off_s, error_s = clock.offset_ns / NS_PER_SECOND, clock.error_ns / NS_PER_SECOND
    if abs(clock.offset_ns) > off_max_ns:
        return bad(
            "clock", f"ours is {abs(off_s):.1f} s {'behind' if off_s > 0 else 'ahead of'} the venue's", "set it: sudo timedatectl set-ntp true"
        )
    return fine("clock", f"ours and the venue's differ by at most {abs(off_s) + error_s:.1f} s")


def region_check(answer: Answer, url: str) -> Check:
    """May orders come from here? The venue judges by the internet address; its terms bind residents wherever they are (polymarket.md §4.8)."""
    if isinstance(answer, Found):
        try:
            check_nesting(answer.body)
            told = _region.decode(answer.body)
        except _UNREADABLE:
            return left_open("region", f"{url} gave an answer that cannot be read")
        where = ", ".join(one_line(part, 40) for part in (told.country, told.region) if part) or "no country told"
        if told.blocked:
            step = "do not trade from there: the venue's terms forbid it, and nothing here goes round that; `paper` and `record` send no orders"
            return bad("region", f"blocked: Polymarket takes no orders from where this machine is ({where})", step)
        return fine("region", f"orders are taken from where this machine is ({where})")
    if isinstance(answer, Absent):
        return left_open("region", f"nobody at {url} says (HTTP {answer.status})")
    if answer.status == 403:
        return bad(
            "region", "blocked: not even the question is answered from here (HTTP 403)", f"open {url} in a browser on this machine: it says why"
        )
    return left_open("region", f"could not be asked: {why_not(answer)}")


def wallet_check(wallet: Wallet, on_chain: OnChain | NoAnswer | None) -> Check:
    """Is the funder a wallet of the key, of the kind the settings say, and deployed? `on_chain`: None where no node is named."""
    kind, owner, funder = wallet.signature_type, checksummed(wallet.owner), checksummed(wallet.funder)
    if isinstance(on_chain, OnChain) and on_chain.chain_id != wallet.chain_id:
        text = f"the node of venue.rpc is on chain {on_chain.chain_id}, the wallet on {wallet.chain_id}"
        return bad("wallet", text, f"name a node of chain {wallet.chain_id} as venue.rpc")
    seen = behind(on_chain.code) if isinstance(on_chain, OnChain) else None
    if seen is not None and seen.kind is SignatureType.POLY_1271 and seen.owner == owner:
        of_key: SignatureType | None = SignatureType.POLY_1271
    else:
        of_key = kind_of(owner, funder, wallet.chain_id)
    if of_key is None:
        return _foreign(wallet, seen is not None and seen.kind is SignatureType.POLY_1271)
    if of_key is not kind:
        text = f"{funder} is this key's {_KINDS[of_key]}, and signature_type {int(kind)} says {_KINDS[kind]}"
        return bad("wallet", text, f"write signature_type = {int(of_key)} into the signer's settings")
    if kind is SignatureType.EOA and (seen is None or seen.kind is kind):
        return fine("wallet", f"{funder}, {_KINDS[kind]}")
    if seen is None:
        reason = on_chain.why if isinstance(on_chain, NoAnswer) else "no node is named as venue.rpc"
        return left_open("wallet", f"{funder}, this key's {_KINDS[kind]}; whether it is deployed was not looked at: {reason}")
    if seen.kind is SignatureType.EOA:
        text = f"this key's {_KINDS[kind]} {funder} is not deployed: nothing stands at its address yet"
        return bad("wallet", text, f"deploy it: sign in at {SITE} with this key and make the first deposit there")
    if seen.kind is not kind:
        return bad("wallet", f"at {funder} stands a contract that is not {_A_KIND[kind]}", f"look at {SITE}/settings which wallet your account has")
    return fine("wallet", f"{funder}, this key's {_KINDS[kind]}, deployed")


def _foreign(wallet: Wallet, is_deposit_wallet: bool) -> Check:  # noqa: FBT001
    """A funder that does not follow from the key."""
    if wallet.chain_id != POLYGON:
        return left_open("wallet", f"{wallet.funder}: which wallets a key has is known for chain {POLYGON} only, not for {wallet.chain_id}")
    known = ", ".join(f"{addresses[0]} ({int(kind)}: {_KINDS[kind]})" for kind, addresses in wallets_of(wallet.owner).items())
    text = f"{wallet.funder} is {'the deposit wallet of another key' if is_deposit_wallet else f'no wallet of the key of {wallet.owner}'}"
    return bad("wallet", text, f"take the key of that wallet, or as funder and signature_type one of this key's: {known}")


def standing_check(answer: Answer) -> Check:
    """May this account open positions?"""
    if isinstance(answer, Found):
        try:
            check_nesting(answer.body)
            is_closed = _standing.decode(answer.body).closed_only
        except _UNREADABLE:
            return left_open("standing", "the venue's answer cannot be read")
        if is_closed:
            return bad("standing", "the venue lets this account only close positions", f"ask Polymarket's support why: {SITE} (Help)")
        return fine("standing", "the account may open positions")
    return left_open("standing", f"the venue does not say: {why_not(answer)}")


def contracts_of(markets: Sequence[Market], chain_id: int) -> Mapping[str, Sequence[str]]:
    """Generation → the exchanges (EIP-55) that move money and shares for its markets; of both kinds, as approvals are given (polymarket.md §8.2)."""
    found: dict[str, list[str]] = {}
    for market in markets:
        kinds = [exchange_of(msgspec.structs.replace(market, neg_risk=flag), chain_id).contract for flag in (False, True)]
        found[market.generation] = list(dict.fromkeys(kinds))
    return found


def cash_check(wallet: Wallet, cash: Balance | None, elsewhere: Mapping[SignatureType, int], contracts: Mapping[str, Sequence[str]]) -> Check:
    """Collateral, and who may move it. `elsewhere`: what the key's wallets of other kinds hold, asked for where this one holds nothing."""
    if cash is None:
        return bad("collateral", "the venue does not tell what the wallet holds", "try again in a minute; `live` would not start either")
    rich = [kind for kind, micro in elsewhere.items() if micro]
    if not cash.held_micro and rich:
        text = f"{wallet.funder} holds nothing, but this key's {_KINDS[rich[0]]} holds {_usd(elsewhere[rich[0]])}"
        where = wallets_of(wallet.owner, wallet.chain_id).get(rich[0], ("",))[0]
        return bad("collateral", text, f"write signature_type = {int(rich[0])} and funder = {where!r} into the signer's settings")
    if not cash.held_micro:
        return bad("collateral", f"{wallet.funder} holds no pUSD", f"deposit at {SITE} (Deposit), or send pUSD ({COLLATERAL}) to {wallet.funder}")
    missing = _missing(cash, contracts)
    if missing:
        call = f'approve(address,uint256)" {missing[0]} AMOUNT'
        return bad("collateral", f"{_usd(cash.held_micro)}, but {_exchanges(missing)} may not move it", _approve(wallet, COLLATERAL, call, "pUSD"))
    least = min((micro for _, micro in cash.allowances_micro), default=_UNLIMITED)
    return fine("collateral", f"{_usd(cash.held_micro)}; allowance {'unlimited' if least >= _UNLIMITED else _usd(least)}{_untold(cash)}")


def shares_check(wallet: Wallet, generation: str, shares: Balance | None, contracts: Mapping[str, Sequence[str]]) -> Check:
    """May the exchanges of a generation move the wallet's shares, as selling needs?"""
    name = f"shares {generation}"
    if shares is None:
        return bad(name, "the venue does not tell who may move them", "try again in a minute; `live` would not start either")
    missing = _missing(shares, {generation: contracts[generation]})
    if missing:
        call = f'setApprovalForAll(address,bool)" {missing[0]} true'
        return bad(name, f"{_exchanges(missing)} may not move them, so nothing can be sold", _approve(wallet, LEDGERS[generation], call, "shares"))
    return fine(name, f"the exchanges may move what is sold{_untold(shares)}")


def _missing(balance: Balance, contracts: Mapping[str, Sequence[str]]) -> list[str]:
    """Exchanges without an allowance. Where the venue names none, or one for all, that one counts."""
    told = {contract.lower(): micro for contract, micro in balance.allowances_micro}
    needed = list(dict.fromkeys(contract for group in contracts.values() for contract in group))
    if not told:
        return []
    return [contract for contract in needed if not told.get(contract.lower(), told.get("", 0))]


def _untold(balance: Balance) -> str:
    return "" if balance.allowances_micro else " (the venue names no allowances)"


def _exchanges(missing: Sequence[str]) -> str:
    return f"the exchange{'s' if len(missing) > 1 else ''} {', '.join(missing)}"


def _approve(wallet: Wallet, contract: str, call: str, what: str) -> str:
    if wallet.signature_type is SignatureType.EOA:
        return f'approve it from {wallet.funder}: cast send {contract} "{call} --rpc-url YOUR_NODE --interactive'
    return f"sign in at {SITE} with this key and place one small order by hand: that makes the wallet approve {what}; then look again"


def _usd(micro: int) -> str:
    return f"${micro / MICRO:,.2f}"
