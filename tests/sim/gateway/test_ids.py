import json
from pathlib import Path

import pytest

from sim.gateway.ids import BadId, checksummed, collection_id, condition_id, hash_text, is_position, new_market, token_id, uuid_text

EXAMPLE = "663574927012476832975694178961957910328055987427402067619466963999000625152"


@pytest.mark.data
def test_conditions_collections_and_tokens_are_those_of_the_contract(data_dir: Path) -> None:
    vectors = json.loads((data_dir / "vectors" / "ctf_ids.json").read_bytes())
    binary = [row for row in vectors["vectors"] if row["outcome_slots"] == 2]
    assert binary
    for row in binary:
        condition = condition_id(bytes.fromhex(row["question_id"][2:]), oracle=bytes.fromhex(row["oracle"][2:]))
        assert "0x" + condition.hex() == row["condition_id"]
        assert "0x" + collection_id(condition, row["index_set"]).hex() == row["collection_id"]
        assert token_id(condition, row["index_set"], collateral=bytes.fromhex(row["collateral"][2:])) == row["position_id"]


@pytest.mark.data
def test_ids_of_real_markets_follow_from_their_conditions(data_dir: Path) -> None:
    vectors = json.loads((data_dir / "vectors" / "ctf_ids.json").read_bytes())
    assert vectors["published_markets"]
    for row in vectors["published_markets"]:
        condition, collateral = bytes.fromhex(row["condition_id"][2:]), bytes.fromhex(row["collateral"][2:])
        assert [token_id(condition, index_set, collateral=collateral) for index_set in (1, 2)] == row["token_ids"]


def test_the_ids_of_the_reference_for_a_market_of_2026_come_out() -> None:  # polymarket.md §8.3
    condition = bytes.fromhex("78443f961b9a65869dcb39359de9960165c7e5cbad0904eac7f29cd77872a63b")
    assert collection_id(condition, 1).hex() == "4cd71f4d6f0714309ec60902ac97c29f923eee96abda2b5b6d3b718827fd23bd"
    assert token_id(condition, 1) == "104239898038807136052399800151408521467737075933964991162589336683346093173875"
    assert token_id(condition, 2) == "71183960810705820955071415844881728181970340514894896943812046065452395013351"


def test_a_v2_market_has_positions_whose_bits_say_so() -> None:  # polymarket.md §8.4
    plain, leg = new_market("a", generation="v2"), new_market("a", generation="v2", neg_risk=True)
    for market, module in ((plain, 1), (leg, 2)):
        assert is_position(market.yes)
        assert int(market.yes) >> 248 == module
        assert int(market.no) == int(market.yes) + 1
        assert market.market_id == f"0x{int(market.yes) >> 8:062x}00"
    assert is_position(EXAMPLE)


def test_a_v1_market_has_tokens_that_no_client_takes_for_positions() -> None:
    for neg_risk in (False, True):
        market = new_market("a", neg_risk=neg_risk)
        assert not is_position(market.yes)
        assert not is_position(market.no)
        assert len(market.market_id) == 66
    assert new_market("a").yes != new_market("a", neg_risk=True).yes


def test_a_title_decides_all_ids() -> None:
    assert new_market("a") == new_market("a")
    assert new_market("a").market_id != new_market("b").market_id


def test_a_generation_that_there_is_not_is_refused() -> None:
    with pytest.raises(BadId, match="no protocol generation 'v3'"):
        new_market("a", generation="v3")


@pytest.mark.parametrize("text", ["", "0", "-1", "1e3", "٣", "01", str(1 << 256), "9" * 78])
def test_what_is_no_256_bit_number_is_no_token(text: str) -> None:
    with pytest.raises(BadId):
        is_position(text)


def test_addresses_are_written_in_the_case_of_eip_55_from_any_case() -> None:
    proper = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"  # EIP-55's own example
    assert checksummed(proper.lower()) == checksummed("0x" + proper[2:].upper()) == checksummed(proper) == proper
    for text in ("", "0x12", proper[2:], proper + "0", "0x" + "g" * 40):
        with pytest.raises(BadId):
            checksummed(text)


def test_made_up_ids_have_the_right_form_and_depend_on_their_parts_alone() -> None:
    made = uuid_text(1, "trade", 2)
    assert [len(part) for part in made.split("-")] == [8, 4, 4, 4, 12]
    assert made == uuid_text(1, "trade", 2) != uuid_text(1, "trade", 3)
    assert len(hash_text("x")) == 66
