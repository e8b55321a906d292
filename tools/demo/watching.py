"""What is said on the topics while the demo runs: flags, and promises announced as missed."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from shared.event_log.log import EventLog, LogUnavailable, Record
from shared.event_log.topics import CONTACT_EVENTS, FLAGS, Topic
from shared.event_log.wire import Unreadable, decode
from shared.events import Event, FlagRaised, FlagSettled, FlagWithdrawn, PromiseMissed

FlagEvent = FlagRaised | FlagSettled | FlagWithdrawn

_PAUSE_S: Final = 0.5


class SaidFlag(NamedTuple):
    """said_at: epoch seconds, as Kafka has it."""

    event: FlagEvent
    said_at: float


class SaidMiss(NamedTuple):
    event: PromiseMissed
    said_at: float

    @property
    def deadline(self) -> datetime:
        return self.event.data.due_by + timedelta(seconds=self.event.data.grace_s)


class Watching:
    """Everything from the beginning of the topics on, in the order in which it came to us."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self.flags: list[SaidFlag] = []
        self.misses: list[SaidMiss] = []
        self._changed = asyncio.Condition()

    async def run(self) -> None:
        """For ever. A broker that is away is waited for: whether its process died is seen elsewhere."""
        await asyncio.gather(self._follow(FLAGS), self._follow(CONTACT_EVENTS))

    async def wait_for(self, condition: Callable[[], bool], within: float) -> bool:
        """Whether the condition on what was heard became true within so many seconds."""
        try:
            async with asyncio.timeout(max(0.0, within)), self._changed:
                await self._changed.wait_for(condition)
        except TimeoutError:
            return False
        return True

    async def _follow(self, topic: Topic) -> None:
        reached: dict[int, int] = {}
        while True:
            try:
                async for records in self._log.tail(topic.name, reached):
                    for record in records:
                        reached[record.partition] = record.offset + 1
                        await self._hear(record, topic)
            except LogUnavailable:
                await asyncio.sleep(_PAUSE_S)

    async def _hear(self, record: Record, topic: Topic) -> None:
        said_at = record.timestamp_ms / 1000
        match _event(record, topic):
            case FlagRaised() | FlagSettled() | FlagWithdrawn() as flag:
                self.flags.append(SaidFlag(flag, said_at))
            case PromiseMissed() as missed:
                self.misses.append(SaidMiss(missed, said_at))
            case _:
                return
        async with self._changed:
            self._changed.notify_all()


def _event(record: Record, topic: Topic) -> Event | None:
    try:
        return decode(record.value, record.headers, limit=topic.largest_record)
    except Unreadable:
        return None
