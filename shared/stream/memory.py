"""The engine on a log in memory: the same tasks as in a worker, in one event loop, in milliseconds.

For the tests of every service. A group of workers shares the partitions; workers join, leave, are killed, freeze and
come back too late, and their saves meet faults, while handlers run unchanged:

    async with MemoryStream(log, projection, "contact.events.v1") as stream:
        worker = await stream.join(handler, [Fault.NONE, Fault.CRASH_BEFORE_SAVE])
        await log.append(messages)
        await stream.settled(replace=make_handler)

`projection` may be a real one, too.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace as changed
from enum import StrEnum
from types import TracebackType
from typing import Self, TypeVar

from shared.event_log.log import EventLog
from shared.projection import Claim, Projection, ProjectionUnavailable, Read, Write
from shared.stream.engine import Engine
from shared.stream.errors import NotSettled
from shared.stream.handler import Handler
from shared.stream.memory_source import MemorySource
from shared.stream.settings import EngineSettings
from shared.stream.status import EngineStatus, State

T = TypeVar("T")

QUICK = EngineSettings(
    tick_every=0.001,
    beat_every=0.002,
    first_pause=0.001,
    longest_pause=0.004,
    look_again_after=0.005,
    rebalance_grace=0.05,
    stop_grace=0.1,
)


class Fault(StrEnum):
    """What a save meets."""

    NONE = "none"
    UNAVAILABLE = "unavailable"  # nothing is applied
    ANSWER_LOST = "answer lost"  # applied, but the worker does not learn it
    CRASH_BEFORE_SAVE = "crash before save"  # the worker dies: its messages are on the log, the position has not moved
    CRASH_AFTER_SAVE = "crash after save"


class WorkersProjection:
    """A projection as one worker reaches it: Implements Projection."""

    def __init__(self, projection: Projection, faults: Iterable[Fault]) -> None:
        self.faults = deque(faults)
        self.crashed = False
        self._projection = projection
        self._runs = asyncio.Event()
        self._runs.set()

    def freeze(self) -> None:
        self._runs.clear()

    def thaw(self) -> None:
        self._runs.set()

    async def start(self) -> None:
        await self._projection.start()

    async def stop(self) -> None:
        await self._projection.stop()

    async def read(self, partition: int, reads: Sequence[Read[T]]) -> list[T]:
        await self._runs.wait()
        return await self._projection.read(partition, reads)

    async def claim(self, partition: int) -> Claim:
        await self._runs.wait()
        return await self._projection.claim(partition)

    async def save(self, partition: int, token: str, expected: int | None, writes: Sequence[Write], next: int) -> None:
        await self._runs.wait()
        fault = self.faults.popleft() if self.faults else Fault.NONE
        if fault is Fault.UNAVAILABLE:
            raise ProjectionUnavailable("a fault was asked for")
        if fault is Fault.CRASH_BEFORE_SAVE:
            await self._crash()
        await self._projection.save(partition, token, expected, writes, next)
        if fault is Fault.CRASH_AFTER_SAVE:
            await self._crash()
        if fault is Fault.ANSWER_LOST:
            raise ProjectionUnavailable("the answer was lost; the save was applied")

    async def beat(self, partition: int, token: str, expected: int | None, fields: Mapping[str, str]) -> None:
        await self._runs.wait()
        await self._projection.beat(partition, token, expected, fields)

    async def status(self, partition: int) -> dict[str, str]:
        return await self._projection.status(partition)

    async def wipe(self, partition: int) -> None:
        await self._projection.wipe(partition)

    async def remember_partitions(self, count: int) -> None:
        await self._projection.remember_partitions(count)

    async def _crash(self) -> None:
        self.crashed = True
        self._runs.clear()
        await self._runs.wait()


class MemoryWorker:
    """One process, so to speak."""

    def __init__(self, engine: Engine, projection: WorkersProjection) -> None:
        self.engine = engine
        self.projection = projection

    @property
    def status(self) -> EngineStatus:
        return self.engine.status

    @property
    def crashed(self) -> bool:
        return self.projection.crashed

    def freeze(self) -> None:
        """Stop at the next word with the projection, as SIGSTOP does; the group does not know. Then: drop it."""
        self.projection.freeze()

    def thaw(self) -> None:
        self.projection.thaw()


class MemoryStream:
    """A consumer group on one topic. `committed`: by partition, what was saved when somebody last gave up a share."""

    def __init__(
        self,
        log: EventLog,
        projection: Projection,
        topic: str,
        *,
        chunk_size: int = 500,
        settings: EngineSettings = QUICK,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._log = log
        self._projection = projection
        self._topic = topic
        self._settings = changed(settings, chunk_size=chunk_size)
        self._clock = clock
        self._generation = 0
        self.committed: dict[int, int] = {}
        self._members: list[MemoryWorker] = []
        self._dropped: list[MemoryWorker] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        await self.close()

    async def join(self, handler: Handler, faults: Iterable[Fault] = ()) -> MemoryWorker:
        """Another worker; the partitions are shared out anew. `faults` meet its saves, one each, in order."""
        projection = WorkersProjection(self._projection, faults)
        worker = MemoryWorker(Engine(handler, projection, self._settings, self._clock), projection)
        self._members.append(worker)
        await self._rebalance()
        return worker

    async def leave(self, worker: MemoryWorker) -> None:
        """It finishes what is in flight, and goes."""
        self._members.remove(worker)
        await self._release(worker, self._settings.stop_grace)
        await self._rebalance()

    async def kill(self, worker: MemoryWorker) -> None:
        self._members.remove(worker)
        await worker.engine.release(grace=0)
        await self._rebalance()

    async def drop(self, worker: MemoryWorker) -> None:
        """The group gives its partitions to the others, and it does not notice: a zombie, once thawed."""
        self._members.remove(worker)
        self._dropped.append(worker)
        await self._rebalance()

    async def settled(self, within: float = 5.0, replace: Callable[[], Handler] | None = None) -> None:
        """Until everything on the log is read and every handler has had a tick since. Raises NotSettled.

        `replace` makes the handler of a worker that takes the place of one that crashed, with its remaining faults.
        """
        deadline = time.monotonic() + within
        ticks: dict[int, int] = {}
        while True:
            await self._bury(replace)
            if not await self._at_end():
                ticks = {}
            elif not ticks:
                ticks = self._ticks()
            elif all(count > ticks[partition] for partition, count in self._ticks().items()):
                return
            if time.monotonic() > deadline:
                raise NotSettled(f"not within {within:g} s: {[worker.status for worker in self._members]}")
            await asyncio.sleep(0.0005)

    async def close(self) -> None:
        members, dropped = self._members, self._dropped
        self._members, self._dropped = [], []
        for worker in members:
            await worker.engine.release(0 if worker.crashed else self._settings.stop_grace)
        for worker in dropped:
            await worker.engine.release(grace=0)

    async def _rebalance(self) -> None:
        self._generation += 1
        generation, count = self._generation, await self._log.partition_count(self._topic)
        alive = [worker for worker in self._members if not worker.crashed]
        await asyncio.gather(*(self._release(worker, self._settings.rebalance_grace) for worker in alive))
        for number, worker in enumerate(alive):
            worker.engine.assign(self._source(p, generation) for p in range(number, count, len(alive)))

    def _source(self, partition: int, generation: int) -> MemorySource:
        def belongs() -> bool:
            return generation == self._generation

        return MemorySource(
            self._log, self._topic, partition, belongs=belongs, committed=self.committed, clock=self._clock
        )

    async def _release(self, worker: MemoryWorker, grace: float) -> None:
        await worker.engine.release(grace)
        self.committed |= worker.engine.positions

    async def _bury(self, replace: Callable[[], Handler] | None) -> None:
        for worker in [worker for worker in self._members if worker.crashed]:
            await self.kill(worker)
            if replace is not None:
                await self.join(replace(), worker.projection.faults)
        if not self._members:
            raise NotSettled("no worker is left")

    async def _at_end(self) -> bool:
        statuses = [status for worker in self._members for status in worker.status.partitions]
        for status in statuses:
            if status.state is State.PAUSED:
                raise NotSettled(f"partition {status.partition} has paused: {status.reason}")
        ends = [await self._log.end_offset(self._topic, status.partition) for status in statuses]
        read = all(one.state is State.RUNNING and one.position == end for one, end in zip(statuses, ends, strict=True))
        return read and len(statuses) == await self._log.partition_count(self._topic)

    def _ticks(self) -> dict[int, int]:
        return {partition: count for worker in self._members for partition, count in worker.engine.ticks.items()}
