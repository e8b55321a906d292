"""Appending to Kafka: an idempotent producer, replaced by a fresh one whenever its state can no longer be trusted.

What aiokafka 0.14 leaves to us:
- With idempotence it repeats a batch for ever, so the deadline is ours. A producer that missed one is given up together
  with what it still holds: kept, it would write every repetition of the same chunk when the broker comes back.
- A batch that failed for good has used up its sequence numbers. All later ones are refused (OutOfOrderSequenceNumber),
  and a fenced or closed producer refuses everything: any failed batch ends the producer.
- A chunk's messages for one partition go into one batch (they are added without yielding, and the batch is larger than
  a chunk), so that a partition holds all of an append or nothing, except in very large ones.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError

from shared.event_log.log import (
    LARGEST_ELSEWHERE,
    LogUnavailable,
    Message,
    MessageTooLarge,
    check_sizes,
    partition_of,
    size_of,
)
from shared.event_log.security import why

log = structlog.get_logger()

# Below 1 MiB, the least that our topics take in one batch, with room for lz4 to grow what cannot be compressed.
_BATCH_BYTES = 900_000
# After a failed connection, answer at once for this long instead of knocking once per waiting append.
_PAUSE_S = 0.5


class Publisher:
    """Appends from many tasks at once, at most `in_flight` of them. `timeout`: seconds an append may take. `linger_ms`:
    how long a batch waits for company."""

    def __init__(self, connection: Mapping[str, Any], *, timeout: float, in_flight: int, linger_ms: int) -> None:
        self._connection = connection
        self._timeout = timeout
        self._linger_ms = linger_ms
        self._slots = asyncio.Semaphore(in_flight)
        self._connecting = asyncio.Lock()
        self._current: Line | None = None
        self._not_before = 0.0
        self._farewells: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        try:
            async with asyncio.timeout(self._timeout):
                await self._line()
        except TimeoutError as error:
            raise LogUnavailable("Kafka does not answer in time") from error

    async def stop(self) -> None:
        line, self._current = self._current, None
        if line is not None:
            await line.close(self._timeout)
        await asyncio.gather(*self._farewells)

    async def append(self, messages: Sequence[Message]) -> list[tuple[int, int]]:
        check_sizes(messages)
        line: Line | None = None
        try:
            async with asyncio.timeout(self._timeout), self._slots:
                line = await self._line()
                return await line.append(messages)
        except TimeoutError as error:
            if line is not None:
                line.give_up("no acknowledgement in time")
            raise LogUnavailable("Kafka did not acknowledge in time: unknown whether it was written") from error

    async def _line(self) -> Line:
        """The producer in use, or a fresh one."""
        async with self._connecting:
            line = self._current
            if line is not None and line.broken.done():
                self._current = None
                self._part_with(line)
            if self._current is None:
                self._current = await self._connected()
            return self._current

    async def _connected(self) -> Line:
        if time.monotonic() < self._not_before:
            raise LogUnavailable("Kafka was away a moment ago")
        line = Line(self._connection, self._timeout, self._linger_ms)
        try:
            await line.producer.start()
        except (KafkaError, OSError) as error:
            self._not_before = time.monotonic() + _PAUSE_S
            self._part_with(line)
            raise LogUnavailable(f"Kafka cannot be reached ({await why(error, self._connection)})") from error
        except BaseException:
            self._part_with(line)
            raise
        return line

    def _part_with(self, line: Line) -> None:
        farewell = asyncio.create_task(line.abandon())
        self._farewells.add(farewell)
        farewell.add_done_callback(self._farewells.discard)


class Line:
    """One producer's life. Once `broken` is set, every append on it fails at once and none is accepted."""

    def __init__(self, connection: Mapping[str, Any], timeout: float, linger_ms: int = 5) -> None:
        self.broken: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.producer = AIOKafkaProducer(
            **connection,
            enable_idempotence=True,
            acks="all",
            linger_ms=linger_ms,
            compression_type="lz4",
            max_batch_size=_BATCH_BYTES,
            max_request_size=LARGEST_ELSEWHERE,
            request_timeout_ms=int(timeout * 1000),
        )

    async def append(self, messages: Sequence[Message]) -> list[tuple[int, int]]:
        sent: list[asyncio.Future[Any]] = []
        try:
            for message in messages:
                sent.append(await self._send(message))
        except (KafkaError, AssertionError) as error:
            self.give_up(type(error).__name__)
            raise LogUnavailable(f"Kafka does not take {messages[0].topic} ({type(error).__name__})") from error
        finally:
            acknowledged = asyncio.gather(*sent, return_exceptions=True)
        either: set[asyncio.Future[Any]] = {acknowledged, self.broken}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if not acknowledged.done():
            raise LogUnavailable(f"the producer was given up ({self.broken.result()}): unknown whether it was written")
        return self._positions(acknowledged.result(), messages)

    def give_up(self, reason: str) -> None:
        if not self.broken.done():
            log.warning("event_log.producer.given_up", reason=reason)
            self.broken.set_result(reason)

    async def close(self, timeout: float) -> None:
        """Send what is left, then close."""
        with suppress(TimeoutError, KafkaError):
            async with asyncio.timeout(timeout):
                await self.producer.stop()
                return
        await self.abandon()

    async def abandon(self) -> None:
        """Close without sending what is left: `stop()` would wait for it, for ever if the broker is away."""
        producer = self.producer
        producer._closed = True  # it would warn that nobody called stop()
        with suppress(TimeoutError, KafkaError):
            async with asyncio.timeout(5.0):
                await producer.client.close()  # what is in flight fails, so that the sender has nothing to wait for
                await producer._sender.close()  # the only way to its task
        with suppress(TimeoutError, KafkaError):
            async with asyncio.timeout(5.0):
                await producer.client.close()  # the sender may have connected once more before it ended

    async def _send(self, message: Message) -> asyncio.Future[Any]:
        partition = message.partition
        if partition is None:
            partition = partition_of(message.key, len(await self.producer.partitions_for(message.topic)))
        sending: asyncio.Future[Any] = await self.producer.send(
            message.topic, message.value, message.key, partition, headers=list(message.headers)
        )
        return sending

    def _positions(self, answers: list[Any], messages: Sequence[Message]) -> list[tuple[int, int]]:
        for answer, message in zip(answers, messages, strict=True):
            if isinstance(answer, BaseException):
                self.give_up(type(answer).__name__)
                if isinstance(answer, MessageSizeTooLargeError) and size_of(message) > _BATCH_BYTES:
                    raise MessageTooLarge(f"the broker takes no message of {size_of(message)} bytes") from answer
                told = f"Kafka refused {message.topic} ({type(answer).__name__}): partly written at most"
                raise LogUnavailable(told) from answer
        return [(answer.partition, answer.offset) for answer in answers]
