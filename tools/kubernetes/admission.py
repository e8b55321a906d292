"""Step: a real API server takes every manifest: validation, Pod Security, the definitions of custom resources.

The sets that are good are applied in full, each into a namespace of its own; of a mutation only what it changed is
asked about, without leaving anything behind. A warning counts: on a Deployment, Pod Security only warns.
"""

import copy
from collections.abc import Sequence
from typing import Any, Final

from tools.kubernetes.case import Case, Findings, Manifest
from tools.kubernetes.cluster import Cluster, a_cluster
from tools.kubernetes.crds import definitions
from tools.kubernetes.errors import ToolFailed
from tools.kubernetes.manifests import of_kind

_LEVELS: Final = ("enforce", "warn")


class Admission:
    name = "API server"

    def __call__(self, cases: Sequence[Case]) -> Findings:
        with a_cluster() as cluster:
            cluster.define(definitions())
            _make_namespace(cluster, _namespace("mutations"))
            return {case.name: _judged(cluster, case) for case in cases if case.looked_at}


def _judged(cluster: Cluster, case: Case) -> list[str]:
    if case.changed is not None:
        moved = [_moved(one, "mutations") for one in case.changed]
        done = cluster.apply(moved, "--dry-run=server", "--warnings-as-errors")
        return _problems(done.stderr) if done.returncode else []
    # The namespace first, with the labels it says of itself: whoever forgets one is not held to it.
    own = [_renamed(one, case.name) for one in of_kind(case.manifests, "Namespace")]
    for namespace in own or [_namespace(case.name)]:
        _make_namespace(cluster, namespace)
    rest = [_moved(one, case.name) for one in case.manifests if one.get("kind") != "Namespace"]
    done = cluster.apply(rest, "--warnings-as-errors")
    return _problems(done.stderr) if done.returncode else []


def _namespace(name: str) -> Manifest:
    labels = {f"pod-security.kubernetes.io/{level}": "restricted" for level in _LEVELS}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}


def _make_namespace(cluster: Cluster, namespace: Manifest) -> None:
    name = namespace["metadata"]["name"]
    # A controller would make it, and none runs.
    account: Manifest = {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": "default", "namespace": name},
    }
    done = cluster.apply([namespace, account])
    if done.returncode:
        raise ToolFailed(f"namespace {name}: {done.stderr.strip()[-300:]}")


def _renamed(namespace: Manifest, name: str) -> Manifest:
    return {**namespace, "metadata": {**namespace["metadata"], "name": name}}


def _moved(manifest: Manifest, namespace: str) -> Manifest:
    found: dict[str, Any] = copy.deepcopy(manifest)
    if found.get("kind") == "Namespace":
        return _renamed(found, namespace)
    found.setdefault("metadata", {})["namespace"] = namespace
    return found


def _problems(said: str) -> list[str]:
    return [line for line in said.strip().splitlines() if line and "will be truncated" not in line]
