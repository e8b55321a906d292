"""Finding one's way in a set of manifests, which may be broken in any way that a mutation can think of."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from tools.kubernetes.case import Manifest

_POD_OWNERS = {"Deployment", "Job", "StatefulSet", "DaemonSet"}


def of_kind(manifests: Sequence[Manifest], *kinds: str) -> list[Manifest]:
    return [one for one in manifests if one.get("kind") in kinds]


def name(manifest: Manifest) -> str:
    return str(manifest["metadata"]["name"])


def with_pods(manifests: Sequence[Manifest]) -> list[Manifest]:
    return of_kind(manifests, *_POD_OWNERS)


def workers(manifests: Sequence[Manifest]) -> list[Manifest]:
    return [one for one in of_kind(manifests, "Deployment") if name(one).endswith("-worker")]


def apis(manifests: Sequence[Manifest]) -> list[Manifest]:
    return [one for one in of_kind(manifests, "Deployment") if name(one).endswith("-api")]


def pod(manifest: Manifest) -> dict[str, Any]:
    """The pod's spec."""
    found: dict[str, Any] = manifest["spec"]["template"]["spec"]
    return found


def pod_labels(manifest: Manifest) -> dict[str, str]:
    found: dict[str, str] = manifest["spec"]["template"]["metadata"].get("labels", {})
    return found


def container(manifest: Manifest) -> dict[str, Any]:
    """There is one in each of our pods."""
    found: dict[str, Any] = pod(manifest)["containers"][0]
    return found


def probe(manifest: Manifest, kind: str) -> dict[str, Any]:
    """httpGet of "liveness", "readiness" or "startup"; empty when there is none."""
    found: dict[str, Any] = container(manifest).get(f"{kind}Probe", {}).get("httpGet", {})
    return found


def selects(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """matchLabels only; empty selects all."""
    return all(labels.get(key) == value for key, value in selector.get("matchLabels", {}).items())


def variables(manifests: Iterable[Manifest]) -> Iterator[tuple[str, str, Any]]:
    """Where, name and value of every environment variable, ConfigMaps included. Value None: taken from elsewhere."""
    for one in manifests:
        if one.get("kind") == "ConfigMap":
            yield from ((f"ConfigMap/{name(one)}", key, value) for key, value in one.get("data", {}).items())
        elif one.get("kind") in _POD_OWNERS:
            where = f"{one['kind']}/{name(one)}"
            yield from ((where, each["name"], each.get("value")) for each in container(one).get("env", []))
