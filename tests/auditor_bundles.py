"""What the auditor asks of bundles and of sets made, merged and converted: plain sums again, outcome by outcome. Shares no code with `oms`.

lost       a bundle that was opened and did not end is known to the bot, with all that was asked for it
doubled    no bundle is opened, and nothing is asked for one, twice; what was asked is done at most once
invented   what the bot heard was done with sets the exchange did, in the same numbers; what was refused it did not do
ended      when a bundle ends all of it is final, and it leaves at worst exactly what is said
bundle     whoever wins, and whichever trades still fail, no bundle costs more than one may
event      the same of all markets of an event together
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from tests.auditor_book import CASH, ONE, Book, Seen, Truth, traded

NOBODY = ""
"""Wins when none of the outcomes does."""


def lost(book: Book, seen: Seen, truth: Truth) -> list[str]:
    """Bundles and transfers that one side knows and the other does not."""
    half_done = [name for name in book.opened if name not in book.ended]
    found = [f"lost: bundle {name} is half done and the bot has forgotten it" for name in half_done if name not in seen.bundles]
    found += [f"invented: bundle {name} is in flight and was not opened, or has ended" for name in seen.bundles if name not in half_done]
    for name in book.asked:
        if book.bundle_of[name] in half_done and name not in seen.transfers:
            found.append(f"lost: transfer {name} was asked for and the bot has forgotten it")
    done = {name: True for name, _ in truth.moved}
    found += [
        f"dead: transfer {name} is refused for the bot and was done" for name, state in seen.transfers.items() if state == "refused" and name in done
    ]
    return found + [
        f"invented: transfer {name} is done for the bot alone" for name, state in seen.transfers.items() if state == "done" and name not in done
    ]


def doubled(book: Book, truth: Truth) -> list[str]:
    """What happened more often than once, or was never written down."""
    found = [f"doubled: bundle {name} was opened {count} times" for name, count in book.opened_times.items() if count > 1]
    found += [f"doubled: transfer {name} was committed {count} times" for name, count in book.asked_times.items() if count > 1]
    deeds = Counter((book.bundle_of[name], type(asked).__name__, _markets_of(asked)) for name, asked in book.asked.items())
    found += [f"doubled: bundle {deed[0]} asks {count} times for a {deed[1]} of {', '.join(deed[2])}" for deed, count in deeds.items() if count > 1]
    times = Counter(name for name, _ in truth.moved)
    found += [f"doubled: transfer {name} was done {count} times" for name, count in times.items() if count > 1]
    return found + [f"orphan: transfer {name} was done and is in no journal" for name in times if name not in book.asked]


def invented(book: Book, truth: Truth) -> list[str]:
    """What was heard of sets, against what was done."""
    done = dict(truth.moved)
    found = [
        f"invented: transfer {name} was heard as {heard} and is {done.get(name)}" for name, heard in book.moved.items() if heard != done.get(name)
    ]
    return found + [f"invented: transfer {name} was refused and done" for name in book.refused if name in done]


def ended(book: Book, name: str) -> list[str]:
    """A bundle is said to be over: is all of it final, and does it leave so much at worst?"""
    said, bundle = book.ended[name], book.opened.get(name)
    if bundle is None:
        return [f"invented: bundle {name} ends and was never opened"]
    found = []
    moves: list[dict[str, int]] = []
    for (trade, order), fill in book.fills.items():
        if book.bundle_of.get(order) != name:
            continue
        stages = book.stages.get((trade, order), set())
        if not stages & {"CONFIRMED", "FAILED"}:
            found.append(f"ended: bundle {name} is over while trade {trade} of it may still fail")
        if "FAILED" not in stages:
            spec = book.placed[order]
            moves.append(traded(spec.token, spec.side.name, fill.shares_micro, fill.cash_micro, fill.fee_cash_micro))
    for transfer in book.asked:
        if book.bundle_of[transfer] != name:
            continue
        if transfer in book.moved:
            moves.append(book.moved[transfer])
        elif transfer not in book.refused:
            found.append(f"ended: bundle {name} is over while nobody knows what became of transfer {transfer}")
    left = min(_left(book, moves, winner) for winner in _winners(book, bundle))
    if left != said.result_micro:
        found.append(f"ended: bundle {name} leaves {left} at worst and is said to leave {said.result_micro}")
    return found


def costs(book: Book, truth: Truth, bundle_loss_max: int) -> list[str]:
    """The worst of each bundle whose markets have not paid, as things are at the exchange."""
    owners, found = book.owners(), []
    open_of = {name: bundle for name, bundle in book.opened.items() if not any(market in truth.payouts for market in _involved(bundle))}
    sums = {name: dict.fromkeys(_winners(book, bundle), 0) for name, bundle in open_of.items()}
    for (_, order), (token, side, shares, cash, fee, stage) in truth.fills.items():
        by_winner = sums.get(book.bundle_of.get(order, ""))
        if by_winner is not None and stage != "FAILED":
            changes = traded(token, side, shares, cash, fee)
            for winner in by_winner:
                effect = _worth(owners, changes, winner)
                by_winner[winner] += effect if stage == "CONFIRMED" else min(0, effect)
    for transfer, changes in truth.moved:
        by_winner = sums.get(book.bundle_of.get(transfer, ""), {})
        for winner in by_winner:
            by_winner[winner] += _worth(owners, changes, winner)
    for name, by_winner in sums.items():
        winner, worst = min(by_winner.items(), key=lambda pair: pair[1])
        if -worst > bundle_loss_max:
            found.append(f"bundle: {name} may lose {-worst} if {winner or 'nobody'} wins, the limit is {bundle_loss_max}")
    return found


def events(book: Book, results: Mapping[str, tuple[int, int]]) -> dict[str, tuple[list[str], int]]:
    """Event of which at most one market can win → (its markets that have not paid, the worst of them together).

    `results`: market → what it brings if YES wins and if NO does, whatever is undecided going against us.
    """
    worsts = {}
    for event, group in book.groups.items():
        pairs = {market: results[market] for market in group.market_ids if market in results}
        if group.exclusive and pairs:
            nobody = sum(if_no for _, if_no in pairs.values())
            ends = [nobody - if_no + if_yes for if_yes, if_no in pairs.values()]
            one_must = group.exhaustive and len(pairs) == len(group.market_ids)
            worsts[event] = (list(pairs), min(ends if one_must else [*ends, nobody]))
    return worsts


def joined(truth: Truth, owners: Mapping[str, tuple[str, int]]) -> list[str]:
    """Markets between which a conversion moved something: by itself none of them can be said to have lost or won that, only their event."""
    return [owners[token][0] for _, changes in truth.moved if _is_conversion(changes, owners) for token in changes if token != CASH]


def sets_result(truth: Truth, results: dict[str, list[int]], owners: Mapping[str, tuple[str, int]]) -> None:
    """Add what was done with sets to each market's (if YES wins, if NO does); the cash of a conversion is shared out among those that gave."""
    for _, changes in truth.moved:
        if not _is_conversion(changes, owners):
            continue  # a set is worth the dollar that it costs
        gave = [token for token, change in changes.items() if token != CASH and change < 0]
        each, odd = divmod(changes[CASH], len(gave))
        for token, change in changes.items():
            if token == CASH:
                continue
            market, which = owners[token]
            cash = each + (odd if token == gave[0] else 0) if token in gave else 0
            for outcome in (0, 1):
                results[market][outcome] += cash + (change if outcome == which else 0)


