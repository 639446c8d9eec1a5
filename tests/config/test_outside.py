"""Settings for the world outside: addresses that are safe, markets that can be named, switches that are off."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from config.outside import GuardsSection, LiveSection, MarketsSection, VenueSection
from config.settings import BadSettings, load
from oms.machines.guard import GuardLimits


def test_by_default_nothing_is_live_and_nothing_is_chosen() -> None:
    # req 2.55
    assert LiveSection().live is False
    assert MarketsSection().is_empty


def test_one_host_takes_the_place_of_every_address_of_the_venue() -> None:
    there = VenueSection().at_host("http://127.0.0.1:8080/")
    assert (there.clob, there.gamma, there.stream) == ("http://127.0.0.1:8080", "http://127.0.0.1:8080", "ws://127.0.0.1:8080/ws")
    assert VenueSection().at_host("https://example.org").stream == "wss://example.org/ws"


@pytest.mark.parametrize(
    "host", ["example.org", "http://", "ftp://example.org", "http://a b", "http://127.0.0.1:99999", "http://u:p@127.0.0.1", "http://127.0.0.1/?q=1"]
)
def test_what_is_no_address_is_refused_in_words(host: str) -> None:
    with pytest.raises(ValueError, match="is not an address such as"):
        VenueSection().at_host(host)


def test_orders_do_not_go_to_another_machine_in_the_clear() -> None:
    with pytest.raises(ValueError, match=r"in the clear; use https://example\.org:81"):
        VenueSection().at_host("http://example.org:81")
    with pytest.raises(ValueError, match=r"venue\.stream.*in the clear"):
        VenueSection(stream="ws://example.org/ws")


@pytest.mark.parametrize("slug", ["", "a b", "../x", "x" * 201, "https://polymarket.com/market/x", "ü"])
def test_a_slug_that_is_none_is_refused(slug: str) -> None:
    with pytest.raises(ValueError, match="is not a slug"):
        MarketsSection(slugs=(slug,))
    with pytest.raises(ValueError, match="is not a slug"):
        MarketsSection(events=(slug,))


@pytest.mark.parametrize("condition", ["0x12", "12" * 32, "0x" + "g" * 64])
def test_a_condition_id_that_is_none_is_refused(condition: str) -> None:
    with pytest.raises(ValueError, match="is not a condition id"):
        MarketsSection(conditions=(condition,))


def test_chosen_markets_are_kept_as_they_were_written() -> None:
    chosen = MarketsSection(slugs=("btc-updown-15m-1790600400",), conditions=("0x" + "aB" * 32, "0x" + "1" * 62))
    assert not chosen.is_empty
    with pytest.raises(ValueError, match="at_most"):
        MarketsSection(at_most=0)


@pytest.mark.parametrize("number", ["", "0", "btc-updown", "10684 ", "1" * 13])
def test_a_series_is_named_by_its_number(number: str) -> None:
    with pytest.raises(ValueError, match=r"markets\.series: .* is not the number of a series at Gamma, such as 10684"):
        MarketsSection(series=(number,))
    assert not MarketsSection(series=("10684",)).is_empty


@pytest.mark.parametrize("written", ['"2030-01-01T00:00:00Z"', "2030-01-01T00:00:00Z", "2030-01-01 01:00:00+01:00"])
def test_an_end_may_be_set_for_a_market_as_toml_writes_times_or_as_text(tmp_path: Path, written: str) -> None:  # ruling 2.9
    (tmp_path / "x.toml").write_text(f"[markets.ends]\nrain = {written}\n[strategy.market_making]\n")
    assert load(tmp_path / "x.toml", {}).markets.ends == {"rain": datetime(2030, 1, 1, tzinfo=UTC)}


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("rain = 2030-01-01T00:00:00", r"markets\.ends: rain: 2030-01-01T00:00:00 has no time zone; write it as 2030-01-01T00:00:00Z for UTC"),
        ('rain = "tomorrow"', r"markets\.ends"),
        ("rain = 2030-01-01", r"markets\.ends"),
        ("rain = 7", r"markets\.ends"),
        ("rain = 1999-01-01T00:00:00Z", r"markets\.ends: rain: the year must be from 2020 to 2099, not 1999"),
        ('"a b" = 2030-01-01T00:00:00Z', r"markets\.ends: 'a b' is neither a slug nor a condition id"),
    ],
)
def test_an_end_that_is_none_is_refused_in_words(tmp_path: Path, line: str, told: str) -> None:
    (tmp_path / "x.toml").write_text(f"[markets.ends]\n{line}\n[strategy.market_making]\n")
    with pytest.raises(BadSettings, match=told):
        load(tmp_path / "x.toml", {})


@pytest.mark.parametrize("seconds", [-1, 3_601])
def test_the_catalogue_is_asked_again_within_an_hour_or_never(seconds: int) -> None:
    with pytest.raises(ValueError, match=r"markets\.follow_s must be from 0 to 3600"):
        MarketsSection(follow_s=seconds)


def test_a_heartbeat_slower_than_the_venues_patience_is_refused() -> None:
    with pytest.raises(ValueError, match=r"live\.heartbeat_s must be from 0 to 8"):
        LiveSection(heartbeat_s=9)


def test_one_signer_is_named_at_most_and_the_state_is_in_the_persons_own_folder() -> None:
    with pytest.raises(ValueError, match="not both"):
        LiveSection(signer="a", signer_socket="b")
    assert LiveSection().folder == Path.home() / ".local/state/steelyard"


def test_a_node_of_the_chain_may_be_left_out_and_a_wrong_address_of_one_is_not_repeated() -> None:
    assert VenueSection().rpc == ""
    assert VenueSection(rpc="https://node.example/v2/KEY").at_host("http://127.0.0.1:8080").rpc == ""
    for wrong in ("http://node.example/v2/KEY", "wss://node.example/v2/KEY", "https://node.example/v2/KEY?x=1"):
        with pytest.raises(ValueError, match=r"venue\.rpc: is not an address") as caught:
            VenueSection(rpc=wrong)
        assert "KEY" not in str(caught.value)


def test_by_default_the_account_is_not_guarded_and_its_surroundings_are() -> None:
    guards = GuardsSection()
    assert not guards.limits().any_set
    assert min(guards.user_stream_silent_s, guards.clock_off_max_ms, guards.disk_free_min_mb) > 0


def test_guards_are_set_in_dollars_percent_and_seconds() -> None:
    guards = GuardsSection(drawdown_max_usd=250, day_loss_max_usd=100, failing_max_percent=5, failing_min=3, confirm_s=7)
    assert guards.limits() == GuardLimits(
        drawdown_max_micro=250_000_000, day_loss_max_micro=100_000_000, failing_max_ppm=50_000, failing_min=3, confirm_ns=7 * 10**9
    )


BOUNDS = {
    "drawdown_max_usd": (0, 1_000_000_000),
    "day_loss_max_usd": (0, 1_000_000_000),
    "failing_max_percent": (0, 100),
    "failing_min": (1, 1_000_000),
    "confirm_s": (0, 3_600),
    "user_stream_silent_s": (0, 86_400),
    "clock_off_max_ms": (0, 3_600_000),
    "disk_free_min_mb": (0, 1_000_000_000),
}


@pytest.mark.parametrize("name", GuardsSection.__struct_fields__)
def test_a_guard_out_of_its_range_is_refused_by_name_and_at_its_ends_taken(name: str) -> None:
    low, high = BOUNDS[name]
    for value in (low, high):
        assert getattr(GuardsSection(**{name: value}), name) == value
    for value in (low - 1, high + 1):
        with pytest.raises(ValueError, match=rf"guards\.{name} must be from {low}"):
            GuardsSection(**{name: value})
