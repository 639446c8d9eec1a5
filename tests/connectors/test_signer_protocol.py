"""Frames come together however the socket cuts them, and nothing but a message of ours is taken for one."""

import sys

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.signer_protocol import (
    FRAME_BYTES_MAX,
    Answer,
    AskIdentity,
    BadFrame,
    Frames,
    Identity,
    Refused,
    Request,
    Signed,
    SignedTransaction,
    SignLogin,
    SignOrder,
    SignRefused,
    SignTransaction,
    answer_of,
    framed,
    request_of,
)
from oms.values.texts import SAID_MAX
from tests.connectors.words_chain import a_transaction
from tests.connectors.words_signer import an_order, given_signer_wallet

REQUESTS: list[Request] = [
    AskIdentity(number=1),
    SignOrder(number=2, order=an_order().order),
    SignLogin(number=3, at_s=1, nonce=0),
    SignTransaction(number=4, transaction=a_transaction()),
]
ANSWERS: list[Answer] = [
    Identity(number=1, wallet=given_signer_wallet()),
    Signed(number=2, digest=b"\x01" * 32, signature=b"\x02" * 317),
    Refused(number=3, reason="WHY", text="because"),
    SignedTransaction(number=4, raw=b"\x02" * 400, transaction_hash=b"\x01" * 32, signature=b"\x03" * 65),
]


def test_every_message_comes_back_as_it_was() -> None:
    assert [request_of(framed(request)[4:]) for request in REQUESTS] == REQUESTS
    assert [answer_of(framed(answer)[4:]) for answer in ANSWERS] == ANSWERS


@given(st.lists(st.integers(1, 40), min_size=1))
def test_frames_are_the_same_however_the_stream_was_cut(cuts: list[int]) -> None:
    stream = b"".join(framed(request) for request in REQUESTS)
    frames, bodies, at = Frames(), [], 0
    for cut in cuts * len(stream):
        bodies += frames.feed(stream[at : at + cut])
        at += cut
        if at >= len(stream):
            break
    assert [request_of(body) for body in bodies] == REQUESTS


def test_a_frame_beyond_the_limit_is_refused_before_it_is_gathered() -> None:
    with pytest.raises(BadFrame, match="longer than"):
        Frames().feed((FRAME_BYTES_MAX + 1).to_bytes(4))
    for read in (request_of, answer_of):
        with pytest.raises(BadFrame, match="longer than"):
            read(b"\x91" * (FRAME_BYTES_MAX + 1))


@pytest.mark.parametrize("limit", [1_000, 100_000])
@pytest.mark.parametrize("begin", [b"", b"\x82\xa1x", b"\x83\xa4type\xabAskIdentity\xa6number", b"\x84\xa4type\xa9SignOrder\xa6number\x01\xa5order"])
def test_a_frame_as_deep_as_it_is_long_is_a_bad_frame_also_where_a_library_raised_the_recursion_limit(begin: bytes, limit: int) -> None:
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(limit)
    try:
        for layer in (b"\x91", b"\x81\xa1a"):
            deep = begin + layer * ((FRAME_BYTES_MAX - len(begin)) // len(layer))
            for read in (request_of, answer_of):
                with pytest.raises(BadFrame):
                    read(deep)
    finally:
        sys.setrecursionlimit(before)


def test_a_refusal_is_one_short_line_whatever_the_other_side_wrote() -> None:
    ugly = "\x1b[31m\n" + "x" * 10_000
    told = msgspec.msgpack.encode({"type": "SignLogin", "number": 1, "at_s": 1, "nonce": 0, ugly: 1})
    with pytest.raises(BadFrame, match="unknown field") as refused:
        request_of(told)
    for said in (str(refused.value), str(SignRefused(ugly, ugly))):
        assert said.isprintable()
        assert len(said) <= SAID_MAX


@given(st.binary(max_size=300))
def test_any_bytes_are_a_message_or_a_bad_frame(body: bytes) -> None:
    for read in (request_of, answer_of):
        try:
            told = read(body)
        except BadFrame:
            continue
        assert isinstance(told, msgspec.Struct)


def test_an_unknown_field_or_kind_is_no_message_of_ours() -> None:
    more = {"type": "SignLogin", "number": 1, "at_s": 1, "nonce": 0, "caps": "none"}
    for told in (more, {"type": "SetCaps", "number": 1}, {"number": 1}, [1]):
        with pytest.raises(BadFrame, match="no request of ours"):
            request_of(msgspec.msgpack.encode(told))
