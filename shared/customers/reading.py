"""Reading customers from outside their worker: only what is complete, one after the other in pages.

Rebuilding       the partition is not complete: 503, never "no such customer"
"""

from datetime import UTC, datetime
from typing import NamedTuple

from shared.projection import ListLength, ListRange, Projection
from shared.stream.beat import Beat


class Rebuilding(Exception):
    """What is stored of this partition is not complete yet."""

    def __init__(self, partition: int) -> None:
        super().__init__(f"Partition {partition} is being rebuilt from the log; ask again in a few seconds.")


class Position(NamedTuple):
    """In the sweep over all customers: those of a partition come in the order in which they first came."""

    partition: int = 0
    place: int = 0


class Part(NamedTuple):
    partition: int
    customer_ids: list[str]


class Sweep(NamedTuple):
    """after: where to go on; None when these were the last of all. progress: 0 to 1."""

    parts: list[Part]
    after: Position | None
    progress: float


def complete(beat: Beat | None, partition: int) -> Beat:
    """Raises Rebuilding. Without a beat nothing is known: the partition is new, or its store was lost."""
    if beat is None or beat.rebuilding:
        raise Rebuilding(partition)
    return beat


async def beat_of(projection: Projection, partition: int) -> Beat | None:
    return Beat.read(await projection.status(partition))


async def sweep(projection: Projection, partitions: int, start: Position, limit: int) -> Sweep:
    """The next `limit` customers over all partitions. Raises Rebuilding."""
    parts: list[Part] = []
    partition, place = start
    while partition < partitions:
        complete(await beat_of(projection, partition), partition)
        read = [ListRange("customers", place, place + limit - 1)]
        found = [name.decode() for name in (await projection.read(partition, read))[0]]
        parts.append(Part(partition, found))
        limit -= len(found)
        if limit <= 0:
            place += len(found)
            [count] = await projection.read(partition, [ListLength("customers")])
            return Sweep(parts, Position(partition, place), (partition + place / max(count, 1)) / partitions)
        partition, place = partition + 1, 0
    return Sweep(parts, None, 1.0)


def as_moment(seconds: float | None) -> datetime | None:
    """Epoch seconds of a beat, for people."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
