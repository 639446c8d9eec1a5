import pytest

from connectors.operator.control.protocol import Answer, Confirm, Instruction, Kill, PlaceOrder, SetParams
from connectors.operator.terminal.forms import BadEntry, OrderForm, ParamsForm, chosen_market, found_market, read_order, read_value
from connectors.operator.terminal.sight import At
from oms.values.panels import MarketRow, Topic
from oms.values.units import MICRO
from tests.connectors.operator.terminal import made_up, made_up_days
from tests.connectors.operator.terminal.stage import Stage, play

MARKETS = made_up.markets(40).rows
PREVIEW = Answer(id=1, ok=True, text="costs at most $9.80; the gate approves", confirm="w1")


def test_a_market_is_found_by_its_id_or_by_words_that_only_one_title_has() -> None:
    assert found_market("0x0005", MARKETS) == MARKETS[5]
    assert found_market("fed (9)", MARKETS) == MARKETS[9]
    with pytest.raises(BadEntry, match="5 have these words, such as 'Will the Fed"):
        found_market("fed", MARKETS)
    with pytest.raises(BadEntry, match="none has these words"):
        found_market("curling", MARKETS)
    with pytest.raises(BadEntry, match="name one"):
        found_market(" ", MARKETS)


def test_of_two_markets_with_one_title_the_one_under_the_cursor_is_meant() -> None:
    twins = (made_up.market_row(0), MarketRow(market_id="other", title=made_up.market_row(0).title))
    assert chosen_market(twins[1].title, At("other", twins[1].title, None), twins) == twins[1]
    with pytest.raises(BadEntry, match="2 have these words"):
        chosen_market(twins[1].title, None, twins)


def test_an_order_is_read_in_cents_and_shares() -> None:
    order = read_order(MARKETS[0], ("NO", "SELL", True), " 49.5 ", "20.25")
    assert order == PlaceOrder(market_id="0x0000", outcome="NO", side="SELL", price_pips=4_950, shares_micro=20_250_000, takes=True)


@pytest.mark.parametrize(
    ("cents", "shares", "why"),
    [
        ("", "20", "price: ''"),
        ("100", "20", "price"),
        ("0", "20", "price"),
        ("49", "", "shares"),
        ("49", "-5", "shares"),
        ("49", "0", "at least something"),
    ],
)
def test_what_is_no_order_is_told_field_by_field(cents: str, shares: str, why: str) -> None:
    with pytest.raises(BadEntry, match=why):
        read_order(MARKETS[0], ("YES", "BUY", False), cents, shares)


def test_a_parameter_stays_of_the_kind_it_was() -> None:
    assert read_value("n", "12", 5) == 12
    assert read_value("f", "0.5", 0.25) == 0.5
    assert read_value("b", "false", before=True) is False
    assert read_value("s", "12", "calm") == "12"
    assert read_value("x", "null", None) is None
    with pytest.raises(BadEntry, match="n: 'twelve' is not a value; it was 5"):
        read_value("n", "twelve", 5)
    with pytest.raises(BadEntry, match="b: '1' is not true or false"):
        read_value("b", "1", before=True)
    with pytest.raises(BadEntry, match="n: 'true' is not a number"):
        read_value("n", "true", 5)


def answering(what: Instruction) -> Answer:
    return PREVIEW if isinstance(what, PlaceOrder) else Answer(id=1, ok=True, text="placed as 7-99")


async def _typed(stage: Stage, cents: str, shares: str) -> None:
    await stage.press("2", "o", "tab", "tab")
    await stage.type(cents)
    await stage.press("tab")
    await stage.type(shares)


def test_an_order_by_hand_shows_what_it_costs_and_is_placed_after_one_yes() -> None:  # issue 7: with confirmation
    async def scene(stage: Stage) -> tuple[list[Instruction], str, bool]:
        stage.link.say = answering
        await _typed(stage, "49", "20")
        await stage.press("enter")
        await stage.pilot.pause()
        asked = stage.text()
        assert stage.link.done == [PlaceOrder(market_id="0x0000", outcome="YES", side="BUY", price_pips=4_900, shares_micro=20 * MICRO)]
        await stage.press("enter")
        await stage.pilot.pause()
        await stage.pilot.pause()
        return stage.link.done, asked, isinstance(stage.app.screen, OrderForm)

    done, asked, is_open = play(scene)
    assert "costs at most $9.80; the gate approves" in asked
    assert "BUY YES 20 at 49.0 ¢, rest" in asked
    assert done[1:] == [Confirm(word="w1")]
    assert not is_open


def test_a_no_places_nothing_and_leaves_the_form_as_it_was() -> None:
    async def scene(stage: Stage) -> tuple[int, bool]:
        stage.link.say = answering
        await _typed(stage, "49", "20")
        await stage.press("enter")
        await stage.pilot.pause()
        await stage.press("n")
        await stage.pilot.pause()
        return len(stage.link.done), isinstance(stage.app.screen, OrderForm)

    assert play(scene) == (1, True)


