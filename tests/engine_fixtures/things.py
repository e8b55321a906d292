"""A topic of numbers, for tests of the engine in memory."""

from shared.event_log.log import Message
from shared.event_log.memory import MemoryLog
from shared.projection.memory import MemoryProjection
from shared.stream.beat import Beat

TOPIC = "things.v1"
SHARED_TOPIC = "shared-things.v1"
SHARED_PARTITIONS = 4


def a_log() -> MemoryLog:
    return MemoryLog({TOPIC: 1, SHARED_TOPIC: SHARED_PARTITIONS})


def numbers(count: int, start: int = 0, *, topic: str = TOPIC, partition: int = 0) -> list[Message]:
    return [Message(topic, b"key", b"%d" % n, (), partition) for n in range(start, start + count)]


def values(count: int) -> list[bytes]:
    return [b"%d" % n for n in range(count)]


async def beat(projection: MemoryProjection, partition: int = 0) -> Beat:
    found = Beat.read(await projection.status(partition))
    assert found is not None
    return found
