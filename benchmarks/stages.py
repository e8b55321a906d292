"""The journey worker's handler without the worker: one partition after the other, on logs and projections in memory.

On memory nothing waits. What the client of Redis would cost is added by packing each
save and each read as `shared.projection.redis` does.
"""

import asyncio
import gc
import time
from collections.abc import Sequence
from typing import Final, NamedTuple, TypeVar

from benchmarks.events import Sent
from benchmarks.sampling import Part, Samples
from benchmarks.stack import PARTITIONS
from services.journey.handlers import JourneyHandler
from shared.event_log.dead_letters import DeadLetterLimit
from shared.event_log.log import Message, Record
from shared.event_log.memory import MemoryLog
from shared.event_log.topics import CONTACT_EVENTS, DEAD_LETTERS, FLAGS
from shared.projection import Read, Write
from shared.projection.calls import Questions, packed_writes
from shared.projection.memory import MemoryProjection
from shared.stream.collector import spare_what_lasts
from shared.stream.lease import Lease

T = TypeVar("T")
CHUNK: Final = 500

MEMORY: Final = "(memory backends, not in a worker)"
PARTS: Final = (
    Part(MEMORY, ("shared.projection.memory", "shared.event_log.memory")),
    Part("decode and check the event", ("shared.event_log.wire", "shared.customers.incoming", "pydantic")),
    Part("identity and order", ("shared.customers.entry",), ("fingerprint",)),
    Part("identity and order", ("shared.timeline.order",)),
    Part("fold: which issue", ("shared.timeline",)),
    Part("fold: promises", ("shared.promises",)),
    Part("publish: decide and encode flags", ("services.journey.domain.announcement", "services.journey.voice")),
    Part("publish: decide and encode flags", ("services.journey.domain.flags",), ("changes", "flag_id", "change_id")),
    Part("save: work lists", ("services.journey.store", "shared.work_list"), ("indexes", "_rows", "differences")),
    Part("save: work lists", ("services.journey.domain.work",)),
    Part("fold: desks, flags, person", ("services.journey.domain",)),
    Part("save: compress entries and states", ("shared.customers.compact",), ("compact",)),
    Part("load: decompress", ("shared.customers.compact",), ("plain",)),
    Part("save: encode states", ("services.journey.store",)),
    Part("save: encode states", ("shared.customers.customers",), ("encode",)),
    Part("load: decode states", ("shared.customers.customers",), ("decode",)),
    Part("load: ask for states and copies", ("shared.customers.customers",), ("load", "_opened")),
    Part("save: pack for Redis", ("shared.projection", "msgpack")),
    Part("save: pack for Redis", ("shared.customers.entry",), ("pack",)),
    Part("save: gather writes", ("shared.customers.customer",), ("writes",)),
    Part("handler's own steps", ("services.journey.handlers", "shared.customers", "shared.stream.lease")),
)


class Packing(MemoryProjection):
    """Memory, and the bytes that would go to Redis."""

    async def read(self, partition: int, reads: Sequence[Read[T]]) -> list[T]:
        Questions().packed(reads)
        return await super().read(partition, reads)

    async def save(self, partition: int, token: str, expected: int | None, writes: Sequence[Write], next: int) -> None:
        packed_writes(writes)
        await super().save(partition, token, expected, writes, next)


class Staged(NamedTuple):
    events: int
    seconds: float  # of CPU
    samples: Samples


async def handled(sent: Sequence[Sent]) -> Staged:
    """All of it through one handler."""
    log = MemoryLog(dict.fromkeys((CONTACT_EVENTS.name, FLAGS.name, DEAD_LETTERS.name), PARTITIONS))
    await log.append([Message(CONTACT_EVENTS.name, one.customer.encode(), one.value) for one in sent])
    samples = Samples(PARTS, ("services.", "shared."))
    handler, projection = JourneyHandler(log, PARTITIONS, DeadLetterLimit()), Packing()
    chunks = _chunks(log)
    leases: dict[int, Lease] = {}
    for partition in range(PARTITIONS):
        claim = await projection.claim(partition)
        await projection.save(partition, claim.token, None, [], 0)
        leases[partition] = Lease(projection, partition, claim.token, 0, None)
        await handler.begin(leases[partition])
    spare_what_lasts()
    begun = time.process_time()
    with samples.taken():
        for records in chunks:
            await handler.handle(leases[records[0].partition], records)
    spent = time.process_time() - begun
    gc.unfreeze()
    return Staged(len(sent), spent, samples)


def _chunks(log: MemoryLog) -> list[list[Record]]:
    """Partitions take turns, as they do in a worker."""
    by_partition: dict[int, list[Record]] = {}
    for record in log.records(CONTACT_EVENTS.name):
        by_partition.setdefault(record.partition, []).append(record)
    longest = max(len(records) for records in by_partition.values())
    return [
        records[first : first + CHUNK]
        for first in range(0, longest, CHUNK)
        for records in by_partition.values()
        if first < len(records)
    ]


def staged(sent: Sequence[Sent]) -> Staged:
    return asyncio.run(handled(sent))
