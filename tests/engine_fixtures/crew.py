"""Diary workers as real processes on one topic, with load, and the question that all tests end with: does what they
stored equal the log?"""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from aiokafka.admin import AIOKafkaAdminClient

from shared.event_log.kafka import KafkaLog
from shared.event_log.log import LogUnavailable, Message
from shared.event_log.topics import Topic
from shared.projection.redis import RedisProjection
from shared.stream import State
from shared.stream.beat import Beat
from tests.engine_fixtures.diary import entries
from tests.waiting import eventually
from tools.stack import Process, create_topics

if TYPE_CHECKING:
    from tools.stack import Kafka, Valkey

PARTITIONS = 4
_ROOT = Path(__file__).resolve().parents[2]


class Crew:
    """One consumer group. `name` is topic, group and service tag."""

    def __init__(self, kafka: Kafka, valkey: Valkey, name: str, folder: Path) -> None:
        self.name = name
        self.bootstrap = kafka.bootstrap
        self.log = KafkaLog(kafka.bootstrap, timeout=5.0)
        self.projection = RedisProjection(valkey.url, service=name, partitions=PARTITIONS)
        self._store = valkey.url
        self._folder = folder
        self._workers: list[Process] = []
        self._numbers = itertools.count()

    def hire(self, *, poison: bytes | None = None, health_port: int = 0) -> Process:
        """Start a worker process. It is killed at the end if it still runs."""
        number = len(self._workers)
        command = [sys.executable, "-m", "tests.engine_fixtures.diary_worker", "--bootstrap", self.bootstrap]
        command += ["--store", self._store, "--topic", self.name, "--tag", self.name, "--partitions", str(PARTITIONS)]
        command += ["--poison", poison.decode()] if poison else []
        command += ["--health-port", str(health_port)] if health_port else []
        log = self._folder / f"{self.name}-{number}.log"
        worker = Process(f"worker {number}", command, log=log, folder=_ROOT)
        worker.start()
        self._workers.append(worker)
        return worker

    async def send(self, count: int, value: bytes | None = None, partition: int | None = None) -> None:
        """Numbers in order, spread over the partitions; or `count` times the same value."""
        numbers = itertools.islice(self._numbers, count)
        values = [(b"%d" % number, value or b"%d" % number) for number in numbers]
        await self.log.append([Message(self.name, key, text, (), partition) for key, text in values])

    @asynccontextmanager
    async def under_load(self, burst: int = 100, every: float = 0.05) -> AsyncIterator[None]:
        """About 2,000 records a second meanwhile. What was not acknowledged may be on the log or not."""

        async def load() -> None:
            while True:
                with suppress(LogUnavailable):
                    await self.send(burst)
                await asyncio.sleep(every)

        loading = asyncio.create_task(load())
        try:
            yield
        finally:
            loading.cancel()
            with suppress(asyncio.CancelledError):
                await loading

    async def beats(self) -> dict[int, Beat]:
        found = {p: Beat.read(await self.projection.status(p)) for p in range(PARTITIONS)}
        return {partition: beat for partition, beat in found.items() if beat is not None}

    async def stored(self) -> int:
        return sum(beat.next for beat in (await self.beats()).values())

    async def grown(self, by: int = 1000) -> None:
        """Until that many records more are stored than now."""
        before = await self.stored()

        async def more() -> bool:
            return await self.stored() >= before + by

        await eventually(more, 30.0)

    async def serving(self, state: State = State.RUNNING) -> None:
        """Until all partitions are in this state, by what readers are told."""

        async def all_are() -> bool:
            return [beat.state for beat in (await self.beats()).values()] == [state] * PARTITIONS

        await eventually(all_are, 30.0)

    async def drained(self) -> None:
        """Until all that is on the log is stored."""

        async def at_end() -> bool:
            ends = await self.log.end_offsets(self.name)
            positions = {partition: beat.next for partition, beat in (await self.beats()).items()}
            assert positions == ends
            return True

        await eventually(at_end, 40.0)

    async def stored_equals_log(self) -> int:
        """Each partition: the same values in the same order. Returns how many there were in all."""
        count = 0
        for partition, end in (await self.log.end_offsets(self.name)).items():
            pieces = self.log.read(self.name, partition, 0, end)
            written = [record.value async for piece in pieces for record in piece]
            kept = await entries(self.projection, partition)
            lost, extra = len(set(written) - set(kept)), len(kept) - len(set(kept))
            assert kept == written, f"partition {partition}: lost {lost}, extra {extra} of {len(written)}"
            count += len(kept)
        return count

    async def committed(self) -> dict[int, int]:
        """The group's offsets in Kafka, which lag tools look at."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap)
        await admin.start()
        try:
            found = await admin.list_consumer_group_offsets(self.name)
        finally:
            await admin.close()
        return {tp.partition: offset.offset for tp, offset in found.items()}

    async def close(self) -> None:
        for worker in self._workers:
            worker.kill()
        await self.log.stop()
        await self.projection.stop()


def assigned(worker: Process) -> list[int]:
    """The partitions it was given last, by its log."""
    lines = [json.loads(line) for line in worker.output().splitlines() if '"worker.assigned"' in line]
    return list(lines[-1]["partitions"]) if lines else []


async def shared_by(*workers: Process) -> None:
    """Until these have all partitions, and each has some."""

    async def fairly() -> bool:
        shares = [assigned(worker) for worker in workers]
        assert all(shares)
        assert sorted(itertools.chain(*shares)) == list(range(PARTITIONS))
        return True

    await eventually(fairly, 30.0)


@asynccontextmanager
async def a_crew(kafka: Kafka, valkey: Valkey, name: str, folder: Path) -> AsyncIterator[Crew]:
    """On a new topic."""
    await create_topics(kafka.bootstrap, [Topic(name, "number", PARTITIONS)])
    crew = Crew(kafka, valkey, name, folder)
    try:
        yield crew
    finally:
        await crew.close()
