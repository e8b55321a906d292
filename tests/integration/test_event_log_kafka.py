"""What only a real broker does: it goes away, freezes, refuses, and leaves gaps in its offsets."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from aiokafka import AIOKafkaProducer

from shared.event_log.kafka import KafkaLog
from shared.event_log.log import LogUnavailable, Message, MessageTooLarge
from shared.event_log.publisher import Line
from shared.event_log.topics import Topic
from tests.suites.event_log_suite import a_message, everything, values
from tests.waiting import eventually
from tools.stack import LOOPBACK, Kafka, create_topics, free_ports

if TYPE_CHECKING:
    from tests.conftest import NewName, OwnKafka


@asynccontextmanager
async def log_on(bootstrap: str, **settings: Any) -> AsyncIterator[KafkaLog]:
    log = KafkaLog(bootstrap, **settings)
    try:
        yield log
    finally:
        await log.stop()


async def a_topic(kafka: Kafka, new_topic: NewName, **config: str) -> str:
    name = new_topic()
    settings = {key.replace("_", "."): value for key, value in config.items()}
    await create_topics(kafka.bootstrap, [Topic(name, "test", 1, settings)])
    return name


async def appended(log: KafkaLog, *messages: Message) -> bool:
    """False while the log is unavailable."""
    try:
        await log.append(messages)
    except LogUnavailable:
        return False
    return True


async def test_a_broker_that_is_away_at_the_start_is_told_soon_and_can_be_tried_again() -> None:
    async with log_on(f"{LOOPBACK}:{free_ports(1)[0]}", timeout=2.0) as log:
        for _ in range(2):
            began = time.monotonic()
            with pytest.raises(LogUnavailable):
                await log.start()
            assert time.monotonic() - began < 5.0
        with pytest.raises(LogUnavailable):
            await log.end_offset("t", 0)
        with pytest.raises(LogUnavailable):
            await log.partition_count("t")
        with pytest.raises(LogUnavailable):
            await everything(log, "t", 0, 0, 1)


async def test_a_killed_broker_is_unavailable_and_found_again(own_kafka: OwnKafka, new_topic: NewName) -> None:
    kafka = own_kafka()
    topic = await a_topic(kafka, new_topic)
    async with log_on(kafka.bootstrap, timeout=1.5) as log:
        assert await appended(log, a_message(topic, b"before"))
        await asyncio.to_thread(kafka.kill)
        assert not await appended(log, a_message(topic, b"away"))
        with pytest.raises(LogUnavailable):
            await log.end_offset(topic, 0)
        await asyncio.to_thread(kafka.start)
        assert await eventually(lambda: appended(log, a_message(topic, b"after")), 30.0)
        found = await _all(log, topic)
        assert [value for value in found if value != b"away"] == [b"before", b"after"]


async def test_a_frozen_broker_gets_each_message_once_more_at_most(own_kafka: OwnKafka, new_topic: NewName) -> None:
    kafka = own_kafka()
    topic = await a_topic(kafka, new_topic)
    async with log_on(kafka.bootstrap, timeout=1.0) as log:
        await log.append([a_message(topic, b"0")])
        for node in kafka.nodes:
            node.freeze()
        for _ in range(4):
            assert not await appended(log, a_message(topic, b"again"))
        for node in kafka.nodes:
            node.thaw()
        assert await eventually(lambda: appended(log, a_message(topic, b"again")), 20.0)
        assert (await _all(log, topic)).count(b"again") <= 2


async def test_one_refused_batch_ends_the_producer_but_not_the_log(kafka: Kafka, new_topic: NewName) -> None:
    topic = await a_topic(kafka, new_topic, max_message_bytes="2000000")
    small = await a_topic(kafka, new_topic, max_message_bytes="1000")
    async with log_on(kafka.bootstrap, timeout=5.0) as log:
        incompressible = b"".join(b"%d" % hash((number, "x")) for number in range(200_000))[:1_500_000]
        with pytest.raises(MessageTooLarge):
            await log.append([a_message(small, incompressible)])
        await log.append([a_message(topic, incompressible), a_message(topic, b"1")])
        assert await log.end_offset(topic, 0) == 2
        assert await log.end_offset(small, 0) == 0


async def test_appends_beyond_the_bound_wait_their_turn(kafka: Kafka, new_topic: NewName) -> None:
    topic = await a_topic(kafka, new_topic)
    async with log_on(kafka.bootstrap, in_flight=2) as log:
        await asyncio.gather(*(log.append([a_message(topic, b"%d" % number)]) for number in range(50)))
        assert await log.end_offset(topic, 0) == 50


async def test_a_cancelled_append_leaves_the_log_usable(kafka: Kafka, new_topic: NewName) -> None:
    topic = await a_topic(kafka, new_topic)
    async with log_on(kafka.bootstrap) as log:
        append = asyncio.create_task(log.append([a_message(topic, b"1")]))
        await asyncio.sleep(0)
        append.cancel()
        with pytest.raises(asyncio.CancelledError):
            await append
        await log.append([a_message(topic, b"2")])
        assert values(await everything(log, topic))[-1] == b"2"


async def test_a_producer_given_up_while_it_sends_leaves_no_connection(kafka: Kafka, new_topic: NewName) -> None:
    """Its sender connects anew when the connection is closed under it; when exactly, only many tries tell."""
    topic = await a_topic(kafka, new_topic)
    for attempt in range(30):
        line = Line({"bootstrap_servers": kafka.bootstrap}, timeout=10.0)
        await line.producer.start()
        sending = [asyncio.create_task(line.append([a_message(topic, b"x" * 1000)])) for _ in range(200)]
        await asyncio.sleep(0.001 * attempt)
        line.give_up("a test")
        await line.abandon()
        for append in sending:
            append.cancel()
        await asyncio.gather(*sending, return_exceptions=True)
        assert [one for one in line.producer.client._conns.values() if one.connected()] == []


async def test_a_read_ends_although_the_last_offsets_hold_no_record(kafka: Kafka, new_topic: NewName) -> None:
    topic = await a_topic(kafka, new_topic)
    async with log_on(kafka.bootstrap, timeout=5.0) as log:
        await _transaction(kafka, topic, [b"1", b"2"])
        await _transaction(kafka, topic, [b"3"])
        end = await log.end_offset(topic, 0)
        assert end == 5  # three records and two markers
        found = await everything(log, topic)
        assert [(record.offset, record.value) for record in found] == [(0, b"1"), (1, b"2"), (3, b"3")]
        assert await everything(log, topic, 0, 4, 5) == []


async def test_a_read_beyond_the_end_gives_up(kafka: Kafka, new_topic: NewName) -> None:
    topic = await a_topic(kafka, new_topic)
    async with log_on(kafka.bootstrap, timeout=1.0) as log:
        await log.append([a_message(topic)])
        with pytest.raises(LogUnavailable, match="gives nothing between 1 and 9"):
            await everything(log, topic, 0, 0, 9)


async def _all(log: KafkaLog, topic: str) -> list[bytes | None]:
    async def found() -> list[bytes | None]:
        try:
            return values(await everything(log, topic))
        except LogUnavailable:
            return []

    return await eventually(found, 20.0)


async def _transaction(kafka: Kafka, topic: str, records: list[bytes]) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=kafka.bootstrap, transactional_id=f"{topic}-tx")
    await producer.start()
    async with producer.transaction():
        for value in records:
            await producer.send_and_wait(topic, value, b"C1", partition=0)
    await producer.stop()
