"""The proof of a bundle, added up once more here: worlds are lived leg by leg, and every number that is changed is found."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from oms.machines.proof import FEE_STEP_MICRO, broken_worst, flaw, involved_in, leg_fee
from oms.values.bundles import NOBODY, Bundle, End, Leg, Shape, Transfer, TransferKind
from oms.values.market import EventGroup, FeeCurve, Market
from oms.values.orders import Side
from oms.values.units import MICRO
from tests.words_bundles import EVENT, given_bundle, given_group, given_leg, given_no_bundle, given_outcome, given_split_bundle

NAMES = ("a", "b", "c")
GROUP = given_group(*NAMES, exhaustive=False)
LOT_MICRO = MICRO // 100


def markets_of(rate_bps: int = 0) -> dict[str, Market]:
    return {name: given_outcome(name, fee=FeeCurve(rate_bps=rate_bps)) for name in NAMES}


def winners_of(group: EventGroup) -> tuple[str, ...]:
    return group.market_ids if group.exhaustive else (*group.market_ids, NOBODY)


def lived(bundle: Bundle, fills: Sequence[int], winner: str, rate_bps: int, *, moved: bool) -> int:
    """What is left when of each leg so many lots were filled in one trade, the transfers were made or not, and this one wins."""
    curve = FeeCurve(rate_bps=rate_bps)
    cash, held = 0, dict.fromkeys([f"{name}:{outcome}" for name in NAMES for outcome in ("YES", "NO")], 0)
    for transfer in (*bundle.before, *(bundle.after if moved else ())):
        shares = transfer.shares_micro
        if transfer.kind is TransferKind.CONVERT:
            kept = shares - shares * transfer.fee_bps // 10_000
            cash += (len(transfer.market_ids) - 1) * kept
            for name in NAMES:
                held[f"{name}:{'NO' if name in transfer.market_ids else 'YES'}"] += -shares if name in transfer.market_ids else kept
        else:
            sign = 1 if transfer.kind is TransferKind.SPLIT else -1
            cash -= sign * shares
            for outcome in ("YES", "NO"):
                held[f"{transfer.market_ids[0]}:{outcome}"] += sign * shares
    for leg, lots in zip(bundle.legs, fills, strict=True):
        shares = min(leg.shares_micro, lots * LOT_MICRO)
        sign = 1 if leg.side is Side.BUY else -1
        cash -= sign * (shares * leg.price_pips // 10_000) + curve.fee_cash_micro(shares, leg.price_pips)
        held[leg.token] += sign * shares
    return cash + sum(shares for token, shares in held.items() if (token.partition(":")[0] == winner) is token.endswith("YES"))


def proven(shape: Shape, legs: Sequence[Leg], rate_bps: int, group: EventGroup, fee_bps: int = 0) -> Bundle:
    """A bundle of these legs whose every number was reckoned here, win or lose."""
    legs = tuple([replace(leg, fee_micro=leg_fee(FeeCurve(rate_bps=rate_bps), leg)) for leg in legs])
    names = tuple(dict.fromkeys([leg.market_id for leg in legs]))
    sets = legs[0].shares_micro
    selling = shape in (Shape.SPLIT_SELL_BOTH, Shape.SPLIT_SELL_YES)
    before = tuple([Transfer(kind=TransferKind.SPLIT, market_ids=(name,), shares_micro=sets) for name in names]) if selling else ()
    after: tuple[Transfer, ...] = ()
    if shape in (Shape.BUY_NO_CONVERT, Shape.SPLIT_SELL_YES):
        after = (Transfer(kind=TransferKind.CONVERT, market_ids=names, shares_micro=sets, fee_bps=fee_bps),)
    if shape is Shape.BUY_BOTH_MERGE:
        after = (Transfer(kind=TransferKind.MERGE, market_ids=names, shares_micro=sets),)
    bought = sum(leg.cash_micro + leg.fee_micro for leg in legs if leg.side is Side.BUY)
    bundle = Bundle(
        shape=shape,
        event_id=EVENT,
        sets_micro=sets,
        before=before,
        legs=legs,
        after=after,
        ends=(),
        capital_micro=bought + len(before) * sets,
        free_ns=None,
        why="reckoned in the test",
    )
    whole = [leg.shares_micro // LOT_MICRO for leg in legs]
    slack = sum(leg.fee_micro - FeeCurve(rate_bps=rate_bps).fee_cash_micro(leg.shares_micro, leg.price_pips) for leg in legs)
    ends = [End(winner=who, result_micro=lived(bundle, whole, who, rate_bps, moved=True) - slack) for who in winners_of(group)]
    return replace(bundle, ends=tuple(ends))


@st.composite
def bundles(draw: st.DrawFn) -> tuple[Bundle, int, EventGroup]:
    """(a bundle whose numbers add up, whether or not it pays; its fee rate; its event)."""
    shape = draw(st.sampled_from(Shape))
    rate_bps, fee_bps = draw(st.sampled_from((0, 400, 700))), draw(st.sampled_from((0, 25)))
    shares = draw(st.integers(5, 60))
    one_market = shape in (Shape.BUY_BOTH_MERGE, Shape.SPLIT_SELL_BOTH)
    side = Side.SELL if shape in (Shape.SPLIT_SELL_BOTH, Shape.SPLIT_SELL_YES) else Side.BUY
    group = given_group(*NAMES, exhaustive=shape is Shape.BUY_ALL_YES or draw(st.booleans()), fee_bps=fee_bps)
    outcome = "NO" if shape in (Shape.BUY_NO_CONVERT, Shape.BUY_NO_HOLD) else "YES"
    names = NAMES if shape is Shape.BUY_ALL_YES else draw(st.sampled_from((NAMES, NAMES[:2])))
    tokens = ["a:YES", "a:NO"] if one_market else [f"{name}:{outcome}" for name in names]
    legs = [given_leg(token, draw(st.integers(1, 99)) * 100, shares, side) for token in tokens]
    return proven(shape, legs, rate_bps, group, fee_bps), rate_bps, group


@given(bundles(), st.data())
def test_whichever_legs_fill_as_far_as_they_like_it_is_never_worse_than_the_broken_worst(
    one: tuple[Bundle, int, EventGroup], data: st.DataObject
) -> None:
    bundle, rate_bps, group = one
    fills = [data.draw(st.sampled_from((0, 1, 77, 500, 6_000))) for _ in bundle.legs]
    bound = broken_worst(bundle, markets_of(rate_bps), winners_of(group))
    assert bound <= 0
    assert min(lived(bundle, fills, winner, rate_bps, moved=False) for winner in winners_of(group)) >= bound


@given(bundles())
def test_a_proof_that_adds_up_is_taken_exactly_when_no_outcome_loses(one: tuple[Bundle, int, EventGroup]) -> None:
    bundle, rate_bps, group = one
    found = flaw(bundle, group, markets_of(rate_bps), winners_of(group))
    if bundle.worst_micro >= 0:
        assert found == ""
    else:
        assert found.startswith("it loses ")


NUMBERS = ("cash_micro", "fee_micro", "shares_micro", "price_pips")


@given(bundles().filter(lambda one: one[0].worst_micro >= 0), st.data(), st.integers(-2_000_000, 2_000_000).filter(bool))
def test_any_number_that_is_changed_is_found(one: tuple[Bundle, int, EventGroup], data: st.DataObject, change: int) -> None:
    bundle, rate_bps, group = one

    def judged(other: Bundle) -> str:
        return flaw(other, group, markets_of(rate_bps), winners_of(group))

    at = data.draw(st.sampled_from(range(len(bundle.legs))))
    leg = bundle.legs[at]
    for name in NUMBERS:
        changed = replace(leg, **{name: getattr(leg, name) + (change % 4_999 or 1 if name == "price_pips" else change)})
        fee_covers = leg_fee(FeeCurve(rate_bps=rate_bps), changed) <= leg.fee_micro
        if name != "price_pips" or changed.cash_micro != given_leg_cash(changed) or not fee_covers:  # else it moves the same money, and no more
            assert judged(replace(bundle, legs=(*bundle.legs[:at], changed, *bundle.legs[at + 1 :]))), name
    end = data.draw(st.sampled_from(bundle.ends))
    assert judged(replace(bundle, ends=tuple([replace(one, result_micro=one.result_micro + change) if one is end else one for one in bundle.ends])))
    for name in ("sets_micro", "capital_micro"):
        assert judged(replace(bundle, **{name: getattr(bundle, name) + change})), name
    for name in ("before", "after"):
        for transfer in getattr(bundle, name):
            others = [one for one in getattr(bundle, name) if one is not transfer]
            assert judged(replace(bundle, **{name: (*others, replace(transfer, shares_micro=transfer.shares_micro + change))}))
            if transfer.kind is TransferKind.CONVERT:
                assert judged(replace(bundle, **{name: (*others, replace(transfer, fee_bps=transfer.fee_bps + change))}))


def given_leg_cash(leg: Leg) -> int:
    """What a leg moves at its limit: a BUY whole cents, rounded up."""
    exact = leg.shares_micro * leg.price_pips
    return -(-exact // (10_000 * 10_000)) * 10_000 if leg.side is Side.BUY else exact // 10_000


ALL_YES = given_bundle(*NAMES, prices=(3_000, 3_000, 3_500))
NOS = given_no_bundle("a", "b", others=("c",))
SPLIT = replace(given_split_bundle(), ends=tuple([End(winner=name, result_micro=MICRO) for name in (*NAMES, NOBODY)]))
CONVERT = NOS.after[0]
FLAWS: list[tuple[Bundle, str]] = [
    (replace(ALL_YES, legs=()), "it has no legs, or is about markets that are not open"),
    (replace(ALL_YES, legs=(*ALL_YES.legs, given_leg("z:YES", 100))), "it has no legs, or is about markets that are not open"),
    (replace(NOS, ends=NOS.ends[:-1]), "it does not say what is left if none of the outcomes wins"),
    (
        replace(NOS, legs=(replace(NOS.legs[0], token="b:NO"), NOS.legs[1])),
        "a leg of 20000000 shares of a token that is not the market's",
    ),
    (replace(NOS, after=(replace(CONVERT, market_ids=("a", "c")),)), "it sells or gives 20000000 shares of c:NO that it does not have"),
    (replace(NOS, after=(CONVERT, CONVERT)), "it sells or gives 20000000 shares of a:NO that it does not have"),
    (replace(SPLIT, before=(), capital_micro=0), "it sells or gives 20000000 shares of a:YES that it does not have"),
    (replace(NOS, before=(CONVERT,), capital_micro=39 * MICRO), "a CONVERT before the legs"),
    (replace(SPLIT, before=(replace(SPLIT.before[0], market_ids=("a", "b")),)), "a SPLIT of 20000000 shares of 2 markets, for 20000000 sets"),
    (replace(NOS, after=(replace(CONVERT, shares_micro=0),)), "a CONVERT of 0 shares of 2 markets, for 20000000 sets"),
]


@pytest.mark.parametrize(("bundle", "words"), FLAWS)
def test_a_bundle_that_cannot_be_as_it_says_is_refused_in_words(bundle: Bundle, words: str) -> None:
    assert flaw(bundle, GROUP, markets_of(), winners_of(GROUP)) == words


def test_markets_that_may_win_together_are_no_bundle() -> None:  # trap T10
    open_group = replace(GROUP, exclusive=False)
    assert flaw(NOS, open_group, markets_of(), winners_of(GROUP)) == "its markets do not exclude each other"
    assert flaw(SPLIT, open_group, markets_of(), ("a", NOBODY)) == ""


def test_markets_of_another_event_are_no_bundle() -> None:
    assert flaw(NOS, given_group("b", "c"), markets_of(), ("b", "c", NOBODY)) == f"it is about markets that are not of event {EVENT}"


def test_an_outcome_that_nobody_lists_makes_all_yes_lose() -> None:  # trap T10
    told = replace(ALL_YES, ends=(*ALL_YES.ends, End(winner=NOBODY, result_micro=-19 * MICRO)))
    assert flaw(ALL_YES, given_group(*NAMES), markets_of(), NAMES) == ""
    assert flaw(told, GROUP, markets_of(), winners_of(GROUP)) == "it loses 19000000 if none of the outcomes wins"


def test_a_conversion_is_for_the_events_own_fee_and_only_where_there_is_one() -> None:
    for fee_bps in (None, 25):
        group = replace(GROUP, conversion_fee_bps=fee_bps)
        assert flaw(NOS, group, markets_of(), winners_of(group)) == f"it converts for 0 bps, and the event's fee is {fee_bps}"


def test_the_fee_of_a_leg_leaves_room_for_its_parts() -> None:
    leg = given_leg("a:YES", 5_000, 100)
    assert leg_fee(FeeCurve(), leg) == 0
    assert leg_fee(FeeCurve(rate_bps=700), leg) == 1_750_000 + 64 * FEE_STEP_MICRO


def test_markets_are_named_once_in_the_order_of_the_legs_and_then_of_the_transfers() -> None:
    assert involved_in(replace(NOS, after=(replace(CONVERT, market_ids=("c", "a")),))) == ("a", "b", "c")
