"""Manifests with only what the house rules look at."""

from typing import Any

from tools.kubernetes.case import Manifest
from tools.kubernetes.house_pods import LIVE, READY

_SETTINGS = {"ASHIATO_PARTITIONS": "64", "ASHIATO_ACCESS_ISSUER": "https://issuer.example"}
PART: dict[str, str] = {"app.kubernetes.io/part-of": "ashiato"}


def a_worker(name: str = "journey-worker") -> Manifest:
    container = {
        "name": "main",
        "command": ["python3", "-m", f"services.{name.replace('-', '.')}"],
        "env": [
            {"name": "ASHIATO_SECRETS", "value": "/run/secrets"},
            {"name": "ASHIATO_JOURNEY_HEALTH_PORT", "value": "8090"},
        ],
        "ports": [{"name": "health", "containerPort": 8090}],
        **{f"{kind}Probe": {"httpGet": {"path": path, "port": "health"}} for kind, path in _worker_probes().items()},
    }
    return {
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {
            "strategy": {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}},
            "template": {
                "metadata": {"labels": {"name": name, "ashiato/reaches-kafka": "true"}},
                "spec": _pod(container),
            },
        },
    }


def an_api(name: str = "journey-api") -> Manifest:
    asked = {"port": "http", "httpHeaders": [{"name": "Host", "value": "localhost"}]}
    ready = LIVE if name == "routing-api" else READY
    paths = {"startup": LIVE, "liveness": LIVE, "readiness": ready}
    container = {
        "name": "main",
        "command": ["python3", "-m", f"services.{name.replace('-', '.')}"],
        "env": [
            {"name": "ASHIATO_JOURNEY_PORT", "value": "8081"},
            {"name": "ASHIATO_JOURNEY_HOST", "value": "0.0.0.0"},  # noqa: S104
        ],
        "ports": [{"name": "http", "containerPort": 8081}],
        **{f"{kind}Probe": {"httpGet": {"path": path, **asked}} for kind, path in paths.items()},
    }
    template = {"metadata": {"labels": {"name": name}}, "spec": _pod(container)}
    return {"kind": "Deployment", "metadata": {"name": name}, "spec": {"template": template}}


def a_namespace() -> Manifest:
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    return {"kind": "Namespace", "metadata": {"name": "ashiato", "labels": labels}}


def a_budget(name: str) -> Manifest:
    spec = {"maxUnavailable": 1, "selector": {"matchLabels": {"name": name}}}
    return {"kind": "PodDisruptionBudget", "metadata": {"name": name}, "spec": spec}


def a_service(name: str) -> Manifest:
    spec = {"selector": {"name": name}, "ports": [{"port": 80, "targetPort": "http"}]}
    return {"kind": "Service", "metadata": {"name": name}, "spec": spec}


def the_denial() -> Manifest:
    spec = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    return {"kind": "NetworkPolicy", "metadata": {"name": "default-deny"}, "spec": spec}


def a_way_out(label: str = "ashiato/reaches-kafka", **changes: Any) -> Manifest:
    rule = {"to": [{"namespaceSelector": {"matchLabels": {"name": "kafka"}}}], "ports": [{"port": 9093}], **changes}
    spec = {"podSelector": {"matchLabels": {label: "true"}}, "policyTypes": ["Egress"], "egress": [rule]}
    return {"kind": "NetworkPolicy", "metadata": {"name": "to-kafka"}, "spec": spec}


def the_settings(**values: str) -> Manifest:
    return {"kind": "ConfigMap", "metadata": {"name": "settings"}, "data": {**_SETTINGS, **values}}


def a_scaling(**changes: Any) -> Manifest:
    behavior = {"scaleDown": {"stabilizationWindowSeconds": 1800}}
    spec = {
        "scaleTargetRef": {"name": "journey-worker"},
        "minReplicaCount": 2,
        "maxReplicaCount": 16,
        "cooldownPeriod": 1800,
        "advanced": {"horizontalPodAutoscalerConfig": {"behavior": behavior}},
        **changes,
    }
    return {"kind": "ScaledObject", "metadata": {"name": "journey-worker"}, "spec": spec}


def a_good_set() -> list[Manifest]:
    names = ("journey-worker", "journey-api")
    accounts: list[Manifest] = [{"kind": "ServiceAccount", "metadata": {"name": name}} for name in names]
    budgets = [a_budget(name) for name in names]
    around = [a_namespace(), a_service("journey-api"), the_denial(), a_way_out(), the_settings(), a_scaling()]
    return [*accounts, *budgets, *around, a_worker(), an_api()]


def _worker_probes() -> dict[str, str]:
    return {"startup": LIVE, "liveness": LIVE, "readiness": READY}


def _pod(container: dict[str, Any]) -> dict[str, Any]:
    return {
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "serviceAccountName": container["command"][2].removeprefix("services.").replace(".", "-"),
        "terminationGracePeriodSeconds": 45,
        "containers": [container],
    }
