"""Servers as a company runs them, and our pods among them: Kafka with TLS, SCRAM and ACLs, a Redis cluster with TLS and
users, an issuer of tokens. What a pod is comes from the overlay `production`, only the addresses are this machine's.
"""

import asyncio
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from shared.event_log.topics import TOPICS
from tests.engine_fixtures import certificates
from tests.engine_fixtures.certificates import Certificates
from tests.engine_fixtures.guarded import PASSWORDS
from tests.engine_fixtures.guarded_kafka import GuardedKafka
from tests.engine_fixtures.guarded_redis import GuardedRedis
from tests.images import pod
from tests.images.pod import Contents, Pod
from tools.demo.issuer import Issuer
from tools.kubernetes.case import Manifest
from tools.kubernetes.kafka_access import CLIENTS, Rule
from tools.kubernetes.manifests import name, of_kind
from tools.kubernetes.rendering import DEPLOY, parsed, render
from tools.stack import LOOPBACK, free_ports

PROCESSES: Final = ("routing-api", "journey-worker", "journey-api", "followup-worker", "followup-api")
_PARTITIONS: Final = "4"
_UP_WITHIN_S: Final = 90.0
# Who makes topics where no Strimzi does.
_TOPICS: Final = "ashiato-topics"
_MAY_MAKE_TOPICS: Final = (
    *(Rule("topic", topic.name, ("Describe", "DescribeConfigs")) for topic in TOPICS),
    Rule("cluster", "kafka-cluster", ("Create",)),
)
# Two processes of one machine cannot both have the port that each has in its pod.
_PORT: Final = {
    "routing-api": "ROUTING_PORT",
    "journey-worker": "JOURNEY_HEALTH_PORT",
    "journey-api": "JOURNEY_PORT",
    "followup-worker": "FOLLOWUP_HEALTH_PORT",
    "followup-api": "FOLLOWUP_PORT",
}


@dataclass(frozen=True)
class Company:
    """pods: by name, the topic job among them. ports: of the processes, where they answer."""

    kafka: GuardedKafka
    store: GuardedRedis
    issuer: Issuer
    pods: Mapping[str, Pod]
    ports: Mapping[str, int]

    def url(self, process: str, path: str) -> str:
        return f"http://{LOOPBACK}:{self.ports[process]}{path}"

    def denied(self) -> list[str]:
        """What the servers denied anybody."""
        users = [*(one.user for one in CLIENTS), _TOPICS]
        by_kafka = [f"{user}: {one}" for user in users for one in self.kafka.decisions(user) if not one.allowed]
        return by_kafka + self.store.denials()


@contextmanager
def a_company(folder: Path) -> Iterator[Company]:
    """Its servers are up; no pod is. Raises NotRun, StackError."""
    signed = certificates.made(folder / "certificates")
    users = [*(one.user for one in CLIENTS if one.deployed), _TOPICS]
    passwords = {user: f"secret-of-{user}" for user in users}
    kafka = GuardedKafka(folder / "kafka", signed, passwords)
    store = GuardedRedis(folder / "redis", signed, PASSWORDS, cluster=True)
    try:
        kafka.start()
        store.start()
        kafka.wait_until_answers(_UP_WITHIN_S)
        asyncio.run(_grant(kafka))
        with Issuer() as issuer:
            ports = dict(zip(PROCESSES, free_ports(len(PROCESSES)), strict=True))
            yield Company(kafka, store, issuer, _pods(kafka, issuer, _contents(signed, store, passwords), ports), ports)
    finally:
        store.kill()
        kafka.kill()


async def _grant(kafka: GuardedKafka) -> None:
    # It warns of each password in the clear, and on the way to grant rights there is nothing but loopback.
    logging.getLogger("aiokafka").setLevel(logging.ERROR)
    for client in CLIENTS:
        if client.deployed:
            await kafka.allow(client.user, client.rules)
    await kafka.allow(_TOPICS, _MAY_MAKE_TOPICS)


def _contents(signed: Certificates, store: GuardedRedis, passwords: Mapping[str, str]) -> Contents:
    """Secrets and the ConfigMap of authorities, as docs/kubernetes.md asks for them."""
    authority = signed.authority.read_text("ascii")
    pseudonyms = "of-no-use-but-for-this-check-0000"
    stores = {one: {"ASHIATO_REDIS": store.url(f"ashiato-{one}")} for one in PROCESSES if one != "routing-api"}
    for api in ("journey-api", "followup-api"):
        stores[api]["ASHIATO_ACCESS_PSEUDONYM_KEY"] = pseudonyms
    return {
        "authorities": {"kafka-ca.crt": authority, "redis-ca.crt": authority},
        "routing-api-settings": {"keys.json": '{"keys": []}'},
        "topics-settings": {"ASHIATO_KAFKA_USER": _TOPICS, "ASHIATO_KAFKA_PASSWORD": passwords[_TOPICS]},
        **{f"{process}-settings": content for process, content in stores.items()},
        **{user: {"password": password} for user, password in passwords.items()},
    }


def _pods(kafka: GuardedKafka, issuer: Issuer, contents: Contents, ports: Mapping[str, int]) -> dict[str, Pod]:
    production = render(DEPLOY / "k8s" / "overlays" / "production")
    access = {key: value for key, value in issuer.settings().items() if key != "ASHIATO_ACCESS_PSEUDONYM_KEY"}
    settings = {
        **pod.settings_of(production),
        **access,
        "ASHIATO_KAFKA": kafka.bootstrap,
        "ASHIATO_PARTITIONS": _PARTITIONS,
        "ASHIATO_TOPIC_COPIES": "1",
    }
    deployments = [_named(production, "Deployment", process) for process in PROCESSES]
    found = [pod.of(one, settings, contents, _here(name(one), ports)) for one in deployments]
    # Production has its topics from Strimzi; whoever has none takes the job.
    job = parsed((DEPLOY / "k8s" / "components" / "topic-job" / "job.yaml").read_text("utf-8"))
    found.append(pod.of(_named(job, "Job", "topics"), settings, contents))
    return {one.name: one for one in found}


def _here(process: str, ports: Mapping[str, int]) -> dict[str, str]:
    """Nobody asks for metrics here."""
    return {f"ASHIATO_{_PORT[process]}": str(ports[process]), "ASHIATO_METRICS_PORT": "0"}


def _named(manifests: list[Manifest], kind: str, called: str) -> Manifest:
    return next(one for one in of_kind(manifests, kind) if name(one) == called)
