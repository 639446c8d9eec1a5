"""Settings: what is unknown, of a wrong type or out of range is refused in one line; the environment overrides; the hash tells all apart."""

import string
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from config.settings import FOLDER, BadSettings, LimitSettings, Settings, load
from tests.house import settings_page

OTHER_VALUES: dict[str, Any] = {"fair": "microprice", "level": "debug", "payouts": {"m": {"yes_ppm": 1_000_000, "no_ppm": 0}}}
"""A legal value other than the default, where a number or the next step is not it."""


def given_file(folder: Path, text: str | bytes) -> Path:
    path = folder / "settings.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def refusal(folder: Path, text: str | bytes, environment: dict[str, str] | None = None) -> str:
    """The one line with which it is refused."""
    path = given_file(folder, text)
    with pytest.raises(BadSettings) as caught:
        load(path, environment or {})
    told = str(caught.value)
    assert len(told.splitlines()) == 1
    return told.removeprefix(f"{path}: ")


def all_settings() -> Iterator[tuple[str, msgspec.structs.FieldInfo, Any]]:
    """(section, setting, default) of everything there is."""
    for section, struct in settings_page.sections():
        for field in msgspec.structs.fields(struct):
            yield section, field, getattr(struct(), field.name)


SETTINGS = list(all_settings())
IDS = [f"{section}.{field.name}" for section, field, _ in SETTINGS]


def table_of(section: str, name: str, value: object) -> dict[str, Any]:
    table: dict[str, Any] = {name: value}
    for key in reversed(section.split(".")):
        table = {key: table}
    return table


def test_an_empty_file_gives_the_defaults_and_the_files_that_ship_are_good(tmp_path: Path) -> None:
    assert load(given_file(tmp_path, ""), {}) == Settings()
    for path in sorted(FOLDER.glob("*.toml")):
        arbitrage = ["negrisk_arbitrage", "binary_arbitrage"]
        making = [] if path.name == "arbitrage.toml" else ["market_making"]
        traded = [*making, *arbitrage] if path.name in {"arbitrage.toml", "chaos.toml", "demo.toml"} else making
        assert list(load(path, {}).strategy) == traded


OTHER_TEXTS: dict[str, object] = {
    "file": "/var/log/steelyard.log",
    "token_file": "telegram.token",
    "ends": {"a-slug": "2030-01-01T00:00:00Z"},
    "api": "https://example.org",
    "address": "127.0.0.2",
    **dict.fromkeys(("clob", "gamma", "geoblock", "rpc"), "https://example.org"),
    **dict.fromkeys(("stream", "prices", "binance"), "wss://example.org/ws"),
    "slugs": ["a-slug"],
    "events": ["a-slug"],
    **dict.fromkeys(("signer", "signer_socket", "state"), "elsewhere"),
    "conditions": ["0x" + "1" * 64],
    "series": ["10684"],
    "live": True,
}
"""Another value for settings that are no numbers."""


def outside_of_words(field: msgspec.structs.FieldInfo, words: dict[str, object]) -> list[object]:
    """What a switch, a text or a list refuses: other types, and what is not of its kind."""
    if field.type is bool:
        return [0, 1, "true", 1.0, [True]]
    if field.type is str:
        outside: list[object] = [5, True, 1.5, ["x"]]
        if "any text" not in words:
            schemes = ("http", "ws") if "https://host/…" in words else ("ws", "http")
            outside += [
                "two words",
                "host.example",
                f"{schemes[0]}://host.example",
                f"{schemes[1]}s://host.example",
                f"{schemes[0]}://",
                "ftp://host.example",
            ]
        return outside
    if field.type == dict[str, datetime]:
        return ["x", 5, [], {"two words": "2030-01-01T00:00:00Z"}, {"x": 5}, {"x": "2030-01-01T00:00:00"}, {"x": "2019-12-31T00:00:00Z"}]
    return ["x", 5, True, [5], [True], ["two words"], [["x"]]]


@pytest.mark.parametrize(("section", "field", "default"), SETTINGS, ids=IDS)
def test_every_setting_is_bounded_on_both_sides_and_refused_outside_by_name(section: str, field: msgspec.structs.FieldInfo, default: object) -> None:
    is_accepted = settings_page.accepts(section, field.name)
    words = settings_page.in_words(field, is_accepted)
    if field.name in OTHER_VALUES:
        assert is_accepted(OTHER_VALUES[field.name])
        outside: list[object] = ["nonsense", -1]
    elif words:
        assert is_accepted(default)
        outside = outside_of_words(field, words)
    elif isinstance(default, bool):
        assert is_accepted(not default)
        outside = [0, 1, "true", []]
    elif isinstance(default, str):
        assert is_accepted(default)
        outside = [5, True, [default]]
    elif field.type == tuple[str, ...]:
        assert is_accepted(OTHER_TEXTS[field.name])
        outside = ["a-slug", 5, [5], [""], ["no slug"]]
    elif default == ():
        assert is_accepted([5, 7])
        outside = [[5, 5], [0], 5, ["5"], [1.5], [10**30], list(range(1, 22))]
    elif isinstance(default, tuple):
        assert is_accepted(list(default))
        outside = [[0, 1], [2, 1], [1, 10**6], [1], [1, 2, 3], [-1, 1], 5]
    else:
        assert default is None or isinstance(default, int)
        low = settings_page.edge(is_accepted, 100 if default is None else default, -(10**30))
        high = settings_page.edge(is_accepted, 100 if default is None else default, 10**30)
        assert low is not None
        assert high is not None
        outside = [low - 1, high + 1, "1", 1.5, True, [1]]
    for value in outside:
        with pytest.raises(ValueError, match=field.name if isinstance(value, int) and not isinstance(value, bool) else "."):
            msgspec.convert(table_of(section, field.name, value), Settings)


