"""A partition of Kafka as the engine's source, fed by Faust's agent."""

import asyncio
import itertools
import time
from collections import deque
from collections.abc import Awaitable, Mapping, Sequence
from contextlib import suppress
from typing import Protocol, TypeVar

import structlog
from aiokafka.errors import KafkaError
from faust.types import TP

from shared.event_log.log import LogUnavailable, Record
from shared.stream.batches import Batch
from shared.stream.errors import PositionOutsideLog
from shared.stream.settings import EngineSettings
from shared.stream.source import Bounds, KnownEnd

log = structlog.get_logger()

T = TypeVar("T")

# Never the same twice in a process: a batch fetched for an earlier owner of the partition fits nobody.
_runs = itertools.count(1)

_ANSWER_WITHIN = 5.0


class PartitionConsumer(Protocol):
    """What is used of shared.stream.batches.BatchThread. Coroutines raise KafkaError and TimeoutError."""

    async def begin_run(self, tp: TP, position: int, run: int) -> None: ...
    def hold(self, tp: TP) -> None: ...
    def release(self, tp: TP) -> None: ...
    async def bounds(self, tp: TP) -> tuple[int, int]: ...
    async def committed(self, tp: TP) -> int | None: ...
    async def commit_positions(self, positions: Mapping[TP, int]) -> bool: ...
    def last_fetch(self, tp: TP) -> tuple[int, float] | None: ...


class KafkaSource:
    """Implements Source. `feed` is called by the agent, the rest by the partition's task; both in Faust's loop.

    Bounded memory: no more than `batches_waiting` and the one being fetched.
    """

    def __init__(self, consumer: PartitionConsumer, tp: TP, settings: EngineSettings) -> None:
        self.tp = tp
        self.partition: int = tp.partition
        self._consumer = consumer
        self._settings = settings
        self._run = 0
        self._fed = 0
        self._delivered_to = 0
        self._behind_since: float | None = None
        self._batches: deque[Batch] = deque()
        self._lost_one = False
        self._news = asyncio.Event()

    def feed(self, batch: Batch) -> None:
        if batch.run != self._run:
            return
        if batch.number != self._fed:
            self.fetch_again()
            return
        self._fed += 1
        self._behind_since = None
        self._batches.append(batch)
        self._news.set()
        if len(self._batches) >= self._settings.batches_waiting:
            self._consumer.hold(self.tp)

    def fetch_again(self) -> None:
        """Something between the broker and here has dropped, or may have dropped, what was fetched."""
        self._lost_one = True
        self._news.set()

    def close(self) -> None:
        self._run = 0
        self._batches.clear()
        self._consumer.hold(self.tp)

    async def seek(self, position: int) -> None:
        self._run, self._fed, self._delivered_to = next(_runs), 0, position
        self._lost_one, self._behind_since = False, None
        self._batches.clear()
        await self._ask(self._consumer.begin_run(self.tp, position, self._run))

    async def take(self, timeout: float) -> Sequence[Record]:
        if self._lost_one:
            await self.seek(self._delivered_to)
        if not self._batches:
            self._news.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(timeout):
                    await self._news.wait()
        if self._batches and not self._lost_one:
            return await self._next()
        if self._overdue():
            log.warning("partition.fetch_overdue", partition=self.partition, position=self._delivered_to)
            self.fetch_again()
        return ()

    async def _next(self) -> Sequence[Record]:
        records = self._batches.popleft().records
        if not records:
            raise PositionOutsideLog(self._delivered_to, *await self.bounds())
        self._consumer.release(self.tp)
        self._delivered_to = records[-1].offset + 1
        return records

    def _overdue(self) -> bool:
        known = self.known_end()
        if known is None or known.end <= self._delivered_to:
            self._behind_since = None
        elif self._behind_since is None:
            self._behind_since = time.monotonic()
        return self._behind_since is not None and time.monotonic() - self._behind_since > self._settings.overdue_after

    async def bounds(self) -> Bounds:
        return Bounds(*await self._ask(self._consumer.bounds(self.tp)))

    async def committed(self) -> int | None:
        return await self._ask(self._consumer.committed(self.tp))

    async def prove_membership(self, position: int) -> bool:
        return await self._ask(self._consumer.commit_positions({self.tp: position}))

    def known_end(self) -> KnownEnd | None:
        last = self._consumer.last_fetch(self.tp)
        return None if last is None else KnownEnd(*last)

    async def _ask(self, answer: Awaitable[T]) -> T:
        try:
            return await asyncio.wait_for(answer, _ANSWER_WITHIN)
        except (KafkaError, TimeoutError) as error:
            raise LogUnavailable(f"Kafka did not answer ({type(error).__name__})") from error
