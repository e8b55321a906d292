"""What a broker should be like, and what to do where it is not."""

from collections.abc import Iterator, Mapping
from typing import Final

from shared.connections import Connections
from shared.event_log.topics import CONTACT_EVENTS, TOPICS, Topic
from tools.cli.broker import BrokerFacts, Grant, GroupFacts, TopicFacts
from tools.cli.doctor.finding import Finding
from tools.cli.doctor.local import is_local
from tools.kubernetes.kafka_access import CLIENTS, KafkaClient

_OLDEST_FETCH: Final = 4  # Kafka 4.0 took the older ones away
_COPIES: Final = 3
_SETTLING: Final = frozenset({"PreparingRebalance", "CompletingRebalance"})
_IMPLY_DESCRIBE: Final = frozenset({"Read", "Write", "Delete", "Alter"})


def broker_findings(facts: BrokerFacts, settings: Connections) -> Iterator[Finding]:
    local = is_local(settings.kafka)
    yield from _version(facts)
    yield from _topics(facts.topics, local=local)
    yield from _history(facts.begins)
    yield from (_group(name, one) for name, one in facts.groups.items())
    yield _transport(settings, local=local)
    yield from _rights(facts, local=local)


def in_words(facts: BrokerFacts) -> str:
    """Brokers do not say their version, only which requests they know."""
    release = "" if facts.oldest_fetch is None else f", Kafka {'4 or newer' if _is_new(facts) else 'before 4'}"
    return f"{release}, {facts.brokers} broker{'s' if facts.brokers != 1 else ''}, cluster {facts.cluster_id}"


def _is_new(facts: BrokerFacts) -> bool:
    return facts.oldest_fetch is None or facts.oldest_fetch >= _OLDEST_FETCH


def _version(facts: BrokerFacts) -> Iterator[Finding]:
    if not _is_new(facts):
        yield Finding("Kafka version", "warning", "before 4", "upgrade: nothing here is tried with it")


def _topics(found: Mapping[str, TopicFacts], *, local: bool) -> Iterator[Finding]:
    for topic in TOPICS:
        if (facts := found.get(topic.name)) is not None:
            yield from _topic(topic, facts, local=local)


def _topic(topic: Topic, facts: TopicFacts, *, local: bool) -> Iterator[Finding]:
    subject = f"topic {topic.name}"
    if facts.settings is None:
        yield Finding(subject, "warning", "its settings may not be seen", "grant DescribeConfigs on it to the doctor")
        return
    wanted = topic.config if local else {**topic.config, "min.insync.replicas": str(_COPIES - 1)}
    for name, value in wanted.items():
        is_there = facts.settings.get(name)
        if is_there != value:
            yield Finding(subject, "error", f"has {name}={is_there}", f"set {name}={value} (kafka-configs, KafkaTopic)")
    if facts.copies < _COPIES and not local:
        told = f"{facts.copies} copies of a partition"
        yield Finding(subject, "error", told, f"give it {_COPIES}: what falls with one disk is no truth")
    if facts.in_sync < facts.copies:
        told = f"{facts.in_sync} of {facts.copies} copies in sync"
        yield Finding(subject, "warning", told, "mend the broker that is behind or away; the next one stops writes")


def _history(begins: Mapping[int, int]) -> Iterator[Finding]:
    gone = [partition for partition, at in sorted(begins.items()) if at > 0]
    if gone:
        told = f"partitions {', '.join(map(str, gone))} no longer begin at 0: something deleted the truth"
        mend = "do not rebuild and do not empty Redis (docs/operations.md, History gone)"
        yield Finding(f"topic {CONTACT_EVENTS.name}", "error", told, mend)


def _group(name: str, facts: GroupFacts | None) -> Finding:
    subject = f"group {name}"
    if facts is None:
        return Finding(subject, "warning", "may not be seen", "grant Describe on it to the doctor")
    lag = "nothing committed yet" if facts.lag is None else f"{facts.lag} records behind what it committed"
    if facts.state in _SETTLING:
        return Finding(subject, "warning", f"is sharing out partitions, {lag}", "look again in half a minute")
    if not facts.members:
        service = name.removeprefix("ashiato.")
        return Finding(subject, "error", f"has no members, {lag}", f"start `python -m services.{service}.worker`")
    return Finding(subject, "ok", f"{facts.members} member{'s' if facts.members != 1 else ''}, {lag}")


def _transport(settings: Connections, *, local: bool) -> Finding:
    protocol = settings.kafka_protocol
    if protocol == "PLAINTEXT" and not local:
        mend = "set ASHIATO_KAFKA_SECURITY, _USER, _PASSWORD, _CA (docs/operations.md)"
        return Finding("Kafka security", "warning", "PLAINTEXT: customers' words go over the wire in the open", mend)
    return Finding("Kafka security", "ok", protocol + (" on this machine" if local else ""))


def _rights(facts: BrokerFacts, *, local: bool) -> Iterator[Finding]:
    subject = "Kafka rights"
    if not facts.guarded:
        mend = "set an authorizer and the users of docs/kubernetes.md: whoever comes may write flags"
        yield Finding(subject, "ok" if local else "warning", "nobody is denied anything", "" if local else mend)
    elif facts.grants is None:
        yield Finding(subject, "warning", "may not be seen", "grant Describe on the cluster to the doctor")
    else:
        wrong = [one for client in CLIENTS if client.deployed for one in _client(client, facts.grants)]
        yield from wrong
        if not wrong:
            yield Finding(subject, "ok", "each process may do what it must, and nothing else")


def _client(client: KafkaClient, grants: frozenset[Grant]) -> Iterator[Finding]:
    theirs = [one for one in grants if one.user == client.user]
    needed = {(rule.kind, rule.name, operation) for rule in client.rules for operation in rule.operations}
    missing = [one for one in sorted(needed) if not any(_covers(grant, *one) for grant in theirs)]
    if missing:
        told = "lacks " + ", ".join(f"{operation} on {kind} {name}" for kind, name, operation in missing)
        yield Finding(f"rights of {client.user}", "error", told, "grant it (tools/kubernetes/kafka_access.py)")
    more = [one for one in theirs if not one.literal or (one.kind, one.name, one.operation) not in needed]
    if more:
        told = "may more than it needs: " + ", ".join(
            sorted(f"{one.operation} on {one.kind} {one.name}" for one in more)
        )
        yield Finding(f"rights of {client.user}", "warning", told, "take it away: as little as each process needs")


def _covers(grant: Grant, kind: str, name: str, operation: str) -> bool:
    implied = operation == "Describe" and grant.operation in _IMPLY_DESCRIBE
    named = grant.name in (name, "*") if grant.literal else name.startswith(grant.name)
    return grant.kind == kind and named and (grant.operation in (operation, "All") or implied)
