"""What it costs journey's handler to append to short and long timelines, on the real Redis, without a worker around."""

import asyncio
import re
import time
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Final, NamedTuple

from benchmarks.events import Sent, history, past
from benchmarks.stack import PARTITIONS
from services.journey.handlers import JourneyHandler
from shared.customers.filing import CHUNK
from shared.event_log.dead_letters import DeadLetterLimit
from shared.event_log.log import Record, partition_of
from shared.event_log.memory import MemoryLog
from shared.event_log.topics import CONTACT_EVENTS, DEAD_LETTERS, FLAGS
from shared.projection.redis import RedisProjection
from shared.stream.lease import Lease

CUSTOMERS: Final = 20
EACH: Final = 5  # events of a customer in a measured chunk
APPEND, COLD, SHARING = "append", "append, cold", "append, a tenth sharing its second"
_TURNS: Final = (APPEND, SHARING, COLD)
# One event more for each customer and turn than is appended: it stays behind, to come late.
GROWTH: Final = (EACH + 1) * len(_TURNS)
_LONG: Final = 1_000
_AT_ONCE: Final = 500

_TIME: Final = re.compile(rb'"time":"([0-9T:-]{19})[^"]*"')

Measured = tuple[str, int, float]  # what, at which length, µs an event


class Story(NamedTuple):
    """One customer's events, in order."""

    told: list[Sent]  # what the timeline holds before anything is measured
    to_come: list[Sent]


class Appending:
    """One partition, so that a chunk is one round trip: customers are named until their key falls into it."""

    def __init__(self, redis_url: str, lengths: Sequence[int]) -> None:
        self._url = redis_url
        self._lengths = lengths
        self._offset = 0

    def measured(self, rounds: int) -> list[Measured]:
        return asyncio.run(self._measured(rounds))

    async def _measured(self, rounds: int) -> list[Measured]:
        projection = RedisProjection(self._url, service="journey", partitions=PARTITIONS)
        await projection.start()
        try:
            return await self._rounds(projection, rounds)
        finally:
            await projection.stop()

    async def _rounds(self, projection: RedisProjection, rounds: int) -> list[Measured]:
        topics = (CONTACT_EVENTS.name, FLAGS.name, DEAD_LETTERS.name)
        self._handler = JourneyHandler(MemoryLog(dict.fromkeys(topics, PARTITIONS)), PARTITIONS, DeadLetterLimit())
        claim = await projection.claim(0)
        await projection.save(0, claim.token, None, [], 0)
        self._lease = Lease(projection, 0, claim.token, 0, None)
        await self._handler.begin(self._lease)
        long = {length: _stories(length, GROWTH * (rounds + 1), f"long{length}") for length in self._growing}
        for stories in long.values():
            await self._tell(stories)
        found: list[Measured] = []
        for number in range(rounds + 1):
            anew = {length: _stories(length, GROWTH, f"anew{length}-{number}") for length in self._anew}
            for stories in anew.values():
                await self._tell(stories)
            turns = [(length, stories, 0) for length, stories in anew.items()]
            turns += [(length, stories, GROWTH * number) for length, stories in long.items()]
            for what in _TURNS:
                found += [await self._turn(what, length, stories, at) for length, stories, at in turns]
            found += [await self._late(length, stories, at) for length, stories, at in turns]
            if number == 0:
                found.clear()  # the warm-up
        return found

    @property
    def _growing(self) -> list[int]:
        """Timelines so long that what a round adds does not count; they serve all rounds."""
        return [length for length in self._lengths if length >= _LONG]

    @property
    def _anew(self) -> list[int]:
        return [length for length in self._lengths if length < _LONG]

    async def _turn(self, what: str, length: int, stories: Sequence[Story], at: int) -> Measured:
        """Each turn takes its part of a round's growth and leaves the first event of it behind."""
        first = at + (EACH + 1) * _TURNS.index(what)
        if what == COLD:
            await self._handler.begin(self._lease)
        sent = [one for story in stories for one in story.to_come[first + 1 : first + 1 + EACH]]
        return (what, length, await self._timed(sharing_seconds(sent) if what == SHARING else sent))

    async def _late(self, length: int, stories: Sequence[Story], at: int) -> Measured:
        return ("append of a late event", length, await self._timed([story.to_come[at] for story in stories]))

    async def _timed(self, sent: Sequence[Sent]) -> float:
        records = list(self._records(sent))
        begun = time.perf_counter()
        await self._handler.handle(self._lease, records)
        return (time.perf_counter() - begun) / len(sent) * 1e6

    async def _tell(self, stories: Sequence[Story]) -> None:
        """All of them side by side: a story that comes in one chunk is put away as one part."""
        sent = [one for next_ones in zip_longest(*(story.told for story in stories)) for one in next_ones if one]
        for first in range(0, len(sent), _AT_ONCE):
            await self._handler.handle(self._lease, list(self._records(sent[first : first + _AT_ONCE])))

    def _records(self, sent: Sequence[Sent]) -> Iterator[Record]:
        for one in sent:
            key = one.customer.encode()
            yield Record(CONTACT_EVENTS.name, 0, self._offset, time.time_ns() // 1_000_000, key, one.value)
            self._offset += 1


def sharing_seconds(sent: Sequence[Sent], one_in: int = 10) -> list[Sent]:
    """Every tenth event is stamped with the second of the one before it, as sources do that know no less: about half of
    these come behind their place."""
    found = list(sent)
    for later in range(one_in - 1, len(found), one_in):
        before = found[later - 1]
        if before.customer == found[later].customer:
            second = _TIME.search(before.value)[1]  # type: ignore[index]
            found[later - 1 : later + 1] = [_stamped(one, second) for one in found[later - 1 : later + 1]]
    return found


def _stamped(one: Sent, second: bytes) -> Sent:
    return one._replace(value=_TIME.sub(b'"time":"' + second + b'Z"', one.value, count=1))


def _stories(length: int, growth: int, name: str) -> list[Story]:
    """Told at this length on average: as elsewhere, what comes fills a frame (shared.customers.filing) for some of the
    customers, whatever the length."""
    found: list[Story] = []
    number = 0
    while len(found) < CUSTOMERS:
        prefix = f"{name}-{number}-"
        number += 1
        if partition_of(f"{prefix}{0:07d}".encode(), PARTITIONS) == 0:
            told = length + (2 * len(found) + 1 - CUSTOMERS) * CHUNK // (2 * CUSTOMERS)
            events = past(history(1, told + growth, seed=number, prefix=prefix))
            found.append(Story(events[:told], events[told:]))
    return found
