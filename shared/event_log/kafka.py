"""The log on Kafka, through aiokafka. Faust consumes by itself; this is for everything else."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError, TopicAuthorizationFailedError

from shared.event_log.log import LogUnavailable, Message, Record
from shared.event_log.publisher import Publisher
from shared.event_log.security import why

_BATCH = 2_000
_FETCH_BYTES = 4 * 1024 * 1024


class KafkaLog:
    """Implements EventLog.

    bootstrap: host:port, several separated by commas. timeout: seconds any call may take. in_flight: appends at once.
    linger_ms: how long a batch of appends waits for company.
    security: aiokafka's settings for TLS and SASL, e.g. {"security_protocol": "SSL", "ssl_context": context}.
    """

    def __init__(
        self,
        bootstrap: str,
        *,
        timeout: float = 10.0,
        in_flight: int = 200,
        linger_ms: int = 5,
        security: Mapping[str, Any] | None = None,
    ) -> None:
        self._connection = {"bootstrap_servers": bootstrap, "client_id": "ashiato", **(security or {})}
        self._timeout = timeout
        self._publisher = Publisher(self._connection, timeout=timeout, in_flight=in_flight, linger_ms=linger_ms)
        self._asker: AIOKafkaConsumer | None = None
        self._asking = asyncio.Lock()

    async def start(self) -> None:
        await self._publisher.start()

    async def stop(self) -> None:
        asker, self._asker = self._asker, None
        if asker is not None:
            with suppress(KafkaError):
                await asker.stop()
        await self._publisher.stop()

    async def append(self, messages: Sequence[Message]) -> list[tuple[int, int]]:
        return await self._publisher.append(messages) if messages else []

    async def end_offset(self, topic: str, partition: int) -> int:
        return (await self._ends(topic, [partition]))[partition]

    async def end_offsets(self, topic: str) -> dict[int, int]:
        return await self._ends(topic, range(await self.partition_count(topic)))

    async def partition_count(self, topic: str) -> int:
        admin = AIOKafkaAdminClient(**self._connection, request_timeout_ms=int(self._timeout * 1000))
        async with self._patience("partition count"):
            try:
                await admin.start()
                (described,) = await admin.describe_topics([topic])
            finally:
                await admin.close()
        if described["error_code"] == TopicAuthorizationFailedError.errno:
            raise LogUnavailable(f"the broker does not let us see the topic {topic}: grant Describe on it")
        if described["error_code"] or not described["partitions"]:
            raise LogUnavailable(f"the broker knows no topic {topic}: create the topics first")
        return len(described["partitions"])

    async def read(self, topic: str, partition: int, start: int, end: int) -> AsyncGenerator[list[Record], None]:
        if start >= end:
            return
        where = TopicPartition(topic, partition)
        consumer = await self._consumer({where: start})
        try:
            deadline = time.monotonic() + self._timeout
            # Asked of the consumer, not of the last record: the offsets before `end` may hold none (transactions).
            while (position := await self._position(consumer, where)) < end:
                batch = _records((await self._fetched(consumer, 500)).get(where, ()))
                if wanted := [record for record in batch if start <= record.offset < end]:
                    yield wanted
                if await self._position(consumer, where) > position:
                    deadline = time.monotonic() + self._timeout
                elif time.monotonic() > deadline:
                    raise LogUnavailable(f"{topic}/{partition} gives nothing between {position} and {end}")
        finally:
            await _let_go(consumer)

    async def tail(self, topic: str, start: Mapping[int, int] | None = None) -> AsyncGenerator[list[Record], None]:
        partitions = range(await self.partition_count(topic))
        consumer = await self._consumer({TopicPartition(topic, one): (start or {}).get(one, 0) for one in partitions})
        try:
            while True:
                for batch in (await self._fetched(consumer, 1_000)).values():
                    yield _records(batch)
        finally:
            await _let_go(consumer)

    async def _ends(self, topic: str, partitions: Iterable[int]) -> dict[int, int]:
        wanted = [TopicPartition(topic, partition) for partition in partitions]
        async with self._patience("end offsets"):
            async with self._asking:
                if self._asker is None:
                    self._asker = await self._consumer({})
            found = await self._asker.end_offsets(wanted)
        return {where.partition: offset for where, offset in found.items()}

    async def _consumer(self, positions: Mapping[TopicPartition, int]) -> AIOKafkaConsumer:
        """A consumer outside any group, at the given positions."""
        consumer = AIOKafkaConsumer(
            **self._connection,
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            max_partition_fetch_bytes=_FETCH_BYTES,
            request_timeout_ms=int(self._timeout * 1000),
        )
        try:
            async with self._patience("connection"):
                await consumer.start()
        except BaseException:
            await _let_go(consumer)
            raise
        if positions:
            consumer.assign(list(positions))
            for where, offset in positions.items():
                consumer.seek(where, offset)
        return consumer

    async def _position(self, consumer: AIOKafkaConsumer, where: TopicPartition) -> int:
        async with self._patience("position"):
            return int(await consumer.position(where))

    async def _fetched(self, consumer: AIOKafkaConsumer, timeout_ms: int) -> dict[TopicPartition, list[Any]]:
        async with self._patience("fetch"):
            found: dict[TopicPartition, list[Any]] = await consumer.getmany(timeout_ms=timeout_ms, max_records=_BATCH)
            return found

    @asynccontextmanager
    async def _patience(self, what: str) -> AsyncIterator[None]:
        """A deadline, and aiokafka's errors told in ours."""
        try:
            async with asyncio.timeout(self._timeout):
                yield
        except (KafkaError, OSError, TimeoutError) as error:
            told = await why(error, self._connection)
            raise LogUnavailable(f"Kafka does not answer ({what}: {told})") from error


def _records(found: Sequence[Any]) -> list[Record]:
    return [
        Record(one.topic, one.partition, one.offset, one.timestamp, one.key, one.value, tuple(one.headers))
        for one in found
    ]


async def _let_go(consumer: AIOKafkaConsumer) -> None:
    with suppress(KafkaError, OSError):
        await consumer.stop()
