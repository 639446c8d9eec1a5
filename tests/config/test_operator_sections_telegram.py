"""Settings of the console in Telegram: ids that can be ones, an hour, a pace, an address that is safe."""

import pytest

from config.operator_sections import TelegramSection


def test_by_default_nobody_is_listened_to() -> None:  # req 4.21
    section = TelegramSection()
    assert (section.chats, section.operators, section.token_file) == ((), (), "")


def test_a_group_and_its_people_may_be_named() -> None:
    section = TelegramSection(chats=(42, -1001234567890), operators=(7, 5_000_000_000), summary_hour_utc=-1, alerts_per_minute=60)
    assert section.chats == (42, -1001234567890)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"chats": (0,)}, "0 is no chat"),
        ({"chats": (5, 5)}, "each once"),
        ({"operators": tuple(range(1, 30))}, "at most 20"),
        ({"operators": (0,)}, "must be from 1 to"),
        ({"operators": (-7,)}, "must be from 1 to"),
        ({"chats": (2**53,)}, "must be from"),
        ({"summary_hour_utc": 24}, "must be from -1 to 23"),
        ({"alerts_per_minute": 0}, "must be from 1 to 60"),
        ({"api": "http://example.org"}, "in the clear"),
        ({"api": "example.org"}, "is not an address"),
        ({"api": "https://user:word@example.org"}, "is not an address"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_name(given: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        TelegramSection(**given)  # type: ignore[arg-type]
