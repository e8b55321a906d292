"""What a broker says of itself, fetched; tools.cli.doctor.broker_rules judges it.

Each part that we may not see, or that the broker does not know, is None.
"""

from collections.abc import Mapping
from contextlib import suppress
from typing import Final, NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import GroupAuthorizationFailedError, KafkaError, SecurityDisabled, for_code
from aiokafka.protocol.admin import DescribeAclsRequest

from shared.connections import Connections
from shared.event_log.security import kafka_security
from shared.event_log.topics import CONTACT_EVENTS, TOPICS
from tools.kubernetes.kafka_access import FOLLOWUP_GROUP, JOURNEY_GROUP

_WITHIN_MS: Final = 5_000
_FETCH: Final = 1  # Kafka's number of the Fetch request
_ANY, _ALLOWED = 1, 3
_RESOURCES: Final = {2: "topic", 3: "group", 4: "cluster"}
_LITERAL: Final = 3
_OPERATIONS: Final = {2: "All", 3: "Read", 4: "Write", 5: "Create", 6: "Delete", 7: "Alter", 8: "Describe"}


class TopicFacts(NamedTuple):
    """copies, in_sync: the fewest that a partition has. settings: as Kafka writes them."""

    partitions: int
    copies: int
    in_sync: int
    settings: Mapping[str, str] | None = None


class GroupFacts(NamedTuple):
    """state: Kafka's word. lag: records between what was committed and the end, None before anything was committed."""

    state: str
    members: int
    lag: int | None = None


class Grant(NamedTuple):
    """pattern: of `name`, literal or not. operation: Kafka's word, or its number for one that we never grant."""

    user: str
    kind: str
    name: str
    operation: str
    literal: bool = True


class BrokerFacts(NamedTuple):
    """oldest_fetch: version of the oldest fetch that it knows. begins: first offset of each partition of the events.

    grants: empty with `guarded` False where nobody is denied anything.
    """

    brokers: int
    cluster_id: str
    oldest_fetch: int | None = None
    topics: Mapping[str, TopicFacts] = {}
    groups: Mapping[str, GroupFacts | None] = {}
    begins: Mapping[int, int] = {}
    guarded: bool = True
    grants: frozenset[Grant] | None = None


async def look_at_broker(settings: Connections) -> BrokerFacts | None:
    """None: it does not answer. Changes nothing."""
    connection = {"bootstrap_servers": settings.kafka, **kafka_security(settings)}
    admin = AIOKafkaAdminClient(**connection, request_timeout_ms=_WITHIN_MS)
    consumer = AIOKafkaConsumer(**connection, group_id=None, request_timeout_ms=_WITHIN_MS)
    try:
        await admin.start()
        await consumer.start()
        return await _facts(admin, consumer)
    except (KafkaError, OSError, TimeoutError):
        return None
    finally:
        await consumer.stop()
        await admin.close()


async def _facts(admin: AIOKafkaAdminClient, consumer: AIOKafkaConsumer) -> BrokerFacts:
    cluster = await admin.describe_cluster()
    topics = await _topics(admin)
    events = topics.get(CONTACT_EVENTS.name)
    begins, ends = ({}, {}) if events is None else await _bounds(consumer, events.partitions)
    guarded, grants = await _grants(admin)
    return BrokerFacts(
        brokers=len(cluster["brokers"]),
        cluster_id=str(cluster["cluster_id"]),
        oldest_fetch=(await _requests(admin)).get(_FETCH, (None, None))[0],
        topics=topics,
        groups={group: await _group(admin, group, ends) for group in (JOURNEY_GROUP, FOLLOWUP_GROUP)},
        begins=begins,
        guarded=guarded,
        grants=grants,
    )


async def _topics(admin: AIOKafkaAdminClient) -> dict[str, TopicFacts]:
    described = await admin.describe_topics([topic.name for topic in TOPICS])
    there = {one["topic"]: one["partitions"] for one in described if not one["error_code"] and one["partitions"]}
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in there]
    answers = await admin.describe_configs(resources) if resources else []
    settings = {
        one[3]: {entry[0]: entry[1] for entry in one[4]} for answer in answers for one in answer.resources if not one[0]
    }
    return {
        name: TopicFacts(
            len(partitions),
            min(len(one["replicas"]) for one in partitions),
            min(len(one["isr"]) for one in partitions),
            settings.get(name),
        )
        for name, partitions in there.items()
    }


async def _bounds(consumer: AIOKafkaConsumer, partitions: int) -> tuple[dict[int, int], dict[int, int]]:
    wanted = [TopicPartition(CONTACT_EVENTS.name, partition) for partition in range(partitions)]
    begins, ends = await consumer.beginning_offsets(wanted), await consumer.end_offsets(wanted)
    return {tp.partition: at for tp, at in begins.items()}, {tp.partition: at for tp, at in ends.items()}


async def _group(admin: AIOKafkaAdminClient, group: str, ends: Mapping[int, int]) -> GroupFacts | None:
    try:
        [answer] = await admin.describe_consumer_groups([group])
        [(code, _, state, _, _, members, *_)] = answer.groups
        if for_code(code) is GroupAuthorizationFailedError:
            return None
        committed = await admin.list_consumer_group_offsets(group)
    except GroupAuthorizationFailedError:
        return None
    except KafkaError:  # no coordinator yet: nobody has ever joined a group
        return GroupFacts("", 0)
    read = {tp.partition: one.offset for tp, one in committed.items() if tp.topic == CONTACT_EVENTS.name}
    lag = sum(max(0, ends.get(partition, offset) - offset) for partition, offset in read.items()) if read else None
    return GroupFacts(state, len(members), lag)


async def _grants(admin: AIOKafkaAdminClient) -> tuple[bool, frozenset[Grant] | None]:
    """Whether anybody is denied anything, and what is allowed to whom; None where we may not see it."""
    answer = await admin._send_request(DescribeAclsRequest(_ANY, None, _ANY, None, None, _ANY, _ANY))
    if answer.error_code:
        return for_code(answer.error_code) is not SecurityDisabled, None
    return True, frozenset(
        Grant(
            principal.removeprefix("User:"),
            _RESOURCES.get(kind, str(kind)),
            name,
            _OPERATIONS.get(operation, str(operation)),
            pattern == _LITERAL,
        )
        for kind, name, pattern, acls in answer.resources
        for principal, _, operation, permission in acls
        if permission == _ALLOWED
    )


async def _requests(admin: AIOKafkaAdminClient) -> dict[int, tuple[int, int]]:
    """Which versions of each request the broker knows. aiokafka has no public way to ask."""
    client = admin._client
    with suppress(KafkaError):
        connection = await client._get_conn(client.get_random_node())
        found: dict[int, tuple[int, int]] = getattr(connection, "_versions", {})
        return found
    return {}
