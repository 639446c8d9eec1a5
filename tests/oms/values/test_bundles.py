import msgspec
from msgspec.structs import replace

from oms.values.bundles import NOBODY, Bundle, BundleEnd, End, Shape, Terms
from tests.words_bundles import given_bundle, given_no_bundle, given_split_bundle


def test_what_a_bundle_leaves_at_least_is_its_worst_end() -> None:
    bundle = given_no_bundle("a", "b", others=("c",))
    assert {end.winner: end.result_micro for end in bundle.ends} == {"a": 1_000_000, "b": 1_000_000, "c": 21_000_000, NOBODY: 1_000_000}
    assert bundle.worst_micro == 1_000_000
    assert replace(bundle, ends=(*bundle.ends, End(winner="d", result_micro=-1))).worst_micro == -1


def test_a_bundle_that_was_written_down_is_read_as_it_was() -> None:
    for bundle in (given_bundle("a", "b"), given_no_bundle("a", "b", others=("c",)), given_split_bundle()):
        told = replace(bundle, terms=Terms(at_once=False, chases_max=0, patience_ns=1, unwind_pips=7), free_ns=5)
        assert msgspec.json.decode(msgspec.json.encode(told), type=Bundle) == told


def test_every_shape_and_every_end_is_a_sentence_of_its_own() -> None:
    for kind in (Shape, BundleEnd):
        sentences = [member.value for member in kind]
        assert len(dict.fromkeys(sentences)) == len(kind)
        assert all(" " in sentence and sentence.isprintable() for sentence in sentences)
