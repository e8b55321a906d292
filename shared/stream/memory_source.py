"""A partition of a log in memory as the engine's source."""

import asyncio
from collections.abc import Callable, Mapping, Sequence

from shared.event_log.log import EventLog, Record
from shared.stream.source import Bounds, KnownEnd


class MemorySource:
    """Implements Source."""

    def __init__(
        self,
        log: EventLog,
        topic: str,
        partition: int,
        *,
        belongs: Callable[[], bool],
        committed: Mapping[int, int],
        clock: Callable[[], float],
    ) -> None:
        self.partition = partition
        self._log = log
        self._topic = topic
        self._belongs = belongs
        self._committed = committed
        self._clock = clock
        self._position = 0
        self._known: KnownEnd | None = None

    async def bounds(self) -> Bounds:
        return Bounds(0, await self._log.end_offset(self._topic, self.partition))

    async def seek(self, position: int) -> None:
        self._position = position

    async def take(self, timeout: float) -> Sequence[Record]:
        self._known = KnownEnd(await self._log.end_offset(self._topic, self.partition), self._clock())
        if self._position < self._known.end:
            pieces = self._log.read(self._topic, self.partition, self._position, self._known.end)
            records = [record async for piece in pieces for record in piece]
            self._position = self._known.end
            return records
        await asyncio.sleep(timeout)
        return ()

    async def committed(self) -> int | None:
        return self._committed.get(self.partition)

    async def prove_membership(self, position: int) -> bool:
        await asyncio.sleep(0)
        return position >= 0 and self._belongs()

    def known_end(self) -> KnownEnd | None:
        return self._known
