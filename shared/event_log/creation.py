"""Create the topics of `shared.event_log.topics` where they are absent, and say where they are otherwise.

`python -m shared.event_log.creation` does it from settings: the job for those whose topics no operator looks after.
Exit codes: 0 all topics are as wanted, 1 they are not or Kafka does not answer, 2 something is set wrong.

CreationError
├── NotCreated         the broker refused
└── TopicsDiffer       a topic exists with another partition count, or with settings other than ours. Nothing is
                       changed: the count is fixed for life, and a retention that somebody set is theirs to take back
"""

import asyncio
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, Final

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, for_code
from pydantic import Field

from shared.event_log.security import kafka_security, why
from shared.event_log.topics import PARTITIONS, Topic, sized
from shared.settings import Settings, load_or_exit

_CREATED, _EXISTS = 0, 36  # Kafka's error codes
_KNOWN_WITHIN_S = 30.0
_MOST_COPIES: Final = 3


class CreationError(Exception):
    """One line a person can act on."""


class NotCreated(CreationError):
    """The broker refused, or does not know the topic long after it said that it had created it."""


class TopicsDiffer(CreationError):
    """A topic is there, but not as wanted; nothing was changed."""


class TopicSettings(Settings):
    # Of the topics that follow the events' count.
    partitions: Annotated[int, Field(ge=1)] = PARTITIONS
    # Three, of which two must have a record before it counts as written: one broker may fall at any time.
    topic_copies: Annotated[int, Field(ge=1)] = _MOST_COPIES


def replicated(topic: Topic, copies: int) -> Topic:
    """With as many copies in sync as can be asked for while one broker is away."""
    return replace(topic, config={**topic.config, "min.insync.replicas": str(max(1, copies - 1))})


async def create_topics(
    bootstrap: str,
    topics: Sequence[Topic],
    *,
    copies: int | None = None,
    security: Mapping[str, Any] | None = None,
) -> list[str]:
    """Create what is absent and return those names, once every partition can be used; harmless when repeated.

    copies: None for three, or as many as there are brokers. security: as for `KafkaLog`.
    Raises CreationError, KafkaError.
    """
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, **(security or {}))
    await admin.start()
    try:
        wanted_copies = copies or min(_MOST_COPIES, len((await admin.describe_cluster())["brokers"]))
        answer = await admin.create_topics([_new(topic, wanted_copies) for topic in topics])
        created = [name for name, code, *_ in answer.topic_errors if _was_created(name, code)]
        _compare(topics, await _partitions_with_leaders([topic.name for topic in topics], admin))
        return created
    finally:
        await admin.close()


async def compare_settings(
    bootstrap: str, topics: Sequence[Topic], *, security: Mapping[str, Any] | None = None
) -> None:
    """Raises TopicsDiffer, naming every setting of ours that a topic has otherwise. Raises KafkaError."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, **(security or {}))
    await admin.start()
    try:
        differing = await differences(admin, topics)
    finally:
        await admin.close()
    if differing:
        raise TopicsDiffer("; ".join(differing))


async def differences(admin: AIOKafkaAdminClient, topics: Sequence[Topic]) -> list[str]:
    """Each setting of ours that an existing topic has otherwise, or that we may not see."""
    resources = [ConfigResource(ConfigResourceType.TOPIC, topic.name) for topic in topics]
    answers = await admin.describe_configs(resources)
    found = {one[3]: {entry[0]: entry[1] for entry in one[4]} for answer in answers for one in answer.resources}
    return [
        f"{topic.name} has {name}={found[topic.name].get(name)} instead of {value}"
        for topic in topics
        for name, value in topic.config.items()
        if found[topic.name].get(name) != value
    ]


def _new(topic: Topic, copies: int) -> NewTopic:
    return NewTopic(topic.name, topic.partitions, copies, topic_configs=dict(topic.config))


def _was_created(name: str, code: int) -> bool:
    if code not in (_CREATED, _EXISTS):
        raise NotCreated(f"cannot create the topic {name}: {for_code(code).__name__}")
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
            raise NotCreated(f"not every partition of {', '.join(names)} has a leader after {_KNOWN_WITHIN_S:g} s")
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
        raise TopicsDiffer("; ".join(differing))


async def _create(settings: TopicSettings) -> list[str]:
    topics = [replicated(topic, settings.topic_copies) for topic in sized(settings.partitions)]
    security = kafka_security(settings)
    try:
        created = await create_topics(settings.kafka, topics, copies=settings.topic_copies, security=security)
        await compare_settings(settings.kafka, topics, security=security)
    except KafkaError as error:
        told = await why(error, {"bootstrap_servers": settings.kafka, **security})
        raise CreationError(f"Kafka does not answer ({told})") from error
    return created


def main() -> int:
    settings = load_or_exit(TopicSettings)
    try:
        created = asyncio.run(_create(settings))
    except CreationError as error:
        print(f"topics: {error}", file=sys.stderr)
        return 1
    print("topics: " + (f"created {', '.join(created)}" if created else "all there"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
