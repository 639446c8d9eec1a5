"""Everything that reads what others wrote, by name. A new decoder is one Target in one of the files below, or in a new one named here."""

from pathlib import Path

from tests.fuzz import file_targets, frame_targets, journal_targets, live_targets, operator_targets, word_targets
from tests.fuzz.engine import Target


def all_targets(folder: Path) -> dict[str, Target]:
    """The targets by name; those that read files write them below `folder`."""
    found = (
        *frame_targets.targets(),
        *live_targets.targets(),
        *operator_targets.targets(),
        *file_targets.targets(folder),
        *journal_targets.targets(folder),
        *word_targets.targets(folder),
    )
    return {target.name: target for target in found}
