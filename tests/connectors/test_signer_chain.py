"""The judge of chain transactions: what it lets pass, each refusal by name beside the neighbour that just passes, and no call data that fools it."""

from typing import Any

import pytest
from eth_abi.abi import decode
from eth_utils.crypto import keccak
from hypothesis import given
from hypothesis import strategies as st

from connectors.polymarket import doctor
from connectors.signer_caps import Caps, Over, OverCap, Spent
from connectors.signer_chain import CONTRACTS, PUSD, Bar, BarredCall, Deed, call_of, judged, selector
from connectors.signer_transaction import Transaction
from oms.values.units import MICRO
from tests.connectors import words_chain as words
from tests.connectors.words_chain import ADAPTER, CONDITION, CONDITION_V2, EVENT, NEG_RISK, ROUTER, a_transaction, call, chain_caps
from tests.connectors.words_signer import given_caps

DAY = 19_675
NOTHING = Spent()
CALLS: list[tuple[str, bytes, Deed, int | None]] = [
    (ADAPTER, words.split_v1(), Deed.SPLIT, MICRO),
    (ADAPTER, words.merge_v1(), Deed.MERGE, MICRO),
    (ADAPTER, words.redeem_v1(), Deed.REDEEM, None),
    (NEG_RISK, words.split_v1(), Deed.SPLIT, MICRO),
    (NEG_RISK, words.merge_v1(), Deed.MERGE, MICRO),
    (NEG_RISK, words.redeem_v1(), Deed.REDEEM, None),
    (NEG_RISK, words.convert_v1(), Deed.CONVERT, 2 * MICRO),
    (ROUTER, words.split_v2(), Deed.SPLIT, MICRO),
    (ROUTER, words.merge_v2(), Deed.MERGE, MICRO),
    (ROUTER, words.redeem_v2(), Deed.REDEEM, MICRO),
    (ROUTER, words.convert_v2(), Deed.CONVERT, MICRO),
]


def passed(transaction: Transaction, caps: Caps | None = None, spent: Spent = NOTHING, chain_id: int = 137) -> Spent:
    return judged(transaction, caps or chain_caps(), chain_id, spent, DAY)


def barred(transaction: Transaction, caps: Caps | None = None, chain_id: int = 137) -> Bar:
    with pytest.raises(BarredCall) as refused:
        passed(transaction, caps, chain_id=chain_id)
    assert str(refused.value).startswith(refused.value.reason.value)
    return refused.value.reason


@pytest.mark.parametrize(("to", "data", "deed", "moved"), CALLS)
def test_each_call_as_eth_abi_writes_it_is_understood_and_only_a_split_spends(to: str, data: bytes, deed: Deed, moved: int | None) -> None:
    understood = call_of(a_transaction(data, to))
    assert (understood.function.deed, understood.moved_micro) == (deed, moved)
    dollars = MICRO if deed is Deed.SPLIT else 0
    assert passed(a_transaction(data, to)).buy_day_micro == dollars
    for spelled in (to.lower(), "0x" + to[2:].upper()):
        assert passed(a_transaction(data, spelled)).buy_total_micro == dollars


def test_what_was_encoded_is_what_is_read() -> None:
    convert = call_of(a_transaction(words.convert_v1(5, 0b1101), NEG_RISK))
    assert convert.values == {"marketId": int.from_bytes(CONDITION), "indexSet": 0b1101, "amount": 5}
    assert convert.moved_micro == 15  # so much NO of three questions
    assert call_of(a_transaction(words.convert_v2(5, 3))).values == {"eventId": int.from_bytes(EVENT) << 24, "conditionIndex": 3, "amount": 5}
    assert call_of(a_transaction(words.redeem_v2(5, 0))).values == {"conditionId": int.from_bytes(CONDITION_V2) << 8, "outcomeIndex": 0, "amount": 5}


def test_the_table_holds_what_the_reference_names_and_selectors_are_the_hashes_of_the_signatures() -> None:
    assert PUSD == words.PUSD == doctor.COLLATERAL
    assert sorted(CONTRACTS) == sorted((137, address.lower()) for address in (ADAPTER, NEG_RISK, ROUTER))
    found = {function.signature: selector(function).hex() for contract in CONTRACTS.values() for function in contract.functions}
    assert found == {signature: keccak(text=signature)[:4].hex() for signature in found}
    # These three also as nautilus_polymarket prints them in its documentation.
    assert found["splitPosition(address,bytes32,bytes32,uint256[],uint256)"] == "72ce4275"
    assert found["mergePositions(address,bytes32,bytes32,uint256[],uint256)"] == "9e7212ad"
    assert found["redeemPositions(address,bytes32,bytes32,uint256[])"] == "01b7037c"


def test_nothing_is_signed_unless_the_settings_turn_transactions_on() -> None:
    assert barred(a_transaction(), given_caps()) is Bar.NO_TRANSACTIONS
    assert barred(a_transaction(), chain_caps(transactions=False)) is Bar.NO_TRANSACTIONS


