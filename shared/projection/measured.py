"""A projection that times its saves."""

import time
from collections.abc import Mapping, Sequence
from typing import TypeVar

from shared.projection.projection import Claim, Projection
from shared.projection.reads import Read
from shared.projection.writes import Write
from shared.telemetry.meter import Meter
from shared.telemetry.metrics import SAVE_SECONDS

T = TypeVar("T")


class MeasuredProjection:
    """Implements Projection by another."""

    def __init__(self, projection: Projection, meter: Meter) -> None:
        self._projection = projection
        self._meter = meter

    async def save(self, partition: int, token: str, expected: int | None, writes: Sequence[Write], next: int) -> None:
        began = time.perf_counter()
        await self._projection.save(partition, token, expected, writes, next)
        self._meter.observe(SAVE_SECONDS, time.perf_counter() - began)

    async def start(self) -> None:
        await self._projection.start()

    async def stop(self) -> None:
        await self._projection.stop()

    async def read(self, partition: int, reads: Sequence[Read[T]]) -> list[T]:
        return await self._projection.read(partition, reads)

    async def claim(self, partition: int) -> Claim:
        return await self._projection.claim(partition)

    async def beat(self, partition: int, token: str, expected: int | None, fields: Mapping[str, str]) -> None:
        await self._projection.beat(partition, token, expected, fields)

    async def status(self, partition: int) -> dict[str, str]:
        return await self._projection.status(partition)

    async def wipe(self, partition: int) -> None:
        await self._projection.wipe(partition)

    async def remember_partitions(self, count: int) -> None:
        await self._projection.remember_partitions(count)
