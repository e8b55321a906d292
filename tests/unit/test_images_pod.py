"""What a pod of the images' check is made of: the manifest's word, files under the names that it gives them."""

from typing import Any

import pytest

from tests.images import pod
from tools.kubernetes.case import Manifest

_SOURCES = [
    {"secret": {"name": "journey-api-settings"}},
    {"configMap": {"name": "authorities", "optional": True}},
    {"secret": {"name": "ashiato-journey-api", "items": [{"key": "password", "path": "ASHIATO_KAFKA_PASSWORD"}]}},
]
_CONTENTS = {
    "journey-api-settings": {"ASHIATO_REDIS": "rediss://somewhere"},
    "ashiato-journey-api": {"password": "hunter2", "sasl.jaas.config": "hunter2 again"},
}


def a_deployment() -> Manifest:
    main: dict[str, Any] = {
        "image": "registry.example/ashiato/journey@sha256:00",
        "command": ["python3", "-m", "services.journey.api"],
        "env": [{"name": "PORT", "value": "8081"}, {"name": "HOST", "value": "0.0.0.0"}],  # noqa: S104
    }
    volumes = [{"name": "secrets", "projected": {"sources": _SOURCES}}, {"name": "tmp", "emptyDir": {}}]
    spec = {"template": {"spec": {"containers": [main], "volumes": volumes}}}
    return {"kind": "Deployment", "metadata": {"name": "journey-api"}, "spec": spec}


def test_files_are_named_as_the_manifest_names_them() -> None:
    found = pod.of(a_deployment(), {}, _CONTENTS)
    assert found.files == {"ASHIATO_REDIS": "rediss://somewhere", "ASHIATO_KAFKA_PASSWORD": "hunter2"}
    with_authorities = pod.of(a_deployment(), {}, {**_CONTENTS, "authorities": {"kafka-ca.crt": "PEM"}})
    assert with_authorities.files["kafka-ca.crt"] == "PEM"


def test_a_secret_that_is_not_there_keeps_the_pod_from_starting() -> None:
    with pytest.raises(KeyError, match="ashiato-journey-api"):
        pod.of(a_deployment(), {}, {"journey-api-settings": {}})


def test_a_containers_own_variables_go_before_the_common_ones() -> None:
    found = pod.of(a_deployment(), {"HOST": "127.0.0.1", "KAFKA": "k:9093"}, _CONTENTS, {"PORT": "1234"})
    assert found.environment == {"HOST": "0.0.0.0", "KAFKA": "k:9093", "PORT": "1234"}  # noqa: S104
    assert (found.name, found.service, found.command[-1]) == ("journey-api", "journey", "services.journey.api")


def test_the_settings_are_found_by_the_beginning_of_their_name() -> None:
    manifests = [{"kind": "ConfigMap", "metadata": {"name": "settings-5kdhc7k7t8"}, "data": {"A": "1"}}]
    assert pod.settings_of(manifests) == {"A": "1"}
