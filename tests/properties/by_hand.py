"""A handler driven step by step, where a test must say what happens between which two calls."""

from collections.abc import Sequence

from shared.event_log.log import Record
from shared.event_log.memory import MemoryLog
from shared.event_log.topics import CONTACT_EVENTS
from shared.projection.memory import MemoryProjection
from shared.stream.handler import Handler
from shared.stream.lease import Lease


class ByHand:
    """One partition, one worker."""

    def __init__(self, handler: Handler, log: MemoryLog, projection: MemoryProjection, partition: int) -> None:
        self.handler = handler
        self._log = log
        self._projection = projection
        self._partition = partition
        self._lease: Lease | None = None

    @property
    def lease(self) -> Lease:
        assert self._lease is not None
        return self._lease

    async def take_over(self) -> None:
        """As the engine does with a partition that it was given."""
        claim = await self._projection.claim(self._partition)
        self._lease = Lease(self._projection, self._partition, claim.token, claim.next or 0, None)
        if claim.next is None:
            await self._projection.save(self._partition, claim.token, None, [], 0)
        await self.handler.begin(self._lease)

    async def read(self, count: int | None = None) -> None:
        """All that is on the log, or so many records, as one chunk."""
        records = self.unread()[:count]
        if records:
            await self.handler.handle(self.lease, records)

    def unread(self) -> Sequence[Record]:
        records = self._log.records(CONTACT_EVENTS.name)
        return [one for one in records if one.partition == self._partition and one.offset >= self.lease.next]

    async def tick(self) -> None:
        await self.handler.tick(self.lease)
