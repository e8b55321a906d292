"""What the doctor makes of what a broker and a store say of themselves."""

import json
from dataclasses import replace
from typing import Any

import pytest

from shared.connections import Connections
from shared.event_log.topics import CONTACT_EVENTS, TOPICS
from shared.projection.server import VERSION
from tests.unit.cli_world import Outside
from tools.cli.broker import BrokerFacts, Grant, GroupFacts, TopicFacts
from tools.cli.doctor.broker_rules import broker_findings
from tools.cli.doctor.finding import Finding
from tools.cli.doctor.store_rules import StoreFacts, remembered_finding, store_findings, transport_finding
from tools.kubernetes.kafka_access import CLIENTS

FAR = "broker-1:9093,broker-2:9093"
IN_SYNC = {"min.insync.replicas": "2"}


def a_topic(copies: int = 3, in_sync: int = 3, **settings: str) -> TopicFacts:
    named = {name.replace("_", "."): value for name, value in settings.items()}
    return TopicFacts(64, copies, in_sync, {**CONTACT_EVENTS.config, **IN_SYNC, **named})


def all_grants() -> frozenset[Grant]:
    return frozenset(
        Grant(client.user, rule.kind, rule.name, operation)
        for client in CLIENTS
        for rule in client.rules
        for operation in rule.operations
    )


def a_broker(**facts: Any) -> BrokerFacts:
    well: dict[str, Any] = {
        "brokers": 3,
        "cluster_id": "c",
        "oldest_fetch": 4,
        "topics": {topic.name: TopicFacts(64, 3, 3, {**topic.config, **IN_SYNC}) for topic in TOPICS},
        "groups": {"ashiato.journey": GroupFacts("Stable", 2, 0), "ashiato.followup": GroupFacts("Stable", 2, 7)},
        "begins": {0: 0, 1: 0},
        "grants": all_grants(),
    }
    return BrokerFacts(**{**well, **facts})


def found(facts: BrokerFacts, **settings: str) -> list[Finding]:
    guarded = {"kafka": FAR, "kafka_user": "doctor", "kafka_password": "hunter2", **settings}
    return list(broker_findings(facts, Connections.model_validate(guarded)))


def amiss(findings: list[Finding]) -> list[tuple[str, str, str]]:
    assert all(one.mend for one in findings if one.state != "ok"), "each says what to do"
    return [(one.state, one.subject, one.told) for one in findings if one.state != "ok"]


def test_a_broker_as_it_should_be() -> None:
    assert amiss(found(a_broker())) == []


@pytest.mark.parametrize(
    ("facts", "state", "told"),
    [
        ({"topics": {CONTACT_EVENTS.name: a_topic(retention_ms="1")}}, "error", "retention.ms=1"),
        ({"topics": {CONTACT_EVENTS.name: a_topic(min_insync_replicas="1")}}, "error", "min.insync.replicas=1"),
        ({"topics": {CONTACT_EVENTS.name: a_topic(copies=1, in_sync=1)}}, "error", "1 copies"),
        ({"topics": {CONTACT_EVENTS.name: a_topic(in_sync=2)}}, "warning", "2 of 3 copies in sync"),
        ({"topics": {CONTACT_EVENTS.name: TopicFacts(64, 3, 3)}}, "warning", "may not be seen"),
        ({"begins": {0: 0, 3: 17}}, "error", "partitions 3 no longer begin at 0"),
        ({"groups": {"ashiato.journey": GroupFacts("Empty", 0, 9)}}, "error", "has no members, 9 records behind"),
        ({"groups": {"ashiato.journey": GroupFacts("PreparingRebalance", 1)}}, "warning", "sharing out"),
        ({"groups": {"ashiato.journey": None}}, "warning", "may not be seen"),
        ({"grants": None}, "warning", "may not be seen"),
        ({"grants": None, "guarded": False}, "warning", "nobody is denied anything"),
        ({"grants": frozenset()}, "error", "lacks Describe on group ashiato.journey"),
        (
            {"grants": all_grants() | {Grant("ashiato-routing-api", "topic", "journey.", "All", literal=False)}},
            "warning",
            "may more than it needs: All on topic journey.",
        ),
        ({"oldest_fetch": 0}, "warning", "before 4"),
    ],
)
def test_what_is_amiss_with_a_broker_is_told(facts: dict[str, Any], state: str, told: str) -> None:
    assert [one for one in amiss(found(a_broker(**facts))) if one[0] == state and told in one[2]]


