"""A log that counts what is appended to it."""

import time
from collections.abc import AsyncGenerator, Mapping, Sequence

from shared.event_log.log import EventLog, LogError, Message, Record
from shared.event_log.topics import TOPICS
from shared.telemetry.meter import Meter
from shared.telemetry.metrics import APPEND_SECONDS, APPENDS_FAILED, MESSAGES_APPENDED

_NAMES = frozenset(topic.name for topic in TOPICS)


class MeasuredLog:
    """Implements EventLog by another. An append counts for the topic of its first message, its messages for theirs."""

    def __init__(self, log: EventLog, meter: Meter) -> None:
        self._log = log
        self._meter = meter

    async def append(self, messages: Sequence[Message]) -> list[tuple[int, int]]:
        if not messages:
            return []
        began, topic = time.perf_counter(), _known(messages[0].topic)
        try:
            placed = await self._log.append(messages)
        except LogError as error:
            self._meter.count(APPENDS_FAILED, topic=topic, reason=type(error).__name__)
            raise
        self._meter.observe(APPEND_SECONDS, time.perf_counter() - began, topic=topic)
        for name in {message.topic for message in messages}:
            count = sum(message.topic == name for message in messages)
            self._meter.count(MESSAGES_APPENDED, count, topic=_known(name))
        return placed

    async def start(self) -> None:
        await self._log.start()

    async def stop(self) -> None:
        await self._log.stop()

    async def end_offset(self, topic: str, partition: int) -> int:
        return await self._log.end_offset(topic, partition)

    async def end_offsets(self, topic: str) -> dict[int, int]:
        return await self._log.end_offsets(topic)

    def read(self, topic: str, partition: int, start: int, end: int) -> AsyncGenerator[list[Record], None]:
        return self._log.read(topic, partition, start, end)

    def tail(self, topic: str, start: Mapping[int, int] | None = None) -> AsyncGenerator[list[Record], None]:
        return self._log.tail(topic, start)

    async def partition_count(self, topic: str) -> int:
        return await self._log.partition_count(topic)


def _known(topic: str) -> str:
    """A setting may name any topic; a label's values must be few."""
    return topic if topic in _NAMES else "other"
