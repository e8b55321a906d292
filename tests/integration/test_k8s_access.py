"""What a process may do on Kafka and Redis is what it needs and no more: against servers that deny everything else.

Each process does all it can do, a rebuild included, over TLS and as its own user, set up as the manifests do it. The
servers have then denied it nothing, and on Kafka every operation that we had granted was asked for.
"""

from __future__ import annotations

import json
from functools import partial

import httpx
import pytest
from aiokafka.admin import AIOKafkaAdminClient

from shared.event_log.kafka import KafkaLog
from shared.event_log.log import LogUnavailable, Message
from shared.event_log.topics import CONTACT_EVENTS, DEAD_LETTERS, FLAGS, Topic
from shared.projection import ProjectionUnavailable
from shared.projection.redis import RedisProjection
from tests.engine_fixtures.guarded import Guarded, the
from tests.engine_fixtures.guarded_kafka import Decision
from tests.engine_fixtures.guarded_redis import GuardedRedis
from tests.histories.builders import DAY, Event, a_contact, a_promise, a_transfer
from tests.waiting import eventually
from tools.kubernetes.kafka_access import KafkaClient
from tools.stack import LOOPBACK, Process, free_ports

pytestmark = pytest.mark.xdist_group("guarded")

STRUCTURED = {"content-type": "application/cloudevents+json"}


def granted(client: KafkaClient) -> set[Decision]:
    return {Decision(True, operation, rule.kind, rule.name) for rule in client.rules for operation in rule.operations}


def assert_no_more_and_no_less(guarded: Guarded, client: KafkaClient) -> None:
    asked = guarded.kafka.decisions(client.user)
    assert {one for one in asked if not one.allowed} == set(), "denied"
    assert granted(client) <= asked, f"never asked for: {granted(client) - asked}"


async def types(log: KafkaLog, topic: Topic) -> list[str]:
    """Of the events on it; "" for what is none."""
    found = []
    async for records in log.read(topic.name, 0, 0, await log.end_offset(topic.name, 0)):
        found += [_type(record.value or b"") for record in records]
    return found


def _type(value: bytes) -> str:
    try:
        return str(json.loads(value)["type"])
    except ValueError:
        return ""


async def has(log: KafkaLog, topic: Topic, event_type: str) -> bool:
    return event_type in await types(log, topic)


async def send(log: KafkaLog, *events: Event) -> None:
    await log.append([Message(CONTACT_EVENTS.name, b"c-1", json.dumps(event).encode()) for event in events])


async def asked(port: int, path: str, event: Event | None = None) -> int:
    """The status; 0 while nothing listens there."""
    async with httpx.AsyncClient(trust_env=False, base_url=f"http://{LOOPBACK}:{port}") as http:
        try:
            answer = await (http.get(path) if event is None else http.post(path, json=event, headers=STRUCTURED))
        except httpx.TransportError:
            return 0
    return answer.status_code


async def answers(port: int, path: str, event: Event | None = None) -> bool:
    return await asked(port, path, event) in {200, 202}


async def test_the_front_door(guarded: Guarded) -> None:
    client, [port] = the("routing-api"), free_ports(1)
    async with guarded.running(client.name, guarded.settings(client.name, ROUTING_PORT=str(port))):
        await eventually(lambda: answers(port, "/events", a_contact(0)), 30.0)
    assert_no_more_and_no_less(guarded, client)


async def test_journey(guarded: Guarded, guarded_log: KafkaLog, guarded_store: GuardedRedis) -> None:
    client, [port] = the("journey-worker"), free_ports(1)
    await guarded_log.append([Message(CONTACT_EVENTS.name, b"c-1", b"no event at all")])
    await send(guarded_log, *(a_transfer(n, from_desk="ab"[n % 2], to_desk="ba"[n % 2]) for n in range(4)))
    api = guarded.settings("journey-api", guarded_store, JOURNEY_PORT=str(port))
    async with guarded.running("journey-api", api):
        for _ in ("from the beginning", "again, with its store lost"):
            guarded_store.empty()
            async with guarded.running(client.name, guarded.settings(client.name, guarded_store)) as worker:
                await eventually(lambda: has(guarded_log, FLAGS, "flag.raised"), 30.0)
                await eventually(lambda: has(guarded_log, DEAD_LETTERS, ""), 30.0)
                await eventually(partial(has_rebuilt, worker), 30.0)
                await eventually(lambda: committed(guarded, client), 30.0)
        await eventually(lambda: answers(port, "/journeys/c-1"), 30.0)
        assert await asked(port, "/flags") == 200
        assert await asked(port, "/health/ready") == 200
    assert guarded_store.denials() == []
    assert_no_more_and_no_less(guarded, client)


async def test_followup(guarded: Guarded, guarded_log: KafkaLog, guarded_store: GuardedRedis) -> None:
    client, [port] = the("followup-worker"), free_ports(1)
    await send(guarded_log, a_promise(0, due_by=DAY))
    api = guarded.settings("followup-api", guarded_store, FOLLOWUP_PORT=str(port))
    worker = guarded.settings(client.name, guarded_store)
    async with guarded.running("followup-api", api), guarded.running(client.name, worker):
        await eventually(lambda: has(guarded_log, CONTACT_EVENTS, "promise.missed"), 30.0)
        await eventually(lambda: committed(guarded, client), 30.0)
        await eventually(lambda: answers(port, "/promises?historic=true"), 30.0)
        assert await asked(port, "/health/ready") == 200
    assert guarded_store.denials() == []
    assert_no_more_and_no_less(guarded, client)


def has_rebuilt(worker: Process) -> bool:
    """It has listened to what was said before, then read the log to where it ended when it began."""
    return '"partition.rebuilding"' in worker.output() and '"partition.running"' in worker.output()


async def committed(guarded: Guarded, client: KafkaClient) -> bool:
    admin = AIOKafkaAdminClient(bootstrap_servers=guarded.kafka.admin_bootstrap, **guarded.kafka.admin_security)
    await admin.start()
    try:
        return bool(await admin.list_consumer_group_offsets(client.group))
    finally:
        await admin.close()


async def test_who_lacks_a_rule_is_denied_and_both_servers_say_so(
    guarded: Guarded, guarded_store: GuardedRedis
) -> None:
    """Else their silence above would mean nothing."""
    log = KafkaLog(guarded.kafka.bootstrap, security=guarded.login("stranger"))
    with pytest.raises(LogUnavailable, match=f"see the topic {CONTACT_EVENTS.name}"):
        await log.partition_count(CONTACT_EVENTS.name)
    await log.stop()
    denied = Decision(False, "Describe", "topic", CONTACT_EVENTS.name)
    await eventually(lambda: denied in guarded.kafka.decisions("ashiato-stranger"))
    projection = RedisProjection(
        guarded_store.url("ashiato-journey-api"), service="journey", partitions=1, ca=guarded.certificates.authority
    )
    with pytest.raises(ProjectionUnavailable, match="not run fcall"):
        await projection.claim(0)
    await projection.stop()
    assert guarded_store.denials() == ["ashiato-journey-api: command fcall"]
    guarded_store.forget_denials()
