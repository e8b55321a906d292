"""What a service keeps of the log: one keyspace per partition, with its position inside, written only by its owner.

ProjectionError
├── Refused                  a save or a beat; nothing was written
│   ├── Fenced               another owner has taken the partition
│   ├── Moved                the position in the store is not the one we last saved: failed over, restored, or our own
│   │                        save that was applied although its answer was lost
│   └── Lost                 the store knows nothing of this partition any more
├── ProjectionUnavailable    no answer, or an answer that says "not now": try again later
├── ProjectionFault          the store refuses what we ask for good: our bug
└── PartitionCountChanged    the topic has another partition count than when this store was filled
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol, TypeVar

from shared.projection.reads import Read
from shared.projection.writes import Write

T = TypeVar("T")


class ProjectionError(Exception):
    """Anything that goes wrong between us and the store."""


class Refused(ProjectionError):
    """The fence held: nothing was written."""


class Fenced(Refused):
    """Another owner has taken the partition."""


class Moved(Refused):
    """The stored position is not the expected one."""


class Lost(Refused):
    """The store has no token, or no position where we had saved one."""


class ProjectionUnavailable(ProjectionError):
    """The store cannot answer now; a save may or may not have been applied."""


class ProjectionFault(ProjectionError):
    """The store will never accept this call."""


class PartitionCountChanged(ProjectionError):
    def __init__(self, remembered: int, found: int) -> None:
        super().__init__(
            f"the topic has {found} partitions, but this store was filled from {remembered}: customers would be looked "
            "for in the wrong partition. Restore the topic's count, or begin with an empty store."
        )
        self.remembered = remembered
        self.found = found


class Claim(NamedTuple):
    """Ownership of a partition. `next` is the position to read from; None: nothing is stored, begin at offset 0."""

    token: str
    next: int | None


class Readable(Protocol):
    async def read(self, partition: int, reads: Sequence[Read[T]]) -> list[T]:
        """The answers, in the order of the questions, from one moment and in one round trip."""


class Projection(Readable, Protocol):
    async def start(self) -> None:
        """Connect. Raises ProjectionUnavailable; may be called again."""

    async def stop(self) -> None:
        """Let go of connections. Never raises for a store that is away."""

    async def claim(self, partition: int) -> Claim:
        """Become the owner under a fresh token; every earlier token is fenced from now on.

        Where no position is stored, whatever else is left of the partition is swept away first.
        """

    async def save(self, partition: int, token: str, expected: int | None, writes: Sequence[Write], next: int) -> None:
        """Apply all writes and move the position from `expected` to `next`, or do nothing and raise.

        Raises Fenced, Moved, Lost; ProjectionUnavailable when it is unknown whether it was applied: the same save again
        then answers Moved if it was. Treat that as any Moved: claim, and go on from the stored position.
        """

    async def beat(self, partition: int, token: str, expected: int | None, fields: Mapping[str, str]) -> None:
        """Store what look-ups need to know about the partition (end offset, time, state). Refused as a save is."""

    async def status(self, partition: int) -> dict[str, str]:
        """`next` and the fields of the last beat; empty when nothing is known (rebuild; never "no such customer")."""

    async def wipe(self, partition: int) -> None:
        """Forget the partition. Its owner's next save is refused as Lost, and it rebuilds."""

    async def remember_partitions(self, count: int) -> None:
        """Remember the topic's number of partitions. Raises PartitionCountChanged when it was another before."""


REFUSALS: dict[str, type[Refused]] = {"FENCED": Fenced, "MOVED": Moved, "LOST": Lost}
REFUSAL_TEXT = {
    "FENCED": "another owner has taken this partition",
    "MOVED": "the stored position is not the one last saved",
    "LOST": "nothing is stored for this partition any more",
}


def refused(word: str, partition: int) -> Refused:
    return REFUSALS[word](f"partition {partition}: {REFUSAL_TEXT[word]}")


def check_beat(fields: Mapping[str, str]) -> None:
    """Raises ValueError for fields that would overwrite the fence, or for none at all."""
    if not fields or not fields.keys().isdisjoint({"token", "next"}):
        raise ValueError("a beat needs at least one field, and none of them may be called token or next")


def check_advance(expected: int | None, next: int) -> None:
    """Raises ValueError for a position that would run backwards: that alone once duplicated thousands of entries."""
    if next < (expected or 0):
        raise ValueError(f"the position cannot go back from {expected} to {next}")
