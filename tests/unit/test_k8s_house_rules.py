"""What must hold about the manifests beyond what Kubernetes itself wants to know."""

import copy
from collections.abc import Callable, Sequence
from typing import Any

import pytest
import yaml

from tests.unit.k8s_builders import a_good_set, a_way_out, a_worker
from tools.kubernetes.case import Manifest
from tools.kubernetes.generated import generated
from tools.kubernetes.house_rules import problems
from tools.kubernetes.mutation import Mutation, in_container, in_pod, put, with_variable
from tools.kubernetes.mutations import MUTATIONS


def test_a_set_that_keeps_to_all_rules_has_no_problems() -> None:
    assert problems(a_good_set()) == []
    assert problems([]) == []


def test_the_generated_topics_and_users_keep_to_them() -> None:
    made = [one for name in ("topics.yaml", "users.yaml") for one in yaml.safe_load_all(generated()[name])]
    assert problems([*a_good_set(), *made]) == []


@pytest.mark.parametrize(
    ("because", "kind", "change"),
    [
        ("has no ServiceAccount", "Deployment/journey-api", in_pod("serviceAccountName", value=None)),
        ("automount", "Deployment/journey-api", in_pod("automountServiceAccountToken", value=True)),
        ("runs no module", "Deployment/journey-api", in_container("command", value=["python3", "-m", "services.x"])),
        ("told to listen on 9999", "Deployment/journey-api", in_container("env", 0, "value", value="9999")),
        ("421", "Deployment/journey-api", in_container("readinessProbe", "httpGet", "httpHeaders", value=[])),
        ("readiness must ask", "Deployment/journey-api", in_container("readinessProbe", "httpGet", "path", value="/")),
        ("known to no", "Deployment/journey-api", put("spec", "template", "metadata", "labels", "ashiato/x", value="")),
        ("or it ends at once", "ConfigMap/settings", put("data", "ASHIATO_ACCESS_ISSUER", value=None)),
        ("nobody reads", "ConfigMap/settings", put("data", "ASHIATO_PARTITION", value="64")),
        ("belongs into a file", "ConfigMap/settings", put("data", "ASHIATO_REDIS", value="redis://:x@redis:6379")),
        (
            "belongs into a file",
            "Deployment/journey-api",
            with_variable({"name": "ASHIATO_KAFKA_PASSWORD", "value": "x"}),
        ),
        ("one per partition", "ScaledObject/journey", put("spec", "maxReplicaCount", value=65)),
        ("says `replicas`", "Deployment/journey-worker", put("spec", "replicas", value=3)),
    ],
)
def test_a_slip_is_named(because: str, kind: str, change: Callable[[Manifest], None]) -> None:
    everything, _ = Mutation("slip", kind, "", because, change).apply(a_good_set())
    assert any(because in problem for problem in problems(everything)), problems(everything)


@pytest.mark.parametrize(
    "opened",
    [
        a_way_out(to=[]),
        a_way_out(to=[{}]),
        a_way_out(to=[{"namespaceSelector": {}}]),
        a_way_out(to=[{"ipBlock": {"cidr": "0.0.0.0/0"}}]),
        a_way_out(to=[{"ipBlock": {"cidr": "::/0"}}]),
        a_way_out(ports=[]),
    ],
)
def test_a_way_out_to_everybody_is_named(opened: Manifest) -> None:
    rest = [one for one in a_good_set() if one["metadata"]["name"] != "to-kafka"]
    assert [problem for problem in problems([*rest, opened]) if "open" in problem]


@pytest.mark.parametrize("shape", [{}, {"spec": None}, {"spec": {"template": {}}}, {"spec": {"template": {"spec": 7}}}])
def test_what_cannot_be_read_does_not_pass_for_good(shape: dict[str, Any]) -> None:
    broken = {"kind": "Deployment", "metadata": {"name": "journey-worker"}, **shape}
    assert any("shape" in problem for problem in problems([broken]))


def test_every_mutation_has_a_name_of_its_own_and_changes_nothing_but_its_copy() -> None:
    assert len({one.name for one in MUTATIONS}) == len(MUTATIONS) >= 40
    before = a_good_set()
    given = copy.deepcopy(before)
    applicable = [one for one in MUTATIONS if _fits(one, given)]
    for one in applicable:
        one.apply(copy.deepcopy(given))
    assert given == before
    assert applicable


def _fits(one: Mutation, manifests: Sequence[Manifest]) -> bool:
    kind, _, name = one.what.partition("/")
    return one.step == "house rules" and any(
        each["kind"] == kind and each["metadata"]["name"].startswith(name) for each in manifests
    )


def test_what_a_mutation_cannot_find_is_an_error_and_no_success() -> None:
    with pytest.raises(LookupError, match="there is no Deployment/nobody"):
        Mutation("x", "Deployment/nobody", "schema", "x", put("spec", value={})).apply([a_worker()])
