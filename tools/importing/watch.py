"""What an import tells while it runs, and what it has counted."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Protocol


class Watch(Protocol):
    """Somebody who looks on (a progress bar, or nobody)."""

    def begin(self, stage: str, total: int, /) -> None:
        """A stage begins; `total` in the units of `at` (0: not known)."""

    def at(self, position: int, /) -> None:
        """How far the stage is."""


@dataclass
class Counts:
    """`rows` without the header and blank lines. `events` by type."""

    rows: int = 0
    bad_rows: int = 0
    issues: int = 0
    events: Counter[str] = field(default_factory=Counter)
