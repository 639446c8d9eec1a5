"""Reasons to close a socket must fit into the frame that carries them (RFC 6455 §5.5, §7.4)."""

import pytest

from sim.gateway.frames import NOT_AUTHENTICATED, RESOLVED, SILENT, SLOW, Closing
from sim.gateway.sockets import GOING_AWAY


@pytest.mark.parametrize("closing", [RESOLVED, SLOW, SILENT, NOT_AUTHENTICATED, GOING_AWAY])
def test_every_goodbye_fits_into_a_close_frame_and_has_a_legal_code(closing: Closing) -> None:
    assert len(closing.reason.encode()) <= 123
    assert closing.code in range(1000, 1015)
    assert closing.code not in {1004, 1005, 1006}
