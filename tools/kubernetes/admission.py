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
from tools.kubernetes.manifests import name, of_kind, pod, pod_labels, with_pods

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
    for manifests, options in ((rest, ()), (_pods(rest), ("--dry-run=server",))):
        done = cluster.apply(manifests, "--warnings-as-errors", *options)
        if manifests and done.returncode:
            return _problems(done.stderr)
    return []


def _pods(manifests: Sequence[Manifest]) -> list[Manifest]:
    """As a controller would make them: Pod Security refuses pods, and an account must exist."""
    return [
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": name(one), "namespace": one["metadata"]["namespace"], "labels": pod_labels(one)},
            "spec": pod(one),
        }
        for one in with_pods(manifests)
    ]


def _namespace(called: str) -> Manifest:
    labels = {f"pod-security.kubernetes.io/{level}": "restricted" for level in _LEVELS}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": called, "labels": labels}}


def _make_namespace(cluster: Cluster, namespace: Manifest) -> None:
    own = name(namespace)
    # A controller would make it, and none runs.
    account: Manifest = {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": "default", "namespace": own},
    }
    done = cluster.apply([namespace, account])
    if done.returncode:
        raise ToolFailed(f"namespace {own}: {done.stderr.strip()[-300:]}")


def _renamed(namespace: Manifest, called: str) -> Manifest:
    return {**namespace, "metadata": {**namespace["metadata"], "name": called}}


def _moved(manifest: Manifest, namespace: str) -> Manifest:
    found: dict[str, Any] = copy.deepcopy(manifest)
    if found.get("kind") == "Namespace":
        return _renamed(found, namespace)
    found.setdefault("metadata", {})["namespace"] = namespace
    return found


def _problems(said: str) -> list[str]:
    return [line for line in said.strip().splitlines() if line and "will be truncated" not in line]