def test_rights_that_come_to_the_same_are_enough() -> None:
    """Describe comes with Read and Write, everything with All."""
    fewer = frozenset(grant for grant in all_grants() if grant.operation != "Describe" or "keda" in grant.user)
    assert amiss(found(a_broker(grants=fewer))) == []


def test_a_stack_of_ones_own_needs_no_copies_and_no_doors() -> None:
    alone = a_broker(topics={CONTACT_EVENTS.name: a_topic(1, 1)}, grants=None, guarded=False)
    settings = Connections(kafka="127.0.0.1:9092")
    assert amiss(list(broker_findings(alone, settings))) == []
    assert amiss(list(broker_findings(alone, Connections(kafka=FAR))))


INFO = {
    "redis_version": "7.2.4",
    "redis_mode": "standalone",
    "maxmemory_policy": "noeviction",
    "maxmemory": 1000,
    "used_memory": 10,
    "rdb_last_bgsave_status": "ok",
    "aof_enabled": 0,
}
A_STORE = StoreFacts(INFO, (f"ashiato_projection_{VERSION}",), 0.1)


def test_a_store_as_it_should_be() -> None:
    assert amiss(list(store_findings("Redis", A_STORE, cluster=False))) == []


@pytest.mark.parametrize(
    ("info", "state", "told"),
    [
        ({"redis_version": "6.2.1"}, "error", "Redis 6.2.1"),
        ({"redis_mode": "cluster"}, "error", "is a cluster"),
        ({"maxmemory_policy": "allkeys-lru"}, "error", "forgets when it is full"),
        ({"used_memory": 850}, "warning", "85% full"),
        ({"used_memory": 990}, "error", "99% full"),
        ({"rdb_last_bgsave_status": "err"}, "error", "cannot write its copy"),
        ({"loading": 1}, "warning", "is loading"),
    ],
)
def test_what_is_amiss_with_a_store_is_told(info: dict[str, Any], state: str, told: str) -> None:
    findings = list(store_findings("Redis", A_STORE._replace(info={**INFO, **info}), cluster=False))
    assert [one for one in amiss(findings) if one[0] == state and told in one[2]]


def test_a_store_without_our_functions_and_with_a_clock_of_its_own() -> None:
    facts = StoreFacts(INFO, ("ashiato_projection_v0",), -9.0)
    assert [state for state, *_ in amiss(list(store_findings("Redis", facts, cluster=False)))] == ["warning", "error"]


def test_a_store_filled_from_another_count() -> None:
    assert amiss([remembered_finding("journey", 64, 64)]) == []
    assert amiss([remembered_finding("journey", 64, 32)])[0][0] == "error"
    assert amiss([remembered_finding("journey", None, 64)])[0][0] == "warning"


@pytest.mark.parametrize(
    ("url", "state"),
    [("rediss://h/0", "ok"), ("redis://127.0.0.1/0", "ok"), ("redis://u:hunter2@redis/0", "warning")],
)
def test_a_store_in_the_open(url: str, state: str) -> None:
    finding = transport_finding("Redis", url)
    assert finding.state == state
    assert "hunter2" not in "".join(finding)


def test_warnings_alone_are_no_failure_of_the_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASHIATO_REDIS", "redis://127.0.0.1:1/0")
    outside = replace(Outside(), broker=a_broker(grants=None))
    assert outside.ashiato("doctor", "--json") == 1
    told = json.loads(outside.out)
    assert [one["state"] for one in told if one["subject"] == "Kafka rights"] == ["warning"]
    assert "Kafka 4 or newer, 3 brokers" in next(one["told"] for one in told if one["subject"] == "Kafka")
    assert all(one["mend"] for one in told if one["state"] != "ok")
