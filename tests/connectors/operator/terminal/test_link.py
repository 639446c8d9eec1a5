import inspect

from connectors.operator.control.link import ControlLink
from connectors.operator.terminal.app import Dashboard
from connectors.operator.terminal.link import Link
from tests.connectors.operator.terminal.stage import FakeLink


def test_the_link_over_a_socket_and_the_fake_one_are_what_the_dashboard_wants() -> None:
    for name in ("run", "watch", "ask", "do"):
        wanted = inspect.signature(getattr(Link, name))
        for kind in (ControlLink, FakeLink):
            assert list(inspect.signature(getattr(kind, name)).parameters) == list(wanted.parameters), f"{kind.__name__}.{name}"


def test_the_dashboard_listens_to_all_that_a_link_tells() -> None:
    assert [name for name in ("joined", "lost", "shown", "ended") if not callable(getattr(Dashboard, name, None))] == []
