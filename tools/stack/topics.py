"""Create the topics of `shared.event_log.topics` where they are absent."""

import asyncio
import time
from collections.abc import Sequence
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import for_code

from shared.event_log.topics import TOPICS, Topic, sized
from tools.stack.errors import StackError, TopicsDiffer

_CREATED, _EXISTS = 0, 36  # Kafka's error codes
_KNOWN_WITHIN_S = 30.0


async def create_topics(
    bootstrap: str, topics: Sequence[Topic] | None = None, *, partitions: int | None = None
) -> list[str]:
    """Create what is absent and return those names, once every partition can be used; harmless when repeated.

    `partitions` replaces the count of the topics that follow the events' count. Copies: three, or as many as there are
    brokers. Raises TopicsDiffer when a topic exists with another partition count: it is fixed for life.
    """
    wanted = list(topics if topics is not None else sized(partitions) if partitions else TOPICS)
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        copies = min(3, len((await admin.describe_cluster())["brokers"]))
        answer = await admin.create_topics([_new(topic, copies) for topic in wanted])
        created = [name for name, code, *_ in answer.topic_errors if _was_created(name, code)]
        found = await _partitions_with_leaders([topic.name for topic in wanted], admin)
        _compare(wanted, found)
        return created
    finally:
        await admin.close()


def _new(topic: Topic, copies: int) -> NewTopic:
    return NewTopic(topic.name, topic.partitions, copies, topic_configs=dict(topic.config))


def _was_created(name: str, code: int) -> bool:
    if code not in (_CREATED, _EXISTS):
        raise StackError(f"cannot create the topic {name}: {for_code(code).__name__}")
    return code == _CREATED


async def _partitions_with_leaders(names: list[str], admin: Any) -> dict[str, int]:
    """Partition counts, once the asked broker knows each topic and a leader for each partition.

    Kafka answers "created" a moment before its brokers know of it; until then clients are told there is no such topic.
    """
    deadline = time.monotonic() + _KNOWN_WITHIN_S
    while True:
        described = await admin.describe_topics(names)
        if all(topic["error_code"] == 0 and _led(topic["partitions"]) for topic in described):
            return {topic["topic"]: len(topic["partitions"]) for topic in described}
        if time.monotonic() > deadline:
            raise StackError(f"not every partition of {', '.join(names)} has a leader after {_KNOWN_WITHIN_S:g} s")
        await asyncio.sleep(0.02)


def _led(partitions: Sequence[dict[str, Any]]) -> bool:
    return bool(partitions) and all(partition["leader"] >= 0 for partition in partitions)


def _compare(wanted: Sequence[Topic], found: dict[str, int]) -> None:
    differing = [
        f"{topic.name} has {found[topic.name]} partitions instead of {topic.partitions}"
        for topic in wanted
        if found[topic.name] != topic.partitions
    ]
    if differing:
        raise TopicsDiffer("; ".join(differing) + ": ask for the existing count, or erase the local data first")
