"""Nesting that could end the process is found before a decoder sees it, whatever a library did to the recursion limit."""

import json
import subprocess
import sys
from contextlib import suppress
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oms.values import nesting
from oms.values.nesting import NESTED_MAX, check_nesting
from tests.conftest import ROOT


@pytest.mark.parametrize("deep", [b"[", b'{"a":', b'[{"a":', b'[[{"b":"}",'])
def test_what_is_nested_too_deeply_is_refused_before_it_is_decoded(deep: bytes) -> None:
    check_nesting(deep * (NESTED_MAX // 3))
    with pytest.raises(RecursionError, match=r"nested \d+ deep"):
        check_nesting(b"[]," * 5 + deep * (NESTED_MAX + 1))


def test_a_long_flat_text_is_as_good_as_a_short_one() -> None:
    check_nesting(b"[" + b'{"price":"0.5","size":"[[["},' * 3_000 + b'{"price":"0.5","size":"1"},' * 50_000 + b"]")
    check_nesting(b"x" * (NESTED_MAX + 1))
    check_nesting(b"")


@pytest.mark.parametrize("text", [b"]" * 60_000, b"}" * 60_000 + b"\\\\", b'\\"' + b"]}" * 40_000, b'"",""' + b"]" * 60_000])
def test_closing_brackets_in_a_text_do_not_hide_what_opens_outside(text: bytes) -> None:
    deep = b'{"a":["' + text + b'"],"b":' + b"[" * (NESTED_MAX + 1)
    with pytest.raises(RecursionError, match=r"nested \d+ deep"):
        check_nesting(deep)


def test_opening_brackets_in_a_text_are_no_nesting() -> None:
    check_nesting(b'["' + b"[{" * NESTED_MAX + b'\\"' + b"[" * NESTED_MAX + b'","' + b"{" * NESTED_MAX)


JSON = st.recursive(st.text('[]{}",\\ab', max_size=8), lambda part: st.lists(part, max_size=4) | st.dictionaries(st.text("]}{[", max_size=3), part))


@given(JSON, st.integers(1, 12), st.integers(1, 12))
def test_the_depth_is_that_of_the_lists_and_objects_whatever_stands_in_texts(told: object, deepest: int, cut: int) -> None:
    def depth(part: object) -> int:
        inner = part if isinstance(part, list) else part.values() if isinstance(part, dict) else None
        return 0 if inner is None else 1 + max(map(depth, inner), default=0)

    text = json.dumps([told] * cut).encode()
    with patch.object(nesting, "NESTED_MAX", deepest), suppress(RecursionError):
        check_nesting(text)
        assert depth([told]) <= deepest
        return
    assert depth([told]) > deepest


DEEP = """
import sys
from connectors.polymarket.market_stream import MarketStream
from tests.connectors.frames import MARKETS
sys.setrecursionlimit(100_000)  # as py_ecc does
stream = MarketStream(MARKETS)
for begin in (b"[", b'{"a":', b'{"event_type":"book","a":[', b'{"price_changes":['):
    stream.receive(begin * 100_000, 1)
print(stream.refusals)
"""


def test_a_frame_nested_without_end_does_not_end_the_process_when_a_library_raised_the_limit() -> None:
    done = subprocess.run([sys.executable, "-c", DEEP], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout.strip()) == (0, "{'not_json': 4}"), done.stderr