NOT_TOLD = ("log", "tape", "telegram", "metrics")
"""Who looks on, and what is kept of it: no run is another one for it."""


@pytest.mark.parametrize(("section", "field", "default"), SETTINGS, ids=IDS)
def test_the_hash_changes_with_any_setting_but_those_on_which_no_command_depends(
    section: str, field: msgspec.structs.FieldInfo, default: object
) -> None:
    is_accepted = settings_page.accepts(section, field.name)
    steps: list[object] = [1, 10, 25, 3_000]
    if isinstance(default, tuple):
        steps = [[value, value + 1] for value in (3, 7)]
    elif isinstance(default, bool):
        steps = [not default]
    some_names = list(settings_page.names_of(field)[:1])
    known = OTHER_VALUES.get(field.name) or OTHER_TEXTS.get(field.name) or some_names
    value = known or next(step for step in steps if is_accepted(step) and step != default)
    is_same = msgspec.convert(table_of(section, field.name, value), Settings).hash() == Settings().hash()
    assert is_same is (section in NOT_TOLD)


def test_the_hash_is_that_of_what_is_set_not_of_how_it_is_written(tmp_path: Path) -> None:
    one = load(given_file(tmp_path, "[account]\ncash_usd = 5\n[demo]\nmarkets = 2"), {})
    other = load(given_file(tmp_path, "# words\ndemo.markets = 2\naccount = {cash_usd = 5}"), {})
    assert one.hash() == other.hash()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[account]\ncash = 5", "unknown setting account.cash; docs/generated/settings.md lists the known ones"),
        ("[nosuch]", "unknown setting nosuch;"),
        ('["a`b"]', "unknown setting a`b;"),
        ("[account]\ncash_usd = 'a'", "account.cash_usd: expected `int`, got `str`"),
        ("[account]\ncash_usd = 1000.0", "account.cash_usd: expected `int`, got `float`"),
        ("[account]\ncash_usd = true", "account.cash_usd: expected `int`, got `bool`"),
        ("account = 5", "account: expected `object`, got `int`"),
        ("[account]\ncash_usd = 0", "account.cash_usd must be from 1 to 1000000000, not 0"),
        ("[latency]\norder_ms = [9, 8]", "latency: order_ms must be two numbers from 1 to 600000, the smaller first, not [9, 8]"),
        ("[demo]\ntick_pips = 7", "demo.tick_pips must be one of 1, 10, 25, 50, 100, 1000, not 7"),
        ("[assume]\ntick_pips = 0", "assume.tick_pips must be one of"),
        (
            "[assume.payouts.x]\nyes_ppm = 5\nno_ppm = 7",
            "assume.payouts[...]: a payout vector must be two non-negative parts that add up to one dollar",
        ),
        ("[strategy.market_making]\ndepth = 0", "[strategy.market_making] depth must be from 1 to 20, not 0"),
        ('[strategy.market_making]\n"unknown field" = 0', "[strategy.market_making] has no setting 'unknown field'"),
        ("[strategy.nosuch]", "there is no strategy 'nosuch'; choose one of: market_making"),
        ("x = 5 5", "is not TOML (Expected newline"),
        ("a = " + "[" * 20_000, "is not TOML (nested too deeply)"),
        ("[account]\ncash_usd = " + "9" * 5_000, "is not TOML (Exceeds the limit"),
        (b"SQLite format 3\0\x10\0\x01", "is not TOML ("),
        (b"\xff\xfe\0", "is not UTF-8 text; save it as such"),
    ],
)
def test_a_bad_file_is_refused_in_one_line_that_says_where_and_why(tmp_path: Path, text: str | bytes, words: str) -> None:
    assert refusal(tmp_path, text).startswith(words)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "dangling").symlink_to(tmp_path / "gone")
    for path in (tmp_path, tmp_path / "dangling"):
        with pytest.raises(BadSettings, match=r"cannot be read \(.*\); name another file with --config"):
            load(path, {})


