"""Reading customers from outside their worker: only what is complete, one after the other in pages.

Rebuilding           the partition is not complete: 503, never "no such customer"
└── Unattended       nobody has said lately that it is complete: enough for what is there, not for what is not
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Final, NamedTuple, TypeVar

import msgspec

from shared.projection import GetStatus, ListLength, ListRange, Projection, Read
from shared.stream.beat import Beat

T = TypeVar("T")

# A worker tells every second how its partition does. A store restored from an older copy tells what was told then.
HEARD_WITHIN_S: Final = 5.0

# Of a list's entry. A cursor may be made up: what the store cannot count is none of ours.
Place = Annotated[int, msgspec.Meta(ge=0, le=2**53)]


class Rebuilding(Exception):
    """What is stored of this partition is not complete yet."""

    def __init__(self, partition: int) -> None:
        super().__init__(f"Partition {partition} is being rebuilt from the log; ask again in a few seconds.")


class Unattended(Rebuilding):
    def __init__(self, partition: int) -> None:
        Exception.__init__(self, f"Partition {partition} is not being read: who is new there is not known. Ask again.")


class Position(NamedTuple):
    """In the sweep over all customers: those of a partition come in the order in which they first came."""

    partition: Place = 0
    place: Place = 0


class Part(NamedTuple):
    partition: int
    customer_ids: list[str]


class Sweep(NamedTuple):
    """after: where to go on; None when these were the last of all. progress: 0 to 1."""

    parts: list[Part]
    after: Position | None
    progress: float


class Complete:
    """Reads partitions that are complete. Asked in the same round trip as what is read: between two round trips the
    store may be lost, and an answer made of both would look like a customer to whom nothing happened."""

    def __init__(self, projection: Projection) -> None:
        self._projection = projection
        self._reached: dict[int, int] = {}  # by partition: the highest position that was ever read here

    async def read(self, partition: int, reads: Sequence[Read[T]]) -> list[T]:
        """Raises Rebuilding."""
        return (await self.with_beat(partition, reads))[1]

    async def with_beat(self, partition: int, reads: Sequence[Read[T]]) -> tuple[Beat, list[T]]:
        """And how the partition does. Raises Rebuilding: without a beat nothing is known, as of a new partition or a
        lost one; and a position that has gone back is that of an older copy, of which no worker has heard yet."""
        reached = self._reached.get(partition, 0)  # before asking: answers may overtake one another
        questions: list[Read[Any]] = [GetStatus(), *reads]
        status, *answers = await self._projection.read(partition, questions)
        beat = Beat.read(status)
        if beat is None or beat.rebuilding or beat.next < reached:
            raise Rebuilding(partition)
        self._reached[partition] = max(beat.next, self._reached.get(partition, 0))
        return beat, answers


async def beat_of(projection: Projection, partition: int) -> Beat | None:
    return Beat.read(await projection.status(partition))


async def sweep(projection: Complete, partitions: int, start: Position, limit: int) -> Sweep:
    """The next `limit` customers over all partitions. Raises Rebuilding."""
    parts: list[Part] = []
    partition, place = start
    while partition < partitions:
        here: list[Read[Any]] = [ListRange("customers", place, place + limit - 1), ListLength("customers")]
        names, count = await projection.read(partition, here)
        found = [name.decode() for name in names]
        parts.append(Part(partition, found))
        limit -= len(found)
        if limit <= 0:
            place += len(found)
            return Sweep(parts, Position(partition, place), (partition + place / max(count, 1)) / partitions)
        partition, place = partition + 1, 0
    return Sweep(parts, None, 1.0)


def as_moment(seconds: float | None) -> datetime | None:
    """Epoch seconds of a beat, for people."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
