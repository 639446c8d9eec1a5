import msgspec
import pytest

from sim.gateway import admin_words
from sim.gateway.admin_words import AdminBody, Health, NewMarket

KINDS = [kind for kind in vars(admin_words).values() if isinstance(kind, type) and issubclass(kind, AdminBody) and kind is not AdminBody]


@pytest.mark.parametrize("kind", KINDS)
def test_a_field_that_is_not_known_is_refused(kind: type[AdminBody]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(b'{"no_such_field":1}', type=kind)


def test_every_request_an_admin_serves_has_its_words() -> None:
    assert len(KINDS) == 10


def test_what_is_not_named_stays_as_it_is() -> None:
    health = msgspec.json.decode(b"{}", type=Health)
    assert (health.mode, health.restart_s, health.post_only_s, health.geoblocked, health.is_limited, health.rates) == (None,) * 6
    assert msgspec.json.decode(b'{"title":"x"}', type=NewMarket).generation == "v1"
