"""Whatever happens to the workers and to their saves: every record once, in order, in every partition."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.event_log.memory import MemoryLog
from shared.projection.memory import MemoryProjection
from shared.stream.memory import Fault, MemoryStream, MemoryWorker
from tests.engine_fixtures.diary import Diary, entries
from tests.engine_fixtures.things import SHARED_PARTITIONS, SHARED_TOPIC, a_log, numbers, values

STEPS = ["send", "join", "leave", "kill", "freeze", "thaw", "empty the store", "skip offsets", "breathe"]


class Company:
    """Workers come and go; the last one stays."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.log: MemoryLog = a_log()
        self.projection = MemoryProjection()
        self.stream = MemoryStream(self.log, self.projection, SHARED_TOPIC, chunk_size=3)
        self.sent = 0
        self._faults = list(faults)
        self._working: list[MemoryWorker] = []
        self._frozen: list[MemoryWorker] = []

    async def take(self, step: str) -> None:
        match step:
            case "send":
                for partition in range(SHARED_PARTITIONS):
                    await self.log.append(numbers(5, self.sent, topic=SHARED_TOPIC, partition=partition))
                self.sent += 5
            case "join":
                faults, self._faults = self._faults[:4], self._faults[4:]
                self._working.append(await self.stream.join(Diary(), faults))
            case "leave":
                await self._lose_one(self.stream.leave)
            case "kill":
                await self._lose_one(self.stream.kill)
            case "freeze":
                await self._lose_one(self._freeze)
            case "thaw":
                for worker in self._frozen:
                    worker.thaw()
            case "empty the store":
                self.projection.lose()
            case "skip offsets":
                self.log.skip(SHARED_TOPIC, 0, 2)
            case _:
                await asyncio.sleep(0.002)

    async def _lose_one(self, how: Callable[[MemoryWorker], Any]) -> None:
        able = [worker for worker in self._working if not worker.crashed]
        if len(able) > 1:
            self._working.remove(able[0])
            await how(able[0])

    async def _freeze(self, worker: MemoryWorker) -> None:
        worker.freeze()
        self._frozen.append(worker)
        await self.stream.drop(worker)


@settings(max_examples=40, deadline=None)
@given(
    steps=st.lists(st.sampled_from(STEPS), max_size=14),
    faults=st.lists(st.sampled_from(list(Fault)), max_size=16),
)
async def test_every_record_is_stored_once_and_in_order(steps: list[str], faults: list[Fault]) -> None:
    company = Company(faults)
    async with company.stream as stream:
        for step in ["join", *steps, "send", "thaw"]:
            await company.take(step)
        await stream.settled(within=20, replace=Diary)
        for partition in range(SHARED_PARTITIONS):
            assert await entries(company.projection, partition) == values(company.sent)
