"""Stories of one bundle each: what it is, the books round it, what the venue does with its orders and transfers, and how it ends."""

import msgspec
from msgspec.structs import replace

from oms.values.bundles import Bundle, BundleEnd, Terms
from oms.values.units import MICRO
from tests.words import Ladder
from tests.words_bundles import given_bundle, given_no_bundle, given_split_bundle

Books = dict[str, tuple[Ladder, Ladder]]


class Story(msgspec.Struct, frozen=True, kw_only=True):
    """One bundle, the books round it, and what the venue does with what it is asked."""

    bundle: Bundle
    names: tuple[str, ...] = ("a", "b")
    books: Books = {}
    fills: dict[str, float] = {}
    """Order, as round and token → whole shares that fill; all of it unless told."""
    fails: tuple[str, ...] = ()
    """Orders whose trades fail in settlement."""
    refused: tuple[str, ...] = ()
    """Transfers that the venue refuses."""
    end: BundleEnd
    result_micro: int


ALL_YES = given_bundle("a", "b", prices=(4_000, 4_000))
NOS = given_no_bundle("a", "b", prices=(5_500, 4_000), others=("c",))
THREE = ("a", "b", "c")
FOR_SALE: Books = {"a:YES": (((5_500, 100),), ((6_000, 100),)), "a:NO": (((5_000, 100),), ((5_500, 100),))}
STORIES = {
    "complete": Story(bundle=ALL_YES, end=BundleEnd.COMPLETE, result_micro=4 * MICRO),
    "missed": Story(bundle=ALL_YES, fills={"1 a:YES": 0, "1 b:YES": 0}, end=BundleEnd.MISSED, result_micro=0),
    "chased": Story(bundle=ALL_YES, books={"b:YES": ((), ((5_900, 100),))}, fills={"1 b:YES": 0}, end=BundleEnd.COMPLETE, result_micro=200_000),
    "unwound": Story(bundle=ALL_YES, books={"b:YES": ((), ((6_100, 100),))}, fills={"1 b:YES": 0}, end=BundleEnd.UNWOUND, result_micro=-MICRO),
    "unwound in two": Story(
        bundle=ALL_YES,
        books={"b:YES": ((), ((6_100, 100),))},
        fills={"1 b:YES": 0, "2 a:YES": 9},
        end=BundleEnd.UNWOUND,
        result_micro=-MICRO,
    ),
    "held": Story(
        bundle=ALL_YES,
        books={"b:YES": ((), ((6_100, 100),)), "a:YES": (((3_000, 100),), ((4_000, 100),))},
        fills={"1 b:YES": 0},
        end=BundleEnd.EXPOSED,
        result_micro=-8 * MICRO,
    ),
    "a settlement failed": Story(bundle=ALL_YES, fails=("1 a:YES",), end=BundleEnd.COMPLETE, result_micro=4 * MICRO),
    "the leading leg": Story(
        bundle=replace(ALL_YES, terms=Terms(at_once=False)), fills={"1 a:YES": 12}, end=BundleEnd.COMPLETE, result_micro=2_400_000
    ),
    "converted": Story(bundle=NOS, names=THREE, end=BundleEnd.COMPLETE, result_micro=MICRO),
    "conversion refused": Story(bundle=NOS, names=THREE, refused=("7-b1/t1",), end=BundleEnd.COMPLETE, result_micro=MICRO),
    "split and sold": Story(bundle=given_split_bundle(), books=FOR_SALE, end=BundleEnd.COMPLETE, result_micro=MICRO),
    "split and merged": Story(bundle=given_split_bundle(), end=BundleEnd.MISSED, result_micro=0),
    "split refused": Story(bundle=given_split_bundle(), books=FOR_SALE, refused=("7-b1/t1",), end=BundleEnd.MISSED, result_micro=0),
    "split, half of it sold": Story(
        bundle=given_split_bundle(),
        books=FOR_SALE,
        fills={"1 a:NO": 0, "2 a:NO": 0, "3 a:NO": 0, "4 a:NO": 20},
        end=BundleEnd.COMPLETE,
        result_micro=MICRO,
    ),
}
