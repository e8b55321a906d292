"""Topics, users and the size of groups."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from shared.event_log.topics import CONTACT_EVENTS, DEAD_LETTERS, FLAGS, FOR_EVER, TOPICS
from tools.kubernetes.case import Manifest
from tools.kubernetes.manifests import name, of_kind, variables

_ALIKE: Final = (CONTACT_EVENTS, FLAGS, DEAD_LETTERS)
CALM_S: Final = 600


def partitions_are_what_the_topics_have(manifests: Sequence[Manifest]) -> Iterator[str]:
    """Where topics are made by Strimzi. The job takes the setting itself."""
    topics = {name(one): one["spec"].get("partitions") for one in of_kind(manifests, "KafkaTopic")}
    if not topics:
        return
    yield from (f"KafkaTopic {topic.name} is missing" for topic in TOPICS if topic.name not in topics)
    set_to = {str(value) for _, key, value in variables(manifests) if key == "ASHIATO_PARTITIONS"}
    for topic in _ALIKE:
        if set_to != {str(topics.get(topic.name))}:
            yield f"{topic.name} has {topics.get(topic.name)} partitions, ASHIATO_PARTITIONS says {sorted(set_to)}"


def the_truth_is_kept_for_ever(manifests: Sequence[Manifest]) -> Iterator[str]:
    for topic in of_kind(manifests, "KafkaTopic"):
        config = topic["spec"].get("config", {})
        if name(topic) in {one.name for one in _ALIKE} and config.get("retention.ms") != FOR_EVER:
            yield f"KafkaTopic {name(topic)} forgets: retention.ms must be {FOR_EVER}"
        if topic["spec"].get("replicas", 0) < 3 or config.get("min.insync.replicas") != "2":
            yield f"KafkaTopic {name(topic)}: a record must be on two of three brokers before it counts"


def users_may_do_no_more_than_they_need(manifests: Sequence[Manifest]) -> Iterator[str]:
    for user in of_kind(manifests, "KafkaUser"):
        for acl in user["spec"].get("authorization", {}).get("acls", []):
            resource = acl.get("resource", {})
            if resource.get("patternType") != "literal" or resource.get("name") in {None, "*"}:
                yield f"KafkaUser {name(user)}: may touch more than one {resource.get('type')}"
            if not set(acl.get("operations", [])) <= {"Read", "Write", "Describe"}:
                yield f"KafkaUser {name(user)}: may do {acl.get('operations')}"
        if user["spec"].get("authentication", {}).get("type") != "scram-sha-512":
            yield f"KafkaUser {name(user)}: logs in without scram-sha-512"


def groups_change_size_slowly(manifests: Sequence[Manifest]) -> Iterator[str]:
    deployments = {name(one): one for one in of_kind(manifests, "Deployment")}
    for scaled in of_kind(manifests, "ScaledObject"):
        spec = scaled["spec"]
        target = deployments.get(spec["scaleTargetRef"]["name"])
        if target is None or "replicas" in target["spec"]:
            yield f"ScaledObject {name(scaled)}: its Deployment is missing, or says `replicas` itself"
        if spec.get("cooldownPeriod", 300) < CALM_S or _calm(spec) < CALM_S:
            yield f"ScaledObject {name(scaled)}: every change moves all partitions; wait {CALM_S} s before shrinking"
        if not 2 <= spec.get("minReplicaCount", 0) <= spec.get("maxReplicaCount", 100) <= CONTACT_EVENTS.partitions:
            yield f"ScaledObject {name(scaled)}: between 2 workers and one per partition ({CONTACT_EVENTS.partitions})"


def _calm(spec: dict[str, Any]) -> int:
    behavior = spec.get("advanced", {}).get("horizontalPodAutoscalerConfig", {}).get("behavior", {})
    return int(behavior.get("scaleDown", {}).get("stabilizationWindowSeconds", 300))
