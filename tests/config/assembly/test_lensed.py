"""How lenses are shown: under all three names, marked by the engine's books, with the warning."""

import asyncio
from collections.abc import Iterator

import msgspec
import pytest

from config.assembly.lensed import LENSES_SAY
from config.assembly.outside import choose, services
from config.assembly.paper import Paper
from config.settings import Settings
from oms.report import market_mark_pips
from oms.values.views import LensView
from tests.config.words_live import QUOTING, Floor, open_floor

NAMES = ["touch", "queue", "through"]


@pytest.fixture(scope="module")
def floor() -> Iterator[Floor]:
    with open_floor(1) as opened:
        yield opened


def given_paper(floor: Floor) -> Paper:
    async def made() -> Paper:
        settings = msgspec.convert({"strategy": {"market_making": QUOTING}}, Settings)
        async with services(settings.venue.at_host(floor.url)) as venue:
            return Paper(settings, await choose(settings.markets, venue.catalog(), all_of_them=True), venue)

    return asyncio.run(made())


def test_a_view_and_a_report_tell_the_same_of_each_lens(floor: Floor) -> None:
    lensed = given_paper(floor).lensed
    views, report = lensed.views(), lensed.report()
    assert [view.name for view in views] == NAMES
    assert report["note"] == LENSES_SAY
    assert list(report) == [*NAMES, "note"]
    for view in views:
        assert isinstance(view, LensView)
        assert {name: getattr(view, name) for name in LensView.__struct_fields__[1:]}.items() <= report[view.name].items()


def test_a_market_is_marked_by_the_engines_books_and_one_that_is_forgotten_not_at_all(floor: Floor) -> None:
    paper = given_paper(floor)
    market = floor.markets[0]
    assert paper.lensed._mark(market) is None
    paper.joined.wind_down("look at what was listed")
    desk = paper.joined.engine.state.desks[market.market_id]
    assert paper.lensed._mark(market) == market_mark_pips(desk)
    del paper.joined.engine.state.desks[market.market_id]
    assert paper.lensed._mark(market) is None
