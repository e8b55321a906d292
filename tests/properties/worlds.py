"""A log, a store and a clock in memory, on which a service's handlers work while things go wrong.

Appends meet faults as saves do (shared.stream.memory.Fault): see AppendFault.
"""

import asyncio
import json
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from types import TracebackType
from typing import Self

from shared.event_log.log import LogUnavailable, Message, Record
from shared.event_log.memory import MemoryLog
from shared.event_log.topics import CLOCK_PROBES, CONTACT_EVENTS, DEAD_LETTERS, FLAGS
from shared.projection.memory import MemoryProjection
from shared.stream.handler import Handler
from shared.stream.memory import QUICK, Fault, MemoryStream, MemoryWorker
from tests.histories.builders import BEGIN, Event
from tests.waiting import eventually

PARTITIONS = 2
# The clock is looked at after every chunk: that is when it might speak of what it has not read.
EAGER = replace(QUICK, tick_every=0.0001)


class AppendFault(StrEnum):
    """What an append of several messages meets."""

    NONE = "none"
    UNAVAILABLE = "unavailable"  # nothing is written
    ACKNOWLEDGEMENT_LOST = "acknowledgement lost"  # written, but the worker does not learn it
    HALF = "half"  # the last message's topic takes its messages, the others do not; the worker learns of a failure


class FaultyLog(MemoryLog):
    """Faults meet the workers' appends, one each, in order; `written` are the appends that told nobody."""

    def __init__(self, partitions: Mapping[str, int], now_ms: Callable[[], int]) -> None:
        super().__init__(partitions, now_ms=now_ms)
        self.faults: deque[AppendFault] = deque()
        self.unacknowledged: list[Message] = []

    async def append(self, messages: Sequence[Message]) -> list[tuple[int, int]]:
        fault = self.faults.popleft() if self.faults and messages else AppendFault.NONE
        if fault is AppendFault.UNAVAILABLE:
            raise LogUnavailable("a fault was asked for")
        taken = [one for one in messages if fault is not AppendFault.HALF or one.topic == messages[-1].topic]
        placed = await super().append(taken)
        if fault is not AppendFault.NONE:
            self.unacknowledged += taken
            raise LogUnavailable("the acknowledgement was lost; messages were written")
        return placed

    async def put(self, messages: Sequence[Message]) -> list[tuple[int, int]]:
        """By others: no fault."""
        return await super().append(messages)


class World(AbstractAsyncContextManager["World"]):
    """`hire`: makes the handler of a new worker, given the world."""

    def __init__(
        self, hire: "Callable[[World], Handler]", *, chunk_size: int = 3, partitions: int = PARTITIONS
    ) -> None:
        self.now = BEGIN
        topics = (CONTACT_EVENTS, FLAGS, DEAD_LETTERS, CLOCK_PROBES)
        self.log = FaultyLog({topic.name: partitions for topic in topics}, lambda: _ms(self.now))
        self.projection = MemoryProjection()
        self.partitions = partitions
        self.workers: list[MemoryWorker] = []
        self.placed: list[tuple[int, int]] = []
        self._hire = hire
        self._stream = MemoryStream(
            self.log, self.projection, CONTACT_EVENTS.name, chunk_size=chunk_size, settings=EAGER
        )
        self._frozen: list[MemoryWorker] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stream.close()

    async def join(self, faults: Iterable[Fault] = ()) -> MemoryWorker:
        worker = await self._stream.join(self._hire(self), faults)
        self.workers.append(worker)
        return worker

    async def kill(self, worker: MemoryWorker) -> None:
        self.workers.remove(worker)
        await self._stream.kill(worker)

    async def freeze(self, worker: MemoryWorker) -> None:
        """It stands still and the group gives its partitions to the others: a zombie, once thawed."""
        worker.freeze()
        self.workers.remove(worker)
        self._frozen.append(worker)
        await self._stream.drop(worker)

    def thaw(self) -> None:
        for worker in self._frozen:
            worker.thaw()

    def able(self) -> list[MemoryWorker]:
        return [worker for worker in self.workers if not worker.crashed]

    async def send(self, items: "Iterable[Event | Message]") -> None:
        """By others. `placed` tells where each came to lie."""
        self.placed += await self.log.put([message_of(item) for item in items])

    async def settle(self) -> None:
        """Until all is read and stored, and every clock has been looked at since; who crashed is replaced."""
        await eventually(self._all_is_stored, every=0.001)

    async def _all_is_stored(self) -> bool:
        """A worker whose store was lost believes to have read all until its next beat; then it begins again."""
        await self._stream.settled(within=20, replace=lambda: self._hire(self))
        ends = await self.log.end_offsets(CONTACT_EVENTS.name)
        stored = {partition: await self.projection.status(partition) for partition in ends}
        return all(stored[partition].get("next") == str(end) for partition, end in ends.items())

    async def breathe(self) -> None:
        await asyncio.sleep(0.002)

    def records(self, topic: str = CONTACT_EVENTS.name) -> list[Record]:
        return self.log.records(topic)


def message_of(item: Event | Message) -> Message:
    if isinstance(item, Message):
        return item
    event = item
    return Message(CONTACT_EVENTS.name, event["subject"].encode(), json.dumps(event).encode())


def event_of(record: Record) -> Event:
    assert record.value is not None
    event: Event = json.loads(record.value)
    return event


def _ms(moment: datetime) -> int:
    """Whole milliseconds, as the log stamps."""
    return (moment - datetime.fromtimestamp(0, moment.tzinfo)) // timedelta(milliseconds=1)
