"""The desk signs its own wallet's orders within the caps, and refuses everything else by name whatever bytes it is sent."""

from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from connectors.polymarket.key import Key, signer_of
from connectors.polymarket.signing import SignatureType, WrongKey
from connectors.polymarket.typed_data import AMOY, exchange, exchange_of
from connectors.signer_caps import SpentFile
from connectors.signer_desk import LOGIN_SKEW_S, SignerDesk, login_from, order_signature
from connectors.signer_protocol import (
    Answer,
    AskIdentity,
    Frames,
    Identity,
    Refused,
    Request,
    Signed,
    SignLogin,
    SignOrder,
    SignRefused,
    answer_of,
    framed,
)
from oms.values.orders import Side
from tests.connectors.polymarket.words_signing import EOA, given_form, given_market, given_named
from tests.connectors.words_signer import NOW_S, an_order, given_caps, given_desk, given_signer_wallet

ORDER = an_order().order


def told(desk: SignerDesk, request: Request) -> Answer:
    (answer,) = Frames().feed(desk.answer(framed(request)[4:]))
    return answer_of(answer)


def reason(desk: SignerDesk, request: Request) -> str:
    answer = told(desk, request)
    assert isinstance(answer, Refused)
    assert answer.number == request.number
    return answer.reason


@pytest.mark.parametrize("kind", SignatureType)
def test_it_signs_what_the_form_of_its_wallet_would_sign(tmp_path: Path, kind: SignatureType) -> None:
    desk, form = given_desk(tmp_path, kind=kind), given_form(kind)
    named = given_named(form)
    answer = told(desk, SignOrder(number=7, order=named.order))
    assert isinstance(answer, Signed)
    assert (answer.number, answer.digest) == (7, named.order_hash)
    assert order_signature(answer, named) == form.signature(named, Key("11" * 32))


def test_it_says_whose_orders_it_signs_and_lets_its_owner_in(tmp_path: Path) -> None:
    desk = given_desk(tmp_path)
    assert told(desk, AskIdentity(number=1)) == Identity(number=1, wallet=given_signer_wallet())
    answer = told(desk, SignLogin(number=2, at_s=NOW_S, nonce=0))
    assert login_from(answer, EOA, NOW_S, 0) == {
        "POLY_ADDRESS": EOA,
        "POLY_SIGNATURE": "0x0f08c184141f23f61012ba15fef7303dff47a1da48c10ae8a6737eff59618f6e"
        "568b2868fedf252be3eb6e80f3a5f09bfdf609cd8f1c9725f9862742b33dc5fc1b",  # polymarket.md §2.2
        "POLY_TIMESTAMP": "1700000000",
        "POLY_NONCE": "0",
    }


def test_it_signs_for_no_exchange_it_does_not_know(tmp_path: Path) -> None:  # req 0.15
    desk = given_desk(tmp_path)
    ours = ORDER.exchange
    for strange in (
        exchange("2", 137, "0x" + "66" * 20),
        replace(ours, contract="0x" + "66" * 20),
        replace(ours, separator=b"\x01" * 32),
        replace(ours, version="1"),
        exchange_of(given_market(), AMOY),  # ours, but on another chain than the wallet's
    ):
        assert reason(desk, SignOrder(number=1, order=replace(ORDER, exchange=strange))) == "UNKNOWN_EXCHANGE"


def test_it_refuses_by_the_name_of_the_cap_or_of_the_fault(tmp_path: Path) -> None:  # req 0.15
    desk = given_desk(tmp_path)
    assert reason(desk, SignOrder(number=1, order=an_order(micro=110 * 10**6).order)) == "ORDER_CAP"
    assert reason(desk, SignOrder(number=2, order=replace(ORDER, maker_micro=ORDER.taker_micro))) == "PRICE_RANGE"
    assert reason(desk, SignOrder(number=3, order=replace(ORDER, salt=-1))) == "BAD_ORDER"
    assert reason(desk, SignOrder(number=4, order=replace(ORDER, token="0xabc"))) == "WRONG_LEDGER"
    assert reason(desk, SignLogin(number=5, at_s=NOW_S + LOGIN_SKEW_S + 1, nonce=0)) == "BAD_LOGIN"
    assert reason(desk, SignLogin(number=6, at_s=NOW_S, nonce=-1)) == "BAD_LOGIN"


