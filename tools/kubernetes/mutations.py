"""Slips that a person might make, each with the step that must stop it, and a word of what it must say.

A check that has never refused anything proves nothing. `make check-k8s` makes every one of these, one at a time, on the
production overlay. SOURCES are made in the files themselves, before anything is rendered.
"""

from typing import Any, Final, NamedTuple

from tools.kubernetes.case import Manifest
from tools.kubernetes.manifests import container, pod
from tools.kubernetes.mutation import Change, Mutation, in_container, in_pod, put, with_variable


def _a_host_folder(manifest: Manifest) -> None:
    pod(manifest)["volumes"].append({"name": "host", "hostPath": {"path": "/var/run"}})


def _an_unknown_volume(manifest: Manifest) -> None:
    container(manifest)["volumeMounts"].append({"name": "data", "mountPath": "/data"})


def _everything_to_every_topic(user: Manifest) -> None:
    acl = {"resource": {"type": "topic", "name": "*", "patternType": "literal"}, "operations": ["All"]}
    user["spec"]["authorization"]["acls"].append(acl)


def _alert(number: int, *path: str, value: Any) -> Change:
    return lambda rule: put(*path, value=value)(rule["spec"]["groups"][0]["rules"][number])


_WORKER: Final = "Deployment/journey-worker"
_API: Final = "Deployment/journey-api"
_SCHEMA, _HOUSE, _POLICY, _SERVER, _ALERTS = "schema", "house rules", "policy", "API server", "alerts"
_TYPO: Final = {"name": "ASHIATO_JOURNEY_HEALTH_PROT", "value": "1"}
_PASSWORD: Final = {"name": "ASHIATO_REDIS", "value": "rediss://journey:hunter2@redis.redis.svc:6379"}
_FROM_SECRET: Final = {
    "name": "ASHIATO_REDIS",
    "valueFrom": {"secretKeyRef": {"name": "journey-worker-settings", "key": "ASHIATO_REDIS"}},
}
_OPEN: Final = [{"ports": [{"protocol": "TCP", "port": 9093}]}]
_OTHER_LABELS: Final = {"app.kubernetes.io/name": "journy"}

