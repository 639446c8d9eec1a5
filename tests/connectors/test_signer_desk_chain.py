"""The desk and chain transactions: signed and counted as orders are, refused by name, and nothing of the key in any answer."""

from pathlib import Path

import pytest
from eth_account import Account
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from connectors.polymarket.key import Key
from connectors.signer_caps import SpentFile
from connectors.signer_desk import SignerDesk, transaction_from
from connectors.signer_protocol import (
    Answer,
    Frames,
    Identity,
    Refused,
    Request,
    SignedTransaction,
    SignOrder,
    SignRefused,
    SignTransaction,
    answer_of,
    framed,
    request_of,
)
from connectors.signer_transaction import Transaction, raw_transaction, signing_hash
from oms.values.units import MICRO
from tests.connectors.polymarket.words_signing import EOA, SECRET
from tests.connectors.words_chain import PUSD, a_transaction, chain_caps, merge_v2, split_v2
from tests.connectors.words_signer import NOW_S, an_order, given_desk, given_signer_wallet

SPLIT = a_transaction()


def told(desk: SignerDesk, request: Request) -> Answer:
    (answer,) = Frames().feed(desk.answer(framed(request)[4:]))
    return answer_of(answer)


def asked(desk: SignerDesk, transaction: Transaction) -> Answer:
    return told(desk, SignTransaction(number=7, transaction=transaction))


def reason(answer: Answer) -> str:
    assert isinstance(answer, Refused)
    return answer.reason


def test_what_is_signed_is_what_was_asked_for_and_the_owners(tmp_path: Path) -> None:
    answer = asked(given_desk(tmp_path, caps=chain_caps()), SPLIT)
    assert isinstance(answer, SignedTransaction)
    assert answer.number == 7
    sent = transaction_from(answer, SPLIT)
    assert sent == raw_transaction(SPLIT, Key(SECRET).sign(signing_hash(SPLIT)))
    assert Account.recover_transaction(sent.raw) == EOA


def test_a_desk_whose_settings_say_nothing_of_transactions_signs_none(tmp_path: Path) -> None:
    assert reason(asked(given_desk(tmp_path), SPLIT)) == "NO_TRANSACTIONS"


def test_splits_and_orders_fill_one_day_over_a_restart_and_what_is_refused_fills_nothing(tmp_path: Path) -> None:  # req 0.15
    small = chain_caps()
    caps = replace(small, buy=replace(small.buy, day_micro=10 * MICRO))
    file = SpentFile(tmp_path / "signer.json")
    desk = SignerDesk(given_signer_wallet(), Key(SECRET), caps, file, lambda: NOW_S)
    assert reason(asked(desk, a_transaction(split_v2(10 * MICRO), gas=0))) == "BAD_GAS"
    assert not isinstance(told(desk, SignOrder(number=1, order=an_order().order)), Refused)  # 4.9 dollars
    assert reason(asked(desk, a_transaction(split_v2(5_100_001)))) == "DAY_CAP"
    assert isinstance(asked(desk, a_transaction(split_v2(5_100_000))), SignedTransaction)
    assert reason(asked(desk, a_transaction(split_v2(1)))) == "DAY_CAP"
    file.close()
    again = given_desk(tmp_path, caps=caps)
    assert reason(asked(again, a_transaction(split_v2(1)))) == "DAY_CAP"
    assert reason(told(again, SignOrder(number=1, order=an_order().order))) == "DAY_CAP"
    assert isinstance(asked(again, a_transaction(merge_v2(10 * MICRO))), SignedTransaction)


def test_no_split_is_signed_that_could_not_be_written_down(tmp_path: Path) -> None:
    desk = given_desk(tmp_path, caps=chain_caps())
    (tmp_path / "signer.json.new").mkdir()
    assert reason(asked(desk, SPLIT)) == "STATE_NOT_WRITTEN"
    assert isinstance(asked(desk, a_transaction(merge_v2())), SignedTransaction)  # it spends nothing, so nothing had to be written


def test_another_transaction_than_ours_is_refused_at_our_end(tmp_path: Path) -> None:
    answer = asked(given_desk(tmp_path, caps=chain_caps()), SPLIT)
    assert isinstance(answer, SignedTransaction)
    for odd in (
        replace(answer, raw=answer.raw + b"\x00"),
        replace(answer, transaction_hash=b"\x00" * 32),
        replace(answer, signature=b""),
        replace(answer, signature=answer.signature[:64] + b"\x00"),
    ):
        with pytest.raises(SignRefused, match="OTHER_HASH"):
            transaction_from(odd, SPLIT)
    with pytest.raises(SignRefused, match="OTHER_HASH"):
        transaction_from(answer, replace(SPLIT, nonce=8))
    with pytest.raises(SignRefused, match="GAS_CAP: much"):
        transaction_from(Refused(number=1, reason="GAS_CAP", text="much"), SPLIT)
    with pytest.raises(SignRefused, match="ODD_ANSWER"):
        transaction_from(Identity(number=1, wallet=given_signer_wallet()), SPLIT)


def test_no_answer_holds_anything_of_the_key(tmp_path: Path) -> None:
    desk = given_desk(tmp_path, caps=chain_caps())
    refused = [
        a_transaction(to=PUSD),
        a_transaction(chain_id=1),
        a_transaction(value_wei=1),
        a_transaction(b"\x01\x02\x03\x04"),
        a_transaction(split_v2()[:-1]),
        a_transaction(split_v2(0)),
        a_transaction(split_v2(21 * MICRO)),
        a_transaction(gas=0),
        a_transaction(gas=1 << 40),
    ]
    for transaction in refused:
        with pytest.raises(SignRefused) as error:
            transaction_from(asked(desk, transaction), transaction)
        assert SECRET[:16] not in str(error.value) + repr(error.value)
    assert bytes.fromhex(SECRET) not in framed(asked(desk, SPLIT))


@given(st.integers(0, 600), st.binary(max_size=40))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
def test_a_request_that_is_cut_or_garbled_is_refused_unless_it_still_is_one(tmp_path: Path, cut: int, tail: bytes) -> None:
    body = framed(SignTransaction(number=1, transaction=SPLIT))[4:]
    file = SpentFile(tmp_path / "signer.json")
    desk = SignerDesk(given_signer_wallet(), Key(SECRET), chain_caps(), file, lambda: NOW_S)
    garbled = body[: cut % len(body)] + tail
    (answered,) = Frames().feed(desk.answer(garbled))
    file.close()
    answer = answer_of(answered)
    if not isinstance(answer, Refused):
        request = request_of(garbled)
        assert isinstance(request, SignTransaction)
        assert Account.recover_transaction(transaction_from(answer, request.transaction).raw) == EOA
