"""`why ORDER`: the chain of causes of one order, from what the strategy saw to its last fill."""

import argparse
import datetime as dt

from config.console import plain
from config.verbs.ending import DONE, FileSaidNo
from oms.entries import read_journal
from oms.values.units import NS_PER_SECOND, Nanos
from oms.why import UnknownOrder, story


def run(chosen: argparse.Namespace) -> int:
    """Tell the story of an order."""
    row, entries = read_journal(chosen.journal)
    try:
        steps = story(entries, chosen.order)
    except UnknownOrder as error:
        raise FileSaidNo(f"{chosen.journal}: {error}") from None
    print(f"order {chosen.order} of {row.run_id}, times in UTC")
    before: Nanos = steps[0].at_ns
    for step in steps:
        print(f"  {_clock(step.at_ns)}  +{(step.at_ns - before) / NS_PER_SECOND:9.3f} s  {plain(step.text)}")
        before = step.at_ns
    return DONE


def _clock(at_ns: Nanos) -> str:
    moment = dt.datetime.fromtimestamp(at_ns // NS_PER_SECOND, tz=dt.UTC)
    return f"{moment:%Y-%m-%d %H:%M:%S}.{at_ns % NS_PER_SECOND // 1_000_000:03}"
