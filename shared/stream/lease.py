"""The right to write one partition."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

from shared.projection import DropValue, Projection, Read, Write

T = TypeVar("T")

# Kept beside the data, so that a worker killed in the middle of a rebuild leaves a rebuild behind, not a gap.
HORIZON = "engine.horizon"


class Lease:
    """Held from a claim until somebody else claims the partition; every write is refused from then on.

    next: the position, i.e. the first offset that is not yet in the store.
    horizon: the log's end when a rebuild began, else None. While `rebuilding`, whatever a handler would say may have
    been said before.
    start: the first offset that the log held when the lease was taken.
    end, end_at: the log's last known end offset, and when the broker's answer came (epoch seconds).
    """

    def __init__(self, projection: Projection, partition: int, token: str, next: int, horizon: int | None) -> None:
        self.partition = partition
        self.token = token
        self.next = next
        self.horizon = horizon
        self.start = 0
        self.end = next
        self.end_at = 0.0
        self._projection = projection
        self._horizon_stored = horizon is not None

    @property
    def rebuilding(self) -> bool:
        return self.horizon is not None and self.next < self.horizon

    async def read(self, reads: Sequence[Read[T]]) -> list[T]:
        """One round trip. Raises ProjectionUnavailable."""
        return await self._projection.read(self.partition, reads)

    async def save(self, writes: Sequence[Write], next: int | None = None) -> None:
        """Apply the writes and move the position (None: leave it), all or nothing.

        Raises Fenced, Moved, Lost, and ProjectionUnavailable when it is unknown whether it was applied.
        """
        after = self.next if next is None else next
        rebuilt = self._horizon_stored and self.horizon is not None and after >= self.horizon
        if rebuilt:
            writes = [*writes, DropValue(HORIZON)]
        await self._projection.save(self.partition, self.token, self.next, writes, after)
        self.next = after
        self._horizon_stored = self._horizon_stored and not rebuilt

    async def beat(self, fields: Mapping[str, str]) -> None:
        """Tell readers how the partition does. Refused as a save is."""
        await self._projection.beat(self.partition, self.token, self.next, fields)
