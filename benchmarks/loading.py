"""Events onto a topic before anything is timed, and topics made anew between repetitions."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace

from aiokafka.admin import AIOKafkaAdminClient
from redis import Redis

from benchmarks.events import Sent
from benchmarks.stack import PARTITIONS, Stack
from shared.event_log.kafka import KafkaLog
from shared.event_log.log import Message, Record
from shared.event_log.topics import CONTACT_EVENTS, DEAD_LETTERS, FLAGS, Topic
from tools.stack import StackError, create_topics

_AT_ONCE = 2_000
_DELETED_WITHIN_S = 30.0


def load(stack: Stack, sent: Sequence[Sent], topic: str = CONTACT_EVENTS.name) -> dict[int, int]:
    """Append everything in order; the end offset of each partition."""
    return asyncio.run(_load(stack.kafka.bootstrap, sent, topic))


async def _load(bootstrap: str, sent: Sequence[Sent], topic: str) -> dict[int, int]:
    log = KafkaLog(bootstrap, timeout=60.0)
    await log.start()
    try:
        for first in range(0, len(sent), _AT_ONCE):
            part = sent[first : first + _AT_ONCE]
            await log.append([Message(topic, one.customer.encode(), one.value) for one in part])
        return await log.end_offsets(topic)
    finally:
        await log.stop()


def ends(stack: Stack, topic: str) -> dict[int, int]:
    async def ask() -> dict[int, int]:
        log = KafkaLog(stack.kafka.bootstrap)
        try:
            return await log.end_offsets(topic)
        finally:
            await log.stop()

    return asyncio.run(ask())


def create(stack: Stack, *names: str) -> None:
    """Topics for peers, with as many partitions as ours."""
    asyncio.run(create_topics(stack.kafka.bootstrap, [Topic(name, "customer id", PARTITIONS) for name in names]))


def as_on_the_first_day(stack: Stack, *, events_too: bool = False) -> None:
    """Redis empty and nothing said yet: else a worker would hear its own flags and stay silent about them."""
    topics = [FLAGS, DEAD_LETTERS, *([CONTACT_EVENTS] if events_too else [])]
    with Redis.from_url(stack.valkey.url) as redis:
        redis.flushall()
    asyncio.run(_create_anew(stack.kafka.bootstrap, [replace(topic, partitions=PARTITIONS) for topic in topics]))


async def _create_anew(bootstrap: str, topics: Sequence[Topic]) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.delete_topics([topic.name for topic in topics])
    finally:
        await admin.close()
    deadline = time.monotonic() + _DELETED_WITHIN_S
    while True:  # Kafka says "deleted" a moment before the name is free
        try:
            created = await create_topics(bootstrap, topics)
        except StackError:
            created = []
        if len(created) == len(topics):
            return
        if time.monotonic() > deadline:
            raise StackError(f"topics were not deleted within {_DELETED_WITHIN_S:g} s")
        await asyncio.sleep(0.05)


def messages(stack: Stack, topic: str) -> list[Record]:
    """Everything that a topic holds, partition by partition."""

    async def ask() -> list[Record]:
        log = KafkaLog(stack.kafka.bootstrap, timeout=30.0)
        try:
            found: list[Record] = []
            for partition, end in (await log.end_offsets(topic)).items():
                async for records in log.read(topic, partition, 0, end):
                    found += records
            return found
        finally:
            await log.stop()

    return asyncio.run(ask())


def keys(stack: Stack, topic: str) -> list[bytes]:
    return [record.key or b"" for record in messages(stack, topic)]


def delete_named(stack: Stack, part: str) -> None:
    """Delete every topic with `part` in its name: changelogs are large, and nobody reads them again."""

    async def ask() -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=stack.kafka.bootstrap)
        await admin.start()
        try:
            await admin.delete_topics([name for name in await admin.list_topics() if part in name])
        finally:
            await admin.close()

    asyncio.run(ask())