def test_what_the_daemon_refuses_stands_in_the_form() -> None:
    async def scene(stage: Stage) -> str:
        stage.link.say = lambda _what: Answer(id=1, ok=False, text="CAP_A_MARKET: $54 of $50 in [red]this[/red] market")
        await _typed(stage, "49", "20")
        await stage.press("enter")
        await stage.pilot.pause()
        await stage.pilot.pause()
        return stage.text()

    assert "CAP_A_MARKET: $54 of $50 in [red]this[/red] market" in play(scene)


def test_what_was_typed_wrongly_never_leaves_the_form() -> None:
    async def scene(stage: Stage) -> tuple[int, str]:
        await _typed(stage, "490", "20")
        await stage.press("enter")
        await stage.pilot.pause()
        return len(stage.link.done), stage.text()

    count, text = play(scene)
    assert count == 0
    assert "is not a price between 0 and 100 cents" in text


def test_choices_turn_with_arrows_and_space() -> None:
    async def scene(stage: Stage) -> PlaceOrder:
        await stage.press("2", "o", "right", "tab", "space", "tab")
        await stage.type("5")
        await stage.press("tab")
        await stage.type("7")
        await stage.press("tab", "left", "enter")
        await stage.pilot.pause()
        found = stage.link.done[0]
        assert isinstance(found, PlaceOrder)
        return found

    order = play(scene)
    assert (order.outcome, order.side, order.price_pips, order.shares_micro, order.takes) == ("NO", "SELL", 500, 7 * MICRO, True)


def test_k_is_a_letter_in_a_field_and_ctrl_k_kills_from_there() -> None:
    async def scene(stage: Stage) -> list[Instruction]:
        await stage.press("2", "o", "shift+tab", "K")
        assert stage.link.done == []
        await stage.press("ctrl+k")
        await stage.pilot.pause()
        return stage.link.done

    assert [type(what) for what in play(scene)] == [Kill]


async def _changed(stage: Stage, *keys: str) -> str:
    await stage.press("e", *keys, "enter")
    await stage.pilot.pause()
    await stage.pilot.pause()
    return stage.text()


def test_only_what_was_changed_is_sent_and_a_refusal_stands_in_the_form() -> None:
    async def scene(stage: Stage) -> tuple[list[Instruction], str, bool]:
        stage.link.say = lambda _what: Answer(id=1, ok=False, text="half_spread_pips: at most 500")
        text = await _changed(stage, "end", "9")
        return stage.link.done, text, isinstance(stage.app.screen, ParamsForm)

    done, text, is_open = play(scene)
    assert done == [SetParams(strategy="market-making", values={"half_spread_pips": 1_109})]
    assert "half_spread_pips: at most 500" in text
    assert is_open


def test_a_change_that_is_taken_closes_the_form_and_the_next_strategy_is_one_key_away() -> None:
    async def scene(stage: Stage) -> tuple[list[Instruction], bool]:
        await _changed(stage, "ctrl+n", "end", "backspace")
        return stage.link.done, isinstance(stage.app.screen, ParamsForm)

    done, is_open = play(scene)
    assert done == [SetParams(strategy="negrisk-arbitrage", values={"edge_pips_min": 1})]
    assert not is_open


def test_nothing_changed_is_said_and_a_wrong_value_is_named() -> None:
    async def scene(stage: Stage) -> tuple[str, str, int]:
        same = await _changed(stage)
        await stage.press("x", "enter")
        await stage.pilot.pause()
        return same, stage.text(), len(stage.link.done)

    same, wrong, count = play(scene)
    assert "nothing was changed" in same
    assert "half_spread_pips: " in wrong
    assert "is not a value; it was 110" in wrong
    assert count == 0


def test_a_form_that_is_closed_while_the_daemon_thinks_stays_closed() -> None:
    async def scene(stage: Stage) -> list[Instruction]:
        async def slow(what: Instruction) -> Answer:
            stage.link.done.append(what)
            await stage.pilot.pause(0.2)
            return Answer(id=1, ok=True, text="done")

        stage.link.do = slow  # type: ignore[method-assign]
        await stage.press("e", "end", "9", "enter", "enter", "escape")
        await stage.pilot.pause(0.4)
        assert "half_spread_pips" not in "\n".join(stage.lines()[:20])
        return stage.link.done

    assert len(play(scene)) == 1  # the second Enter waited for the first


def test_forms_of_a_daemon_that_shows_no_strategy_or_is_not_there_say_so() -> None:
    async def scene(stage: Stage) -> str:
        stage.link.views[Topic.STRATEGIES] = made_up_days.nothing()[Topic.STRATEGIES]
        await stage.press("e")
        await stage.pilot.pause()
        stage.link.is_open = False
        await stage.press("o")
        await stage.pilot.pause(0.2)
        return stage.text()

    text = play(scene, (120, 40))
    assert "no strategy is at work" in text
    assert "no daemon answers there" in text
