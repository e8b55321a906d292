"""A worker's progress, seen from outside: the positions that it saves in Redis."""

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

from benchmarks.stack import PARTITIONS, NotReady, Stack
from shared.event_log.kafka import KafkaLog
from shared.projection.redis import RedisProjection
from tools.stack import Process

# A look costs the machine 0.6 ms: 3 % of one core. Begin and end are known to as much.
_LOOK_EVERY_S = 0.02


class Passage(NamedTuple):
    """From the last look that found nothing saved to the first that found everything saved; epoch seconds."""

    events: int
    begun: float
    ended: float
    before: dict[str, float]  # readings of the meters at begun
    after: dict[str, float]

    @property
    def rate(self) -> float:
        return self.events / (self.ended - self.begun)

    def spent(self, meter: str) -> float:
        return self.after[meter] - self.before[meter]


Meters = Mapping[str, Callable[[], float]]


def follow(
    stack: Stack,
    worker: Process,
    service: str,
    ends: Mapping[int, int],
    *,
    starts: Mapping[int, int] | None = None,
    meters: Meters | None = None,
    within: float = 600.0,
) -> Passage:
    """Wait until the worker's positions have gone from `starts` (0 when None) to `ends`. Raises NotReady."""
    return asyncio.run(_follow(stack, worker, service, ends, starts or dict.fromkeys(ends, 0), meters or {}, within))


async def _follow(
    stack: Stack,
    worker: Process,
    service: str,
    ends: Mapping[int, int],
    starts: Mapping[int, int],
    meters: Meters,
    within: float,
) -> Passage:
    projection = RedisProjection(stack.valkey.url, service=service, partitions=len(ends))
    await projection.start()
    begun, before = time.time(), _read(meters)
    deadline = time.monotonic() + within
    try:
        while True:
            at = time.time()
            found = {number: int((await projection.status(number)).get("next", 0)) for number in ends}
            if all(found[number] <= starts[number] for number in ends):
                begun, before = at, _read(meters)
            if all(found[number] >= end for number, end in ends.items()):
                events = sum(ends.values()) - sum(starts.values())
                return Passage(events, begun, time.time(), before, _read(meters))
            if not worker.running or time.monotonic() > deadline:
                raise NotReady(f"{worker.name} got to {found} of {dict(ends)}:\n{worker.output()[-2_000:]}")
            await asyncio.sleep(_LOOK_EVERY_S)
    finally:
        await projection.stop()


def _read(meters: Meters) -> dict[str, float]:
    return {name: read() for name, read in meters.items()}


def await_records(stack: Stack, topic: str, records: int, within: float = 120.0) -> float:
    """When a topic was first seen to hold so many records, epoch seconds. Raises NotReady."""
    return asyncio.run(_await_records(stack.kafka.bootstrap, topic, records, within))


async def _await_records(bootstrap: str, topic: str, records: int, within: float) -> float:
    log = KafkaLog(bootstrap)
    deadline = time.monotonic() + within
    try:
        while True:
            found = sum([await log.end_offset(topic, number) for number in range(PARTITIONS)])
            if found >= records:
                return time.time()
            if time.monotonic() > deadline:
                raise NotReady(f"{topic} holds {found} of {records} records after {within:g} s")
            await asyncio.sleep(_LOOK_EVERY_S)
    finally:
        await log.stop()
