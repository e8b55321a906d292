"""NetworkPolicies: nothing passes, then label by label."""

from collections.abc import Iterator, Sequence
from typing import Any

from tools.kubernetes.case import Manifest
from tools.kubernetes.manifests import name, of_kind, pod_labels, with_pods


def everything_is_denied_first(manifests: Sequence[Manifest]) -> Iterator[str]:
    policies = [one["spec"] for one in of_kind(manifests, "NetworkPolicy")]
    if with_pods(manifests) and not any(_denies_all(spec) for spec in policies):
        yield "no NetworkPolicy denies everything to every pod"


def _denies_all(spec: dict[str, Any]) -> bool:
    types = {"Ingress", "Egress"}
    return (
        spec.get("podSelector") == {}
        and set(spec.get("policyTypes", [])) == types
        and not {"ingress", "egress"} & set(spec)
    )


def nothing_is_opened_to_everybody(manifests: Sequence[Manifest]) -> Iterator[str]:
    for policy in of_kind(manifests, "NetworkPolicy"):
        for direction, peers in (("ingress", "from"), ("egress", "to")):
            for rule in policy["spec"].get(direction, []):
                if not rule.get(peers) or {} in rule[peers] or any(_anywhere(peer) for peer in rule[peers]):
                    yield f"NetworkPolicy {name(policy)}: {direction} is open to everybody"
                if not rule.get("ports"):
                    yield f"NetworkPolicy {name(policy)}: {direction} opens every port"


def _anywhere(peer: dict[str, Any]) -> bool:
    """An empty selector of namespaces is all of them; /0 is the world."""
    everywhere = peer.get("namespaceSelector") == {} and not peer.get("podSelector")
    return everywhere or str(peer.get("ipBlock", {}).get("cidr", "")).endswith("/0")


def labels_open_something(manifests: Sequence[Manifest]) -> Iterator[str]:
    """`ashiato/reaches-...` on a pod that no policy knows is a slip of the pen."""
    known = {
        key
        for policy in of_kind(manifests, "NetworkPolicy")
        for key in policy["spec"].get("podSelector", {}).get("matchLabels", {})
    }
    for one in with_pods(manifests):
        for label in pod_labels(one):
            if label.startswith("ashiato/") and label not in known:
                yield f"{name(one)}: the label {label} is known to no NetworkPolicy"