def test_only_the_wallets_own_chain_is_signed_for_and_no_contract_is_known_on_another() -> None:
    assert barred(a_transaction(chain_id=1)) is Bar.OTHER_CHAIN
    assert barred(a_transaction(), chain_id=80_002) is Bar.OTHER_CHAIN
    assert barred(a_transaction(chain_id=80_002), chain_id=80_002) is Bar.UNKNOWN_CONTRACT


@pytest.mark.parametrize(
    "to",
    [
        "0x4D97DCd97eC945f40cF65F87097ACe5EA0476045",  # ConditionalTokens: splits there with pUSD are lost (onchain.md §5)
        PUSD,
        "0xADa100874d00e3331D00F2007a9c336a65009718",  # the adapter published first
        ROUTER[:-1] + "1",
        ROUTER[2:],
        ROUTER + "00",
        "",
        "0x" + "ü" * 40,
    ],
)
def test_another_contract_is_refused_whatever_is_called_there(to: str) -> None:
    assert barred(a_transaction(words.split_v1(), to)) is Bar.UNKNOWN_CONTRACT


@pytest.mark.parametrize(
    ("to", "data"),
    [
        (PUSD, call("transfer(address,uint256)", ROUTER, 1)),
        (ROUTER, call("approve(address,uint256)", ROUTER, 1)),
        (ADAPTER, call("setApprovalForAll(address,bool)", ROUTER, True)),  # noqa: FBT003 (an argument of the call)
        (ADAPTER, words.convert_v1()),  # only the negRisk adapter has it
        (ADAPTER, words.split_v2()),
        (ROUTER, words.split_v1()),
        (ROUTER, call("horizontalSplit(bytes29,uint256)", EVENT, 1)),
        (ROUTER, b""),
        (ROUTER, words.split_v2()[:3]),
    ],
)
def test_another_function_is_refused_also_where_a_neighbour_has_it(to: str, data: bytes) -> None:
    assert barred(a_transaction(data, to)) is (Bar.UNKNOWN_CONTRACT if to == PUSD else Bar.UNKNOWN_FUNCTION)


@pytest.mark.parametrize(
    ("to", "data"),
    [
        (ADAPTER, words.split_v1(collateral="0x2791Bca1f2de4661ED88A30C99A7a9449Aa84174")),  # USDC.e
        (ADAPTER, words.split_v1(parent=b"\x00" * 31 + b"\x01")),
        (ADAPTER, words.split_v1(partition=[1])),
        (ADAPTER, words.split_v1(partition=[2, 1])),
        (ADAPTER, words.split_v1(partition=[1, 2, 4])),
        (ADAPTER, words.split_v1() + b"\x00"),
        (ADAPTER, words.split_v1()[:-1]),
        (NEG_RISK, words.convert_v1(index_set=0)),
        (ROUTER, words.split_v2() + bytes(32)),
        (ROUTER, words.split_v2()[:4]),
        (ROUTER, words.redeem_v2(outcome=2)),
    ],
)
def test_arguments_that_are_longer_shorter_or_others_are_refused(to: str, data: bytes) -> None:
    assert barred(a_transaction(data, to)) is Bar.BAD_CALL


@pytest.mark.parametrize(
    ("to", "data", "at"),
    [
        (ADAPTER, words.split_v1(), 4),  # the first byte of the address' word
        (ADAPTER, words.split_v1(), 4 + 11),
        (ROUTER, words.split_v2(), 4 + 31),  # the byte after bytes31
        (ROUTER, words.convert_v2(), 4 + 29),  # the three after bytes29
        (ROUTER, words.convert_v2(), 4 + 31),
        (ROUTER, words.convert_v2(), 4 + 32),  # the 30 before uint16
        (ROUTER, words.convert_v2(), 4 + 32 + 29),
    ],
)
def test_padding_that_is_not_zero_is_refused(to: str, data: bytes, at: int) -> None:
    changed = bytearray(data)
    assert changed[at] == 0
    changed[at] = 1
    assert barred(a_transaction(bytes(changed), to)) is Bar.BAD_CALL


def test_no_pol_goes_along() -> None:
    assert barred(a_transaction(value_wei=1)) is Bar.SENDS_POL
    assert barred(a_transaction(value_wei=-1)) is Bar.SENDS_POL


@pytest.mark.parametrize(("to", "data", "_deed", "moved"), CALLS)
def test_what_it_moves_is_more_than_nothing_and_at_most_the_cap(to: str, data: bytes, _deed: Deed, moved: int | None) -> None:
    if moved is None:  # redeemPositions names no amount: it takes all there is
        assert passed(a_transaction(data, to), chain_caps(transaction_micro=1)) == Spent()
        return
    assert passed(a_transaction(data, to), chain_caps(transaction_micro=moved)) == passed(a_transaction(data, to))
    assert barred(a_transaction(data, to), chain_caps(transaction_micro=moved - 1)) is Bar.TRANSACTION_CAP


@pytest.mark.parametrize(
    "changed",
    [
        a_transaction(words.split_v1(0), ADAPTER),
        a_transaction(words.merge_v1(0), ADAPTER),
        a_transaction(words.convert_v1(0), NEG_RISK),
        a_transaction(words.split_v2(0)),
        a_transaction(words.merge_v2(0)),
        a_transaction(words.redeem_v2(0)),
        a_transaction(words.convert_v2(0)),
    ],
)
def test_a_call_that_moves_nothing_is_refused(changed: Transaction) -> None:
    assert barred(changed) is Bar.NO_AMOUNT