MUTATIONS: Final = (
    # What it is made of.
    Mutation("field that does not exist", _WORKER, _SCHEMA, "resourcez", in_container("resourcez", value={})),
    Mutation("replicas as a word", _WORKER, _SCHEMA, "replicas", put("spec", "replicas", value="two")),
    Mutation(
        "probe without a port", _API, _SCHEMA, "port", in_container("livenessProbe", "httpGet", "port", value=None)
    ),
    Mutation(
        "selector of other pods",
        _WORKER,
        _SERVER,
        "selector",
        put("spec", "selector", "matchLabels", value=_OTHER_LABELS),
    ),
    Mutation("mount of no volume", _WORKER, _SERVER, "data", _an_unknown_volume),
    Mutation(
        "request above the limit",
        _WORKER,
        _SERVER,
        "memory limit",
        in_container("resources", "requests", "memory", value="2Gi"),
    ),
    Mutation(
        "port 70000",
        "NetworkPolicy/to-redis",
        _SERVER,
        "65535",
        put("spec", "egress", 0, "ports", 0, "port", value=70000),
    ),
    # What it may do.
    Mutation("root", _WORKER, _SERVER, "runAsNonRoot", in_pod("securityContext", value={"runAsUser": 0})),
    Mutation("privileged", _API, _SERVER, "privileged", in_container("securityContext", "privileged", value=True)),
    Mutation(
        "no seccomp profile", _API, _SERVER, "seccompProfile", in_pod("securityContext", "seccompProfile", value=None)
    ),
    Mutation("the node's network", _API, _SERVER, "host namespaces", in_pod("hostNetwork", value=True)),
    Mutation("the node's files", _WORKER, _SERVER, "hostPath", _a_host_folder),
    Mutation(
        "capabilities kept", _API, _SERVER, "capabilities", in_container("securityContext", "capabilities", value=None)
    ),
    Mutation(
        "root file system open",
        _API,
        _POLICY,
        "CKV_K8S_22",
        in_container("securityContext", "readOnlyRootFilesystem", value=False),
    ),
    Mutation(
        "image by tag",
        _WORKER,
        _POLICY,
        "CKV_K8S_43",
        in_container("image", value="registry.example/ashiato/journey:1.0"),
    ),
    Mutation("no memory limit", _WORKER, _POLICY, "CKV_K8S_13", in_container("resources", "limits", value=None)),
    Mutation("no liveness probe", _API, _POLICY, "CKV_K8S_8", in_container("livenessProbe", value=None)),
    Mutation("secret in the environment", _WORKER, _POLICY, "CKV_K8S_35", with_variable(_FROM_SECRET)),
    Mutation("password in the manifest", _WORKER, _HOUSE, "belongs into a file", with_variable(_PASSWORD)),
    Mutation(
        "namespace without Pod Security",
        "Namespace/ashiato",
        _HOUSE,
        "Pod Security",
        put("metadata", "labels", value={}),
    ),
    # How it is run.
    Mutation("service links", _API, _HOUSE, "enableServiceLinks", in_pod("enableServiceLinks", value=None)),
    Mutation(
        "worker with a surge", _WORKER, _HOUSE, "surge", put("spec", "strategy", "rollingUpdate", "maxSurge", value=1)
    ),
    Mutation("ten seconds to leave", _WORKER, _HOUSE, "30 s", in_pod("terminationGracePeriodSeconds", value=10)),
    Mutation(
        "restart when behind",
        _WORKER,
        _HOUSE,
        "behind",
        in_container("livenessProbe", "httpGet", "path", value="/health/ready"),
    ),
    Mutation(
        "ready before its partitions",
        _WORKER,
        _HOUSE,
        "partitions",
        in_container("readinessProbe", "httpGet", "path", value="/health/live"),
    ),
    Mutation(
        "front door silent without Kafka",
        "Deployment/routing-api",
        _HOUSE,
        "/health/live",
        in_container("readinessProbe", "httpGet", "path", value="/health/ready"),
    ),
    Mutation(
        "probe of no port", _API, _HOUSE, "asks port", in_container("readinessProbe", "httpGet", "port", value="https")
    ),
    Mutation("setting misspelt", _WORKER, _HOUSE, "PROT", with_variable(_TYPO)),
    Mutation(
        "32 partitions", "ConfigMap/settings", _HOUSE, "partitions", put("data", "ASHIATO_PARTITIONS", value="32")
    ),
    Mutation("no disruption budget", "PodDisruptionBudget/journey-worker", _HOUSE, "PodDisruptionBudget"),
    Mutation(
        "service that leads nowhere",
        "Service/journey",
        _HOUSE,
        "leads to no pod",
        put("spec", "selector", value=_OTHER_LABELS),
    ),
    # Who may reach whom.
    Mutation(
        "nobody says whom to let in",
        "ConfigMap/settings",
        _HOUSE,
        "or it ends at once",
        put("data", "ASHIATO_ACCESS_ISSUER", value=None),
    ),
    Mutation(
        "key of the pseudonyms for all to see",
        "ConfigMap/settings",
        _HOUSE,
        "belongs into a file",
        put("data", "ASHIATO_ACCESS_PSEUDONYM_KEY", value="x" * 32),
    ),
    Mutation("nothing denied", "NetworkPolicy/default-deny", _HOUSE, "denies"),
    Mutation(
        "Kafka's port to the world",
        "NetworkPolicy/to-kafka",
        _HOUSE,
        "open to everybody",
        put("spec", "egress", value=_OPEN),
    ),
    # Kafka.
    Mutation("topic lost", "KafkaTopic/journey.flags.v1", _HOUSE, "is missing"),
    Mutation(
        "topic that forgets",
        "KafkaTopic/contact.events.v1",
        _HOUSE,
        "forgets",
        put("spec", "config", "retention.ms", value="604800000"),
    ),
    Mutation(
        "topic without partitions",
        "KafkaTopic/contact.events.v1",
        _SERVER,
        "partitions",
        put("spec", "partitions", value=0),
    ),
    Mutation("every topic", "KafkaUser/ashiato-journey-api", _HOUSE, "more than one", _everything_to_every_topic),
    Mutation(
        "operation that does not exist",
        "KafkaUser/ashiato-keda",
        _SERVER,
        "Unsupported value",
        put("spec", "authorization", "acls", 0, "operations", value=["Look"]),
    ),
    Mutation(
        "impatient scaling",
        "ScaledObject/journey-worker",
        _HOUSE,
        "wait 600 s",
        put("spec", "cooldownPeriod", value=60),
    ),
    Mutation(
        "scaling by a word",
        "ScaledObject/journey-worker",
        _SERVER,
        "maxReplicaCount",
        put("spec", "maxReplicaCount", value="many"),
    ),
    # Alerts.
    Mutation(
        "PromQL nobody can parse",
        "PrometheusRule/ashiato",
        _ALERTS,
        "parse",
        _alert(1, "expr", value="max by (service (up) == 1"),
    ),
    Mutation(
        "alert a day late", "PrometheusRule/ashiato", _ALERTS, "AshiatoPartitionPaused", _alert(1, "for", value="1d")
    ),
    Mutation(
        "alert without a runbook",
        "PrometheusRule/ashiato",
        _HOUSE,
        "names no section",
        _alert(1, "annotations", value={"summary": "Oh."}),
    ),
)


class Source(NamedTuple):
    """In deploy/: the first `old` of the file becomes `new`."""

    name: str
    file: str
    old: str
    new: str
    step: str
    because: str


_DOCKERFILE: Final = "docker/Dockerfile"
SOURCES: Final = (
    Source(
        "patch of nobody",
        "k8s/base/patches/front-door.yaml",
        "name: routing-api",
        "name: routing",
        "rendering",
        "no matches",
    ),
    Source(
        "file that is not there",
        "k8s/base/kustomization.yaml",
        "network.yaml",
        "networks.yaml",
        "rendering",
        "networks.yaml",
    ),
    Source(
        "topic edited by hand",
        "k8s/components/strimzi/topics.yaml",
        "partitions: 64",
        "partitions: 32",
        "generated",
        "topics.yaml",
    ),
    Source("image runs as root", _DOCKERFILE, "USER 10001:10001", "USER root", "dockerfile", "DL3002"),
    Source("base by tag", _DOCKERFILE, "@sha256:", "-", "dockerfile", "by digest"),
    Source(
        "latest of anything",
        _DOCKERFILE,
        "FROM ${BASE} AS build",
        "FROM debian:latest AS build",
        "dockerfile",
        "DL3007",
    ),
)
