"""The log in memory, for tests and for trying rules without a broker; held to the same suite as Kafka.

Faults are part of it: `unavailable`, `acknowledgements_lost` and `skip` do to it what happens to Kafka.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from shared.event_log.log import LogUnavailable, Message, Record, check_sizes, partition_of

_BATCH = 500


@dataclass
class Partition:
    end: int = 0
    records: list[Record] = field(default_factory=list)


class MemoryLog:
    """Implements EventLog. `partitions`: how many each topic has.

    unavailable: True makes every call raise LogUnavailable with nothing done.
    acknowledgements_lost: True makes appends raise it after the messages were written, as a timeout does.
    """

    def __init__(
        self, partitions: Mapping[str, int], *, now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000
    ) -> None:
        self.unavailable = False
        self.acknowledgements_lost = False
        self._now_ms = now_ms
        self._topics = {topic: [Partition() for _ in range(count)] for topic, count in partitions.items()}
        self._grown = asyncio.Event()

    async def start(self) -> None:
        self._check_available()

    async def stop(self) -> None:
        return

    def skip(self, topic: str, partition: int, count: int = 1) -> None:
        """Leave a gap in the offsets, as transactions and compaction do."""
        self._partition(topic, partition).end += count

    def records(self, topic: str) -> list[Record]:
        """Everything on a topic, partition by partition: for a test's assertions."""
        return [record for partition in self._topics[topic] for record in partition.records]

    async def append(self, messages: Sequence[Message]) -> list[tuple[int, int]]:
        self._check_available()
        check_sizes(messages)
        for message in messages:
            self._partition(message.topic, message.partition or 0)
        written = [self._write(message) for message in messages]
        self._grown.set()
        self._grown = asyncio.Event()
        if self.acknowledgements_lost:
            raise LogUnavailable("the acknowledgement was lost; the messages were written")
        return written

    async def end_offset(self, topic: str, partition: int) -> int:
        self._check_available()
        return self._partition(topic, partition).end

    async def end_offsets(self, topic: str) -> dict[int, int]:
        count = await self.partition_count(topic)
        return {partition: self._partition(topic, partition).end for partition in range(count)}

    async def read(self, topic: str, partition: int, start: int, end: int) -> AsyncGenerator[list[Record], None]:
        self._check_available()
        if end > self._partition(topic, partition).end:
            raise LogUnavailable(f"{topic}/{partition} does not reach {end}")
        for batch in self._after(topic, partition, start):
            self._check_available()
            if wanted := [record for record in batch if record.offset < end]:
                yield wanted

    async def tail(self, topic: str, start: Mapping[int, int] | None = None) -> AsyncGenerator[list[Record], None]:
        count = await self.partition_count(topic)
        positions = {partition: (start or {}).get(partition, 0) for partition in range(count)}
        while True:
            grown = self._grown
            for partition, position in positions.items():
                for batch in self._after(topic, partition, position):
                    positions[partition] = batch[-1].offset + 1
                    yield batch
            await grown.wait()
            self._check_available()

    async def partition_count(self, topic: str) -> int:
        self._check_available()
        self._partition(topic, 0)
        return len(self._topics[topic])

    def _write(self, message: Message) -> tuple[int, int]:
        partitions = self._topics[message.topic]
        number = partition_of(message.key, len(partitions)) if message.partition is None else message.partition
        partition = partitions[number]
        offset = partition.end
        partition.end += 1
        partition.records.append(
            Record(message.topic, number, offset, self._now_ms(), message.key, message.value, tuple(message.headers))
        )
        return number, offset

    def _after(self, topic: str, partition: int, start: int) -> list[list[Record]]:
        found = [record for record in self._partition(topic, partition).records if record.offset >= start]
        return [found[first : first + _BATCH] for first in range(0, len(found), _BATCH)]

    def _partition(self, topic: str, partition: int) -> Partition:
        partitions = self._topics.get(topic, [])
        if not 0 <= partition < len(partitions):
            raise LogUnavailable(f"there is no partition {partition} of a topic {topic}")
        return partitions[partition]

    def _check_available(self) -> None:
        if self.unavailable:
            raise LogUnavailable("the log is switched off")