def test_a_refused_order_uses_up_nothing_and_a_signed_one_counts_over_a_restart(tmp_path: Path) -> None:  # req 0.15
    caps = given_caps(buy=msgspec.structs.replace(given_caps().buy, day_micro=10_000_000))
    file = SpentFile(tmp_path / "signer.json")
    desk = SignerDesk(given_signer_wallet(), Key("11" * 32), caps, file, lambda: NOW_S)
    assert reason(desk, SignOrder(number=1, order=replace(ORDER, token="0"))) == "WRONG_LEDGER"
    for number in (2, 3):
        assert isinstance(told(desk, SignOrder(number=number, order=ORDER)), Signed)
    assert reason(desk, SignOrder(number=4, order=ORDER)) == "DAY_CAP"
    file.close()
    again = given_desk(tmp_path, caps=caps)
    assert reason(again, SignOrder(number=5, order=ORDER)) == "DAY_CAP"
    assert isinstance(told(again, SignOrder(number=6, order=an_order(side=Side.SELL).order)), Signed)


def test_a_desk_that_closes_in_order_counts_what_was_signed_and_no_more(tmp_path: Path) -> None:
    first = given_desk(tmp_path)
    assert isinstance(told(first, SignOrder(number=1, order=ORDER)), Signed)
    ahead = SpentFile.load(first._file).buy_day_micro
    first.close()
    again = given_desk(tmp_path)
    assert again._spent.buy_day_micro == ORDER.maker_micro < ahead
    (tmp_path / "signer.json.new").mkdir()
    again.close()  # nothing to give back: nothing is written


def test_nothing_is_signed_that_could_not_be_written_down(tmp_path: Path) -> None:
    desk = given_desk(tmp_path)
    (tmp_path / "signer.json.new").mkdir()
    assert reason(desk, SignOrder(number=1, order=ORDER)) == "STATE_NOT_WRITTEN"


@given(st.one_of(st.binary(max_size=400), st.integers(0, 300).map(lambda cut: framed(SignOrder(number=1, order=ORDER))[4:][:cut])))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
def test_whatever_bytes_come_there_is_one_answer_and_never_a_signature(tmp_path: Path, body: bytes) -> None:
    file = SpentFile(tmp_path / "signer.json")
    desk = SignerDesk(given_signer_wallet(), Key("11" * 32), given_caps(), file, lambda: NOW_S)
    (answer,) = Frames().feed(desk.answer(body))
    assert isinstance(answer_of(answer), Refused | Identity)
    file.close()


def test_the_key_of_somebody_else_opens_no_desk(tmp_path: Path) -> None:
    with pytest.raises(WrongKey, match="are signed by"):
        SignerDesk(given_signer_wallet(), Key("22" * 32), given_caps(), SpentFile(tmp_path / "signer.json"), lambda: NOW_S)


def test_a_signature_of_something_else_than_we_asked_for_is_refused_at_our_end() -> None:
    named = an_order()
    with pytest.raises(SignRefused, match="OTHER_HASH"):
        order_signature(Signed(number=1, digest=b"\x00" * 32, signature=b""), named)
    with pytest.raises(SignRefused, match="DAY_CAP: more"):
        order_signature(Refused(number=1, reason="DAY_CAP", text="more"), named)
    with pytest.raises(SignRefused, match="ODD_ANSWER"):
        order_signature(Identity(number=1, wallet=given_signer_wallet()), named)
    with pytest.raises(SignRefused, match="ODD_ANSWER"):
        login_from(Identity(number=1, wallet=given_signer_wallet()), EOA, 1, 0)


def test_its_signature_is_the_owners(tmp_path: Path) -> None:
    named = an_order()
    answer = told(given_desk(tmp_path), SignOrder(number=1, order=named.order))
    assert signer_of(named.order_hash, order_signature(answer, named)) == EOA
