"""The log as the rest of the code sees it: append, read a part, follow. Kafka and memory behave the same.

LogError
├── LogUnavailable     the log cannot answer now; after an append: unknown whether it was written, send it again
└── MessageTooLarge    the log will never take this message
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

from shared.event_log.topics import TOPICS

# Of topics we have no settings for; a broker's own default is 1 MiB.
LARGEST_ELSEWHERE = 2 * 1024 * 1024
_LARGEST = {topic.name: topic.largest_record for topic in TOPICS}
# What a record and its batch add to key, value and headers, at most.
_FRAME = 1024

Headers = tuple[tuple[str, bytes], ...]


class LogError(Exception):
    """Anything that goes wrong between us and the log."""


class LogUnavailable(LogError):
    """The log does not answer. An append may or may not have been written: repeat it with the same ids."""


class MessageTooLarge(LogError):
    """Repeating it is useless."""


class Record(NamedTuple):
    """What a reader gets. timestamp_ms: when it was sent, milliseconds since 1970."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    headers: Headers = ()


class Message(NamedTuple):
    """What a writer gives. partition None: that of the key."""

    topic: str
    key: bytes | None
    value: bytes
    headers: Headers = ()
    partition: int | None = None


class EventLog(Protocol):
    async def start(self) -> None:
        """Connect. Raises LogUnavailable within the timeout; may be called again."""

    async def stop(self) -> None:
        """Let go of connections. Never raises for a log that is away."""

    async def append(self, messages: Sequence[Message]) -> list[tuple[int, int]]:
        """Append in order; (partition, offset) of each, once all are acknowledged by every in-sync replica.

        Raises LogUnavailable (see there), and MessageTooLarge before any of them is sent.
        """

    async def end_offset(self, topic: str, partition: int) -> int:
        """The offset that the next record will get or exceed. Raises LogUnavailable."""

    async def end_offsets(self, topic: str) -> dict[int, int]:
        """The end offset of each partition. Raises LogUnavailable."""

    def read(self, topic: str, partition: int, start: int, end: int) -> AsyncGenerator[list[Record], None]:
        """Records with start <= offset < end, in lists, then stop. Offsets have gaps. Raises LogUnavailable."""

    def tail(self, topic: str, start: Mapping[int, int] | None = None) -> AsyncGenerator[list[Record], None]:
        """Records of all partitions for ever, from the given offset of each (absent: from its beginning).

        From now on: `tail(topic, await end_offsets(topic))`. Raises LogUnavailable.
        """

    async def partition_count(self, topic: str) -> int:
        """Asked afresh each time. Raises LogUnavailable, also for a topic that does not exist."""


def partition_of(key: bytes | None, partitions: int) -> int:
    """The partition Kafka's default partitioner gives a key; for no key, that of an empty one."""
    return (_murmur2(key or b"") & 0x7FFFFFFF) % partitions


def check_sizes(messages: Iterable[Message]) -> None:
    """Raises MessageTooLarge. Counted before compression, which may have made it fit: predictable is better."""
    for message in messages:
        size, limit = size_of(message), _LARGEST.get(message.topic, LARGEST_ELSEWHERE)
        if size > limit:
            raise MessageTooLarge(f"{message.topic} takes {limit} bytes a message, this one has {size}")


def size_of(message: Message) -> int:
    """Bytes on the log, with what its frame may add."""
    headers = sum(len(name.encode()) + len(value) + 10 for name, value in message.headers)
    return len(message.key or b"") + len(message.value) + headers + _FRAME


def _murmur2(data: bytes) -> int:
    """MurmurHash2, 32 bits, as org.apache.kafka.common.utils.Utils has it (seed 0x9747b28c)."""
    length = len(data)
    mixed = 0x9747B28C ^ length
    tail = length & ~3
    for at in range(0, tail, 4):
        word = int.from_bytes(data[at : at + 4], "little") * 0x5BD1E995 & 0xFFFFFFFF
        word = (word ^ word >> 24) * 0x5BD1E995 & 0xFFFFFFFF
        mixed = mixed * 0x5BD1E995 & 0xFFFFFFFF ^ word
    if tail < length:
        mixed = (mixed ^ int.from_bytes(data[tail:], "little")) * 0x5BD1E995 & 0xFFFFFFFF
    mixed = (mixed ^ mixed >> 13) * 0x5BD1E995 & 0xFFFFFFFF
    return mixed ^ mixed >> 15