@given(st.binary(max_size=80) | st.text(string.printable, max_size=80).map(str.encode))
@example(b"a.b.c=1\n[a.b]")
def test_no_file_whatever_ends_in_anything_but_settings_or_one_line(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = given_file(tmp_path_factory.getbasetemp(), data)
    with suppress(BadSettings):
        assert load(path, {}).hash()


def test_the_environment_overrides_one_setting_and_only_ours_are_read(tmp_path: Path) -> None:
    path = given_file(tmp_path, "[account]\ncash_usd = 5")
    environment = {
        "STEELYARD__ACCOUNT__CASH_USD": "77",
        "STEELYARD__STRATEGY__MARKET_MAKING__FAIR": '"microprice"',
        "STEELYARD__LATENCY__ORDER_MS": "[7, 8]",
        "STEELYARD_DATA": "/nowhere",
        "ACCOUNT__CASH_USD": "1",
    }
    told = load(path, environment)
    assert (told.account.cash_usd, told.latency.order_ms, told.strategy) == (77, (7, 8), {"market_making": {"fair": "microprice"}})
    assert told.hash() != load(path, {}).hash()


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("STEELYARD__ACCOUNT__CASH", "5", "unknown setting account.cash;"),
        ("STEELYARD__NOSUCH__X", "5", "unknown setting nosuch;"),
        ("STEELYARD__ACCOUNT__CASH_USD", "many", "'many' is not a TOML value; quote text"),
        ("STEELYARD__ACCOUNT__CASH_USD", "", "'' is not a TOML value; quote text"),
        ("STEELYARD__ACCOUNT__CASH_USD", "5\nother = 6", "is not a TOML value"),
        ("STEELYARD__ACCOUNT__CASH_USD", "9" * 5_000, "is not a TOML value"),
        ("STEELYARD__ACCOUNT__CASH_USD", '"5"', "account.cash_usd: expected `int`, got `str`"),
        ("STEELYARD__ACCOUNT__CASH_USD", "-5", "account.cash_usd must be from 1 to 1000000000, not -5"),
        ("STEELYARD__ACCOUNT__CASH_USD__X", "5", "there is no such section"),
        ("STEELYARD__", "5", "unknown setting"),
    ],
)
def test_a_wrong_override_is_refused_and_the_environment_is_named(tmp_path: Path, name: str, value: str, words: str) -> None:
    told = refusal(tmp_path, "[account]\ncash_usd = 5", {name: value})
    assert words in told
    assert name in told or "with the environment variables STEELYARD__…" in told


def test_limits_are_handed_to_the_gate_in_its_units() -> None:  # req 0.15
    limits = LimitSettings(order_max_usd=1, market_loss_max_usd=2, event_loss_max_usd=3, day_spend_max_usd=4, total_loss_max_usd=5).limits()
    amounts = (limits.order_max_micro, limits.market_loss_max_micro, limits.event_loss_max_micro, limits.day_spend_max_micro)
    assert amounts == (1_000_000, 2_000_000, 3_000_000, 4_000_000)
    assert (limits.total_loss_max_micro, limits.market_orders_max, limits.total_orders_max) == (5_000_000, 40, 1_000)


def test_engine_times_are_handed_over_in_nanoseconds() -> None:
    engine = Settings().engine
    assert (engine.silence_ns, engine.reply_timeout_ns, engine.ask_again_ns) == (30 * 10**9, 5 * 10**9, 2 * 10**9)


def test_a_refusal_is_one_line_that_can_be_printed_whatever_was_written(tmp_path: Path) -> None:
    told = refusal(tmp_path, '"\\n\\u001b[31m" = 5', {})
    assert told.isprintable()
    assert "\\x1b[31m; docs/" in told


def test_a_file_without_end_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="/dev/zero: is longer than 1048576 bytes, which no settings are"):
        load(Path("/dev/zero"), {})
    long = tmp_path / "long.toml"
    long.write_text("# " + "x" * 1_048_574, newline="")
    assert load(long, {}) == Settings()
    long.write_bytes(b"[account]\r\ncash_usd = 7\r\n")
    assert load(long, {}).account.cash_usd == 7


@pytest.mark.parametrize(
    ("section", "name", "told"),
    [
        ("live", "live", "`true` or `false`"),
        ("live", "state", "any text"),
        ("venue", "clob", "https://host/… or http://… to this machine"),
        ("venue", "stream", "wss://host/… or ws://… to this machine"),
        ("venue", "rpc", "https://host/… or http://… to this machine or empty"),
        ("markets", "slugs", "a list, each entry a slug"),
        ("markets", "series", "a list, each entry a number in quotes"),
        ("markets", "conditions", "a list, each entry 0x and 64 hexadecimal digits"),
        ("live", "heartbeat_s", "0 to 8"),
        ("demo", "tick_pips", "one of 1, 10, 25, 50, 100, 1,000"),
    ],
)
def test_the_page_says_of_each_kind_of_setting_what_is_accepted(section: str, name: str, told: str) -> None:
    struct = dict(settings_page.sections())[section]
    row = next(row for row in settings_page.rows(section, struct) if row.startswith(f"| `{name}` |"))
    assert row.split(" | ")[3] == told
