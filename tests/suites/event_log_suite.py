"""What every log must do, whatever holds it. Subclasses give `log` (started) and `topic` (4 partitions, empty)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing

import pytest

from shared.event_log.log import EventLog, LogUnavailable, Message, MessageTooLarge, Record, partition_of

PARTITIONS = 4


def a_message(topic: str, value: bytes = b"1", key: bytes | None = b"C1", partition: int | None = 0) -> Message:
    return Message(topic, key, value, partition=partition)


async def everything(
    log: EventLog, topic: str, partition: int = 0, start: int = 0, end: int | None = None
) -> list[Record]:
    end = await log.end_offset(topic, partition) if end is None else end
    return [record async for batch in log.read(topic, partition, start, end) for record in batch]


async def first(count: int, batches: AsyncGenerator[list[Record], None]) -> list[Record]:
    found: list[Record] = []
    async with aclosing(batches):
        async for batch in batches:
            found += batch
            if len(found) >= count:
                break
    return found


def values(records: Iterable[Record]) -> list[bytes | None]:
    return [record.value for record in records]


class AppendSuite:
    async def test_what_was_appended_is_read_back_whole(self, log: EventLog, topic: str) -> None:
        odd = bytes(range(256))
        message = Message(topic, b"C1", odd, (("ce_id", b"1"), ("ce_id", b"2"), ("empty", b"")), partition=2)
        (position,) = await log.append([message])
        assert position == (2, 0)
        (record,) = await everything(log, topic, 2)
        assert record == Record(topic, 2, 0, record.timestamp_ms, b"C1", odd, message.headers)
        assert record.timestamp_ms > 1_600_000_000_000

    async def test_positions_come_in_the_order_of_the_messages(self, log: EventLog, topic: str) -> None:
        messages = [a_message(topic, b"%d" % number, partition=number % 2) for number in range(10)]
        assert await log.append(messages) == [(number % 2, number // 2) for number in range(10)]
        assert values(await everything(log, topic, 1)) == [b"1", b"3", b"5", b"7", b"9"]

    async def test_a_key_decides_the_partition(self, log: EventLog, topic: str) -> None:
        keys = [b"C%d" % number for number in range(20)]
        positions = await log.append([a_message(topic, key=key, partition=None) for key in keys])
        assert [partition for partition, _ in positions] == [partition_of(key, PARTITIONS) for key in keys]

    async def test_a_message_without_a_key_has_a_place_too(self, log: EventLog, topic: str) -> None:
        ((partition, _),) = await log.append([a_message(topic, key=None, partition=None)])
        assert partition == partition_of(None, PARTITIONS)
        assert (await everything(log, topic, partition))[0].key is None

    async def test_appending_nothing_is_nothing(self, log: EventLog, topic: str) -> None:
        assert await log.append([]) == []
        assert await log.end_offset(topic, 0) == 0

    async def test_many_writers_at_once_lose_nothing_and_keep_their_own_order(self, log: EventLog, topic: str) -> None:
        async def writer(name: int) -> None:
            for number in range(0, 40, 10):
                await log.append([a_message(topic, b"%d:%d" % (name, number + one)) for one in range(10)])

        await asyncio.gather(*(writer(name) for name in range(10)))
        found = values(await everything(log, topic))
        assert len(found) == 400
        for name in range(10):
            own = [value for value in found if value and value.startswith(b"%d:" % name)]
            assert own == [b"%d:%d" % (name, number) for number in range(40)]

    async def test_a_message_that_is_too_large_takes_the_others_back_with_it(self, log: EventLog, topic: str) -> None:
        with pytest.raises(MessageTooLarge):
            await log.append([a_message(topic), a_message(topic, b"x" * 3_000_000)])
        assert await log.end_offset(topic, 0) == 0
        await log.append([a_message(topic, b"x" * 900_000)])
        assert await log.end_offset(topic, 0) == 1

    async def test_a_topic_that_does_not_exist_is_told(self, log: EventLog) -> None:
        with pytest.raises(LogUnavailable):
            await log.append([a_message("no-such-topic", partition=None)])
        with pytest.raises(LogUnavailable, match="no"):
            await log.partition_count("no-such-topic")


class ReadSuite:
    async def test_the_partition_count_is_the_topics(self, log: EventLog, topic: str) -> None:
        assert await log.partition_count(topic) == PARTITIONS

    async def test_end_offsets_count_what_was_appended(self, log: EventLog, topic: str) -> None:
        assert await log.end_offsets(topic) == dict.fromkeys(range(PARTITIONS), 0)
        await log.append([a_message(topic, partition=1), a_message(topic, partition=1)])
        assert await log.end_offset(topic, 1) == 2
        assert await log.end_offsets(topic) == {0: 0, 1: 2, 2: 0, 3: 0}

    async def test_a_read_is_bounded_on_both_sides(self, log: EventLog, topic: str) -> None:
        await log.append([a_message(topic, b"%d" % number) for number in range(10)])
        assert values(await everything(log, topic, 0, 3, 7)) == [b"3", b"4", b"5", b"6"]
        assert await everything(log, topic, 0, 7, 7) == []
        assert await everything(log, topic, 0, 7, 3) == []

    async def test_a_long_read_comes_in_batches_and_in_order(self, log: EventLog, topic: str) -> None:
        for _ in range(3):
            await log.append([a_message(topic, b"x" * 100) for _ in range(2_000)])
        batches = [batch async for batch in log.read(topic, 0, 0, 6_000)]
        assert [record.offset for batch in batches for record in batch] == list(range(6_000))
        assert max(map(len, batches)) <= 2_000

    async def test_a_tail_begins_where_it_is_told_and_sees_what_comes(self, log: EventLog, topic: str) -> None:
        await log.append([a_message(topic, b"before", partition=number) for number in range(PARTITIONS)])
        following = asyncio.create_task(first(2, log.tail(topic, await log.end_offsets(topic))))
        await log.append([a_message(topic, b"after", partition=1), a_message(topic, b"after", partition=3)])
        assert {(record.partition, record.value) for record in await following} == {(1, b"after"), (3, b"after")}

    async def test_a_tail_from_the_beginning_sees_all_partitions(self, log: EventLog, topic: str) -> None:
        await log.append([a_message(topic, partition=number) for number in range(PARTITIONS)])
        assert {record.partition for record in await first(PARTITIONS, log.tail(topic))} == set(range(PARTITIONS))


class EventLogSuite(AppendSuite, ReadSuite):
    """All of it."""
