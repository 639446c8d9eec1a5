"""Silence: only a PING ends it."""

import pytest

from oms.values.units import NS_PER_SECOND
from sim.gateway.keepalive import Keepalive


@pytest.mark.parametrize(("text", "is_ping"), [("PING", True), ("ping", False), ("PONG", False), ('{"type":"market"}', False), ("", False)])
def test_only_the_text_ping_begins_the_silence_anew(text: str, *, is_ping: bool) -> None:
    keepalive = Keepalive(0)
    assert keepalive.is_ping(text, 60 * NS_PER_SECOND) is is_ping
    assert keepalive.ends_ns == (185 if is_ping else 125) * NS_PER_SECOND
