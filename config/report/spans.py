"""Which stretch of time a picture shows. A recording's market may stand still for a day after its last message: that is told, not drawn."""

from collections.abc import Iterable

from config.report import words
from oms.values.units import Nanos


def shown_until(looks: Iterable[tuple[Nanos, object]], first_ns: Nanos, last_ns: Nanos) -> Nanos:
    """Where a picture of these looks ends: at `last_ns`, or a little after the last change when all was quiet for the last third of the time."""
    changed, before = first_ns, None
    for at_ns, look in looks:
        if look != before:
            changed, before = at_ns, look
    if (last_ns - changed) * 3 < last_ns - first_ns or changed <= first_ns:
        return last_ns
    return changed + max(1, (changed - first_ns) // 16)


def span_words(first_ns: Nanos, shown_ns: Nanos, last_ns: Nanos) -> str:
    """Of which time a picture is, and what it leaves out."""
    told = f"Time: {words.between(first_ns, shown_ns)}"
    return f"{told}." if shown_ns >= last_ns else f"{told}; the quiet time from then to {words.stamp(last_ns)} is not drawn."