def test_a_number_as_large_as_a_word_holds_is_only_more_than_the_cap() -> None:
    for data, to in ((words.split_v2((1 << 256) - 1), ROUTER), (words.convert_v1((1 << 256) - 1, (1 << 256) - 1), NEG_RISK)):
        assert barred(a_transaction(data, to)) is Bar.TRANSACTION_CAP


def test_gas_times_max_fee_stays_within_its_cap() -> None:
    cost = 300_000 * 100 * words.GWEI
    assert passed(a_transaction(), chain_caps(gas_wei=cost)).day == DAY
    assert barred(a_transaction(), chain_caps(gas_wei=cost - 1)) is Bar.GAS_CAP


@pytest.mark.parametrize(
    "changes",
    [
        *({"gas": gas} for gas in (0, -1, 1 << 64)),
        *({"priority_fee_wei": tip} for tip in (-1, 100 * words.GWEI + 1)),
        *({"nonce": nonce} for nonce in (-1, (1 << 64) - 1)),
        {"max_fee_wei": 1 << 64},
        {"max_fee_wei": -1, "priority_fee_wei": -1},
    ],
)
def test_numbers_no_chain_takes_are_refused(changes: dict[str, Any]) -> None:
    assert barred(a_transaction(**changes)) is Bar.BAD_GAS


@pytest.mark.parametrize(
    "changes",
    [{"nonce": 0}, {"nonce": (1 << 64) - 2}, {"priority_fee_wei": 100 * words.GWEI}, {"max_fee_wei": 0, "priority_fee_wei": 0}, {"gas": 1}],
)
def test_the_edges_of_those_numbers_pass(changes: dict[str, Any]) -> None:
    assert passed(a_transaction(**changes)).buy_day_micro == MICRO


def test_splits_and_buys_share_the_days_dollars_and_the_total() -> None:
    left = Spent(day=DAY, buy_day_micro=499 * MICRO, buy_total_micro=499 * MICRO)
    assert passed(a_transaction(), spent=left).buy_day_micro == 500 * MICRO
    for more, spent, over in (
        (MICRO + 1, left, Over.DAY_CAP),
        (2 * MICRO, Spent(day=DAY - 1, buy_total_micro=4_999 * MICRO), Over.TOTAL_CAP),
    ):
        with pytest.raises(OverCap) as refused:
            passed(a_transaction(words.split_v2(more)), spent=spent)
        assert refused.value.reason is over


def test_where_the_days_dollars_are_used_up_shares_can_still_become_dollars() -> None:
    full = Spent(day=DAY, buy_day_micro=500 * MICRO, buy_total_micro=5_000 * MICRO)
    for to, data, deed, _ in CALLS:
        if deed is not Deed.SPLIT:
            assert passed(a_transaction(data, to), spent=full) == full


def decodes_to_itself(transaction: Transaction) -> None:
    """What the judge read, written out again, is the data; and eth_abi reads it too."""
    read = call_of(transaction)
    assert selector(read.function) + b"".join(value.to_bytes(32) for value in read.values.values()) == transaction.data
    decode(read.function.signature[read.function.signature.index("(") + 1 : -1].split(","), transaction.data[4:])


TO = st.sampled_from([ADAPTER, NEG_RISK, ROUTER])
MUTATED = st.builds(
    lambda data, at, byte: data[: at % len(data)] + bytes([byte]) + data[at % len(data) + 1 :],
    st.sampled_from([data for _, data, _, _ in CALLS]),
    st.integers(0, 500),
    st.integers(0, 255),
)
FUNCTIONS = [function for contract in CONTRACTS.values() for function in contract.functions]
WORDS = st.sampled_from([0, 1, 2, MICRO, 1 << 255, 160, int(PUSD, 16)]).map(lambda word: word.to_bytes(32))
MADE_UP = st.builds(lambda function, some: selector(function) + b"".join(some), st.sampled_from(FUNCTIONS), st.lists(WORDS, max_size=9))


@given(TO, st.one_of(st.binary(max_size=300), MUTATED, MADE_UP))
def test_random_call_data_is_refused_or_decodes_to_itself(to: str, data: bytes) -> None:
    transaction = a_transaction(data, to)
    try:
        spent = passed(transaction)
    except BarredCall:
        return
    decodes_to_itself(transaction)
    moved = call_of(transaction).moved_micro
    assert moved is None or 0 < moved <= 20 * MICRO
    assert spent.buy_day_micro == (moved if call_of(transaction).function.deed is Deed.SPLIT else 0)


@given(st.integers(1, 20 * MICRO), st.binary(min_size=31, max_size=31))
def test_every_amount_within_the_cap_passes_as_itself(amount: int, condition: bytes) -> None:
    transaction = a_transaction(call("split(bytes31,uint256)", condition, amount))
    assert passed(transaction).buy_day_micro == amount
    decodes_to_itself(transaction)
