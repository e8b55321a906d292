"""TLS and logins: what opens the door, and what a process does and says while it stays shut."""

from __future__ import annotations

import asyncio
import io
import json
import ssl
from collections import defaultdict
from collections.abc import Mapping
from contextlib import AsyncExitStack
from functools import partial

import httpx
import pytest

from shared.event_log import creation
from shared.event_log.kafka import KafkaLog
from shared.event_log.log import LogUnavailable
from shared.event_log.topics import CONTACT_EVENTS, FLAGS, sized
from shared.projection import GetValue, ProjectionUnavailable, SetValue
from shared.projection.redis import RedisProjection
from shared.settings import load
from tests.engine_fixtures.guarded import PASSWORDS, Guarded
from tests.engine_fixtures.guarded_redis import GuardedRedis
from tests.waiting import eventually
from tools.cli.main import main
from tools.cli.output import Output
from tools.cli.settings import CliSettings
from tools.cli.world import World
from tools.kubernetes.kafka_access import Rule
from tools.stack import LOOPBACK, Process, free_ports

pytestmark = pytest.mark.xdist_group("guarded")

WRONG = "hunter2-is-wrong"
WAITING = {"worker.waiting", "api.not_ready"}


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-512", "SCRAM-SHA-256"])
async def test_either_mechanism_opens_the_door(mechanism: str, guarded: Guarded) -> None:
    await guarded.kafka.allow("both", [Rule("topic", CONTACT_EVENTS.name, ("Write",))])
    log = KafkaLog(
        guarded.kafka.bootstrap, security={**guarded.login("both", user="both"), "sasl_mechanism": mechanism}
    )
    await log.start()
    assert await log.partition_count(CONTACT_EVENTS.name) == 1
    await log.stop()


async def test_a_cluster_over_tls(guarded: Guarded, guarded_store: GuardedRedis) -> None:
    """guarded_store: for the skip where there is no server with TLS."""
    cluster = GuardedRedis(guarded.folder / "cluster", guarded.certificates, PASSWORDS, cluster=True)
    cluster.start()
    url, ca = cluster.url("ashiato-journey-worker"), guarded.certificates.authority
    projection = RedisProjection(url, service="journey", partitions=2, cluster=True, ca=ca)
    try:
        await projection.start()
        await projection.remember_partitions(2)
        claim = await projection.claim(1)
        await projection.save(1, claim.token, None, [SetValue("name", b"value")], 7)
        assert await projection.read(1, [GetValue("name")]) == [b"value"]
        await projection.wipe(1)
        assert cluster.denials() == []
    finally:
        await projection.stop()
        cluster.stop()


async def test_a_service_does_not_see_another_ones_keys(guarded: Guarded, guarded_store: GuardedRedis) -> None:
    url = guarded_store.url("ashiato-followup-api")
    projection = RedisProjection(url, service="journey", partitions=1, ca=guarded.certificates.authority)
    try:
        with pytest.raises(ProjectionUnavailable, match="touch a key"):
            await projection.read(0, [GetValue("name")])
        assert len(guarded_store.denials()) == 1
    finally:
        await projection.stop()
        guarded_store.forget_denials()


