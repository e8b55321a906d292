"""What a service gives to the engine."""

from collections.abc import Sequence
from typing import Protocol

from shared.event_log.log import Record
from shared.stream.lease import Lease


class Handler(Protocol):
    """Called by one serial task per partition; different partitions interleave at every await.

    Fenced, Moved and Lost pass through to the engine. LogUnavailable and ProjectionUnavailable: the same call comes
    again, so keep nothing of a chunk (caches, counters) before lease.save has returned. Any other error pauses the
    partition until the next assignment or a restart; the position stays before the chunk.
    """

    async def begin(self, lease: Lease) -> None:
        """A lease was taken, with a fresh token: drop what was cached for lease.partition."""

    async def handle(self, lease: Lease, records: Sequence[Record]) -> None:
        """Load, decide, append, save. Must end with lease.save(writes, next=records[-1].offset + 1)."""

    async def tick(self, lease: Lease) -> None:
        """Several times a second, between chunks: the place for a clock. What it saves leaves the position alone."""

    async def end(self, partition: int) -> None:
        """The partition was given up, maybe in the middle of anything: free what was cached. No writes."""