def _is_conversion(changes: Mapping[str, int], owners: Mapping[str, tuple[str, int]]) -> bool:
    """It takes NO and no YES of a market; a split or a merge moves both."""
    markets = [owners[token][0] for token in changes if token != CASH]
    return len(markets) == len(dict.fromkeys(markets))


def _involved(bundle: Any) -> list[str]:  # noqa: ANN401 - on purpose: only names are looked at
    markets = [leg.market_id for leg in bundle.legs]
    for transfer in (*bundle.before, *bundle.after):
        markets += transfer.market_ids
    return list(dict.fromkeys(markets))


def _winners(book: Book, bundle: Any) -> list[str]:  # noqa: ANN401
    """Who can still win, by what the bot has heard."""
    involved, group = _involved(bundle), book.groups.get(bundle.event_id)
    if len(involved) == 1 or group is None:
        return [*involved, NOBODY]
    won = [market for market in group.market_ids if book.payouts.get(market, (0, 0))[0] == ONE]
    left = [market for market in group.market_ids if market not in book.payouts]
    return won or (left if left and group.exclusive and group.exhaustive else [*left, NOBODY])


def _worth(owners: Mapping[str, tuple[str, int]], changes: Mapping[str, int], winner: str) -> int:
    """What these changes are worth if that market wins and the others lose."""
    worth = changes[CASH]
    for token, change in changes.items():
        if token != CASH:
            market, which = owners[token]
            worth += change if (market == winner) is (which == 0) else 0
    return worth


def _left(book: Book, moves: list[dict[str, int]], winner: str) -> int:
    """What all of this leaves if that market wins; what has paid is known, and is rounded down a token."""
    owners, held = book.owners(), Counter[str]()
    for changes in moves:
        held.update(changes)
    left = held.pop(CASH, 0)
    for token, shares in held.items():
        market, which = owners[token]
        if market in book.payouts:
            left += shares * book.payouts[market][which] // ONE
        else:
            left += shares if (market == winner) is (which == 0) else 0
    return left


def _markets_of(asked: Any) -> tuple[str, ...]:  # noqa: ANN401
    return asked.market_ids if type(asked).__name__ == "Convert" else (asked.market_id,)
