"""Create the topics of `shared.event_log.topics` where they are absent."""

from collections.abc import Sequence
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import for_code

from shared.event_log.topics import TOPICS, Topic, sized
from tools.stack.errors import StackError, TopicsDiffer

_CREATED, _EXISTS = 0, 36  # Kafka's error codes


async def create_topics(
    bootstrap: str, topics: Sequence[Topic] | None = None, *, partitions: int | None = None
) -> list[str]:
    """Create what is absent and return those names; harmless when repeated.

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
        await _compare([topic for topic in wanted if topic.name not in created], admin)
        return created
    finally:
        await admin.close()


def _new(topic: Topic, copies: int) -> NewTopic:
    return NewTopic(topic.name, topic.partitions, copies, topic_configs=dict(topic.config))


def _was_created(name: str, code: int) -> bool:
    if code not in (_CREATED, _EXISTS):
        raise StackError(f"cannot create the topic {name}: {for_code(code).__name__}")
    return code == _CREATED


async def _compare(existing: Sequence[Topic], admin: Any) -> None:
    if not existing:
        return
    described = await admin.describe_topics([topic.name for topic in existing])
    found = {topic["topic"]: len(topic["partitions"]) for topic in described}
    differing = [
        f"{topic.name} has {found[topic.name]} partitions instead of {topic.partitions}"
        for topic in existing
        if found[topic.name] != topic.partitions
    ]
    if differing:
        raise TopicsDiffer("; ".join(differing) + ": ask for the existing count, or erase the local data first")
