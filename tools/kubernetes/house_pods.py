"""Pods: how they start, are asked, are replaced and end."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from tools.kubernetes.case import Manifest
from tools.kubernetes.manifests import (
    apis,
    container,
    name,
    of_kind,
    pod,
    pod_labels,
    probe,
    selects,
    with_pods,
    workers,
)
from tools.kubernetes.toolbox import ROOT

LIVE: Final = "/health/live"
READY: Final = "/health/ready"
# The engine stops within 20 s (shared/stream/settings.py and app.py); the rest is for what stands around it.
LEAVE_WITHIN_S: Final = 30


def namespaces_are_restricted(manifests: Sequence[Manifest]) -> Iterator[str]:
    for namespace in of_kind(manifests, "Namespace"):
        labels = namespace["metadata"].get("labels", {})
        if labels.get("pod-security.kubernetes.io/enforce") != "restricted":
            yield f"{name(namespace)}: Pod Security must be enforced as restricted"


def no_service_links_and_no_token(manifests: Sequence[Manifest]) -> Iterator[str]:
    accounts = {name(one) for one in of_kind(manifests, "ServiceAccount")}
    for one in with_pods(manifests):
        spec = pod(one)
        if spec.get("enableServiceLinks") is not False:
            yield f"{name(one)}: enableServiceLinks must be false, a service's name could set one of our settings"
        if spec.get("automountServiceAccountToken") is not False:
            yield f"{name(one)}: nobody here talks to Kubernetes, so automountServiceAccountToken must be false"
        if spec.get("serviceAccountName") not in accounts:
            yield f"{name(one)}: has no ServiceAccount of its own"


def commands_are_modules_of_ours(manifests: Sequence[Manifest]) -> Iterator[str]:
    for one in with_pods(manifests):
        command = container(one).get("command", [])
        if len(command) != 3 or command[:2] != ["python3", "-m"] or not _is_module(command[2]):
            yield f"{name(one)}: its command {command} runs no module of this repository"


def _is_module(module: str) -> bool:
    return (ROOT / f"{module.replace('.', '/')}.py").is_file()


def ports_of_probes_exist(manifests: Sequence[Manifest]) -> Iterator[str]:
    for one in of_kind(manifests, "Deployment"):
        ports = {port.get("name"): port["containerPort"] for port in container(one).get("ports", [])}
        for kind in ("startup", "liveness", "readiness"):
            port = probe(one, kind).get("port")
            if port not in ports:
                yield f"{name(one)}: its {kind} probe asks port {port}, which it does not name"
        told = _told_port(one)
        if told is not None and told not in {str(number) for number in ports.values()}:
            yield f"{name(one)}: it is told to listen on {told}, and names {sorted(ports.values())}"


def _told_port(one: Manifest) -> str | None:
    told = [each.get("value") for each in container(one).get("env", []) if each["name"].endswith("_PORT")]
    return told[0] if told else None


def workers_roll_one_by_one_and_may_finish(manifests: Sequence[Manifest]) -> Iterator[str]:
    for one in workers(manifests):
        rolling = one["spec"].get("strategy", {}).get("rollingUpdate", {})
        if rolling.get("maxSurge") != 0 or rolling.get("maxUnavailable") != 1:
            yield f"{name(one)}: a surge moves partitions twice: maxSurge 0, maxUnavailable 1"
        if pod(one).get("terminationGracePeriodSeconds", 30) <= LEAVE_WITHIN_S:
            yield f"{name(one)}: terminationGracePeriodSeconds must exceed the {LEAVE_WITHIN_S} s that leaving may take"


def workers_are_restarted_only_when_stuck(manifests: Sequence[Manifest]) -> Iterator[str]:
    for one in workers(manifests):
        if (probe(one, "liveness").get("path"), probe(one, "startup").get("path")) != (LIVE, LIVE):
            yield f"{name(one)}: liveness and startup must ask {LIVE}: being behind is no reason to restart"
        if probe(one, "readiness").get("path") != READY:
            yield f"{name(one)}: readiness must ask {READY}, or a rollout does not wait for its partitions"


def apis_are_asked_by_a_name_they_know(manifests: Sequence[Manifest]) -> Iterator[str]:
    for one in apis(manifests):
        for kind in ("startup", "liveness", "readiness"):
            asked = probe(one, kind)
            if {"name": "Host", "value": "localhost"} not in asked.get("httpHeaders", []):
                yield f"{name(one)}: its {kind} probe must send Host: localhost, or it is answered 421"
        if probe(one, "liveness").get("path") != LIVE:
            yield f"{name(one)}: liveness must ask {LIVE}"
        # The front door must say 503 itself while Kafka is away.
        ready = LIVE if name(one) == "routing-api" else READY
        if probe(one, "readiness").get("path") != ready:
            yield f"{name(one)}: readiness must ask {ready}"


def one_pod_at_a_time_is_disrupted(manifests: Sequence[Manifest]) -> Iterator[str]:
    budgets = of_kind(manifests, "PodDisruptionBudget")
    for one in of_kind(manifests, "Deployment"):
        covering = [budget for budget in budgets if selects(budget["spec"]["selector"], pod_labels(one))]
        if [budget["spec"].get("maxUnavailable") for budget in covering] != [1]:
            yield f"{name(one)}: needs one PodDisruptionBudget with maxUnavailable 1, has {len(covering)}"


def services_lead_to_pods(manifests: Sequence[Manifest]) -> Iterator[str]:
    for service in of_kind(manifests, "Service"):
        found = [one for one in with_pods(manifests) if selects(_matching(service), pod_labels(one))]
        for port in service["spec"]["ports"]:
            if not any(_has_port(one, port["targetPort"]) for one in found):
                yield f"Service {name(service)}: leads to no pod that has port {port['targetPort']}"


def _matching(service: Manifest) -> dict[str, Any]:
    return {"matchLabels": service["spec"].get("selector", {})}


def _has_port(one: Manifest, wanted: str | int) -> bool:
    return any(wanted in (port.get("name"), port["containerPort"]) for port in container(one).get("ports", []))