def test_the_job_makes_topics_over_tls(
    guarded: Guarded, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rules = [Rule("topic", topic.name, ("Describe", "DescribeConfigs")) for topic in sized(1)]
    asyncio.run(guarded.kafka.allow("ashiato-topics", [*rules, Rule("cluster", "kafka-cluster", ("Create",))]))
    for name, value in guarded.settings("topics", TOPIC_COPIES="1").items():
        monkeypatch.setenv(name, value)
    assert creation.main() == 0
    assert capsys.readouterr().out == "topics: all there\n"
    monkeypatch.setenv("ASHIATO_KAFKA_CA", str(guarded.certificates.stranger))
    assert creation.main() == 1
    assert "ASHIATO_KAFKA_CA" in capsys.readouterr().err


async def test_who_answers_is_checked(guarded: Guarded, guarded_store: GuardedRedis) -> None:
    stranger = guarded.certificates.stranger
    security = {**guarded.login("both", user="both"), "ssl_context": ssl.create_default_context(cafile=stranger)}
    log = KafkaLog(guarded.kafka.bootstrap, security=security)
    with pytest.raises(LogUnavailable, match=r"its certificate is not accepted.*ASHIATO_KAFKA_CA"):
        await log.start()
    await log.stop()
    url = guarded_store.url("ashiato-journey-worker")
    projection = RedisProjection(url, service="journey", partitions=1, ca=stranger)
    with pytest.raises(ProjectionUnavailable, match=r"its certificate is not accepted.*ASHIATO_REDIS_CA"):
        await projection.start()
    await projection.stop()


async def test_a_process_waits_before_a_closed_door_and_says_what_is_wrong(
    guarded: Guarded, guarded_store: GuardedRedis
) -> None:
    kafka, redis = (
        "it refuses our user or password: ASHIATO_KAFKA_USER",
        "it refuses the user or the password in ASHIATO_REDIS",
    )
    wrong_store = guarded_store.url("ashiato-journey-worker", WRONG)
    expected = [
        ("journey-worker", "JOURNEY_HEALTH_PORT", kafka, {"KAFKA_PASSWORD": WRONG}),
        ("journey-worker", "JOURNEY_HEALTH_PORT", redis, {"REDIS": wrong_store}),
        ("routing-api", "ROUTING_PORT", kafka, {"KAFKA_PASSWORD": WRONG}),
        ("journey-api", "JOURNEY_PORT", redis, {"REDIS": wrong_store}),
    ]
    async with AsyncExitStack() as running:
        waiting: list[tuple[str, Process, int]] = []
        for (name, port_setting, told, wrong), port in zip(expected, free_ports(len(expected)), strict=True):
            settings = guarded.settings(name, guarded_store, **{port_setting: str(port)}, **wrong)
            waiting.append((told, await running.enter_async_context(guarded.running(name, settings)), port))
        for told, process, port in waiting:
            await eventually(partial(has_told_again, told, process, port), 60.0)
            assert process.running
            assert WRONG not in process.output()
            assert "secret-of" not in process.output()
    guarded_store.forget_denials()


async def has_told_again(told: str, process: Process, port: int) -> bool:
    return await is_not_ready(port) and has_told(told, process, times=2)


async def is_not_ready(port: int) -> bool:
    """It answers, and asking makes an API say in its log why."""
    async with httpx.AsyncClient(trust_env=False) as http:
        try:
            return (await http.get(f"http://{LOOPBACK}:{port}/health/ready")).status_code == 503
        except httpx.TransportError:
            return False


def has_told(told: str, process: Process, times: int = 1) -> bool:
    lines: list[dict[str, str]] = [json.loads(line) for line in process.output().splitlines() if line.startswith("{")]
    return sum(line["event"] in WAITING and told in line["detail"] for line in lines) >= times


async def not_ready(port: int) -> list[str]:
    async with httpx.AsyncClient(trust_env=False) as http:
        answer = await http.get(f"http://{LOOPBACK}:{port}/health/ready")
    assert answer.status_code == 503
    return list(answer.json()["why"])


def doctor(settings: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> tuple[str, dict[str, list[dict[str, str]]]]:
    """What it printed, and its findings by subject."""
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    out = io.StringIO()
    assert main(["doctor", "--json"], World(load(CliSettings), Output(out, io.StringIO()))) == 1, "no API is up"
    found: dict[str, list[dict[str, str]]] = defaultdict(list)
    for one in json.loads(out.getvalue()):
        found[one["subject"]].append(one)
    return out.getvalue(), found


def test_the_doctor_sees_everything_as_itself(
    guarded: Guarded, guarded_store: GuardedRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    guarded_store.forget_denials()
    text, found = doctor(guarded.settings("doctor", guarded_store), monkeypatch)
    seen = [one for subject, several in found.items() if " api" not in subject for one in several]
    assert [one for one in seen if "may not" in one["told"]] == []
    [rights_seen] = found["Kafka rights"]
    assert (rights_seen["state"], found["Kafka security"][0]["told"]) == ("ok", "SASL_SSL on this machine")
    assert {"TLS", "one server", "keeps what it was given (noeviction)"} <= {
        one["told"] for one in found["Redis of journey"]
    }
    assert found["Kafka clock"][0]["state"] == "ok"
    assert guarded_store.denials() == []
    assert {one for one in guarded.kafka.decisions("ashiato-doctor") if not one.allowed} == set()
    assert "secret" not in text


def test_the_doctor_as_somebody_who_may_less_says_what_it_cannot_see(
    guarded: Guarded, guarded_store: GuardedRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    allowed = Rule("topic", CONTACT_EVENTS.name, ("Write",))
    asyncio.run(guarded.kafka.allow("ashiato-curious", [allowed]))
    settings = guarded.settings("journey-api", guarded_store) | guarded.as_user("curious")
    text, found = doctor(settings, monkeypatch)
    assert found[f"topic {CONTACT_EVENTS.name}"][0]["state"] == "ok"
    assert "grant Describe" in found[f"topic {FLAGS.name}"][0]["mend"]
    assert {found[one][0]["told"] for one in ("Kafka rights", "group ashiato.journey")} == {"may not be seen"}
    settings = guarded.settings("journey-api", guarded_store) | guarded.as_user("stranger")
    text, found = doctor(settings, monkeypatch)
    assert "grant Write" in found["Kafka"][0]["told"]
    assert "may not ask" in found["Redis of journey"][1]["told"]
    assert "secret" not in text
    guarded_store.forget_denials()


async def test_a_worker_without_rights_names_what_it_lacks(guarded: Guarded, guarded_store: GuardedRedis) -> None:
    [port] = free_ports(1)
    settings = guarded.settings("journey-worker", guarded_store, JOURNEY_HEALTH_PORT=str(port))
    settings |= guarded.as_user("nobody")
    granting = [
        ("we may write to no topic: grant Write", [Rule("topic", FLAGS.name, ("Write", "Read"))]),
        (f"see the topic {CONTACT_EVENTS.name}: grant Describe", [Rule("topic", CONTACT_EVENTS.name, ("Describe",))]),
        (f"read the topic {CONTACT_EVENTS.name}: grant Read", [Rule("topic", CONTACT_EVENTS.name, ("Read",))]),
        ("be in the group ashiato.journey: grant Read", [Rule("group", "ashiato.journey", ("Read",))]),
    ]
    async with guarded.running("journey-worker", settings) as worker:
        for told, rules in granting:
            await eventually(partial(has_told, told, worker), 60.0)
            assert await not_ready(port) == ["the group has not given out partitions yet"]
            await guarded.kafka.allow("ashiato-nobody", rules)
        await eventually(lambda: '"worker.assigned"' in worker.output(), 30.0)
