"""Real servers for the suite: started when the first test asks, shared by all, gone at the end.

`kafka` and `valkey` are shared: a test keeps to topics and service tags of its own (`new_topic`, `new_tag`) and never
stops them. A test that kills its server asks for one of its own (`own_kafka`, `own_valkey`).
"""

import os
import shutil
import uuid
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

import pytest

from tools.stack import Kafka, Valkey

pytest_plugins = ["tests.figures", "tests.scheduling"]

# Below the checkout rather than in /tmp, which is memory on many machines; Kafka's log wants a real file system.
_STATE = Path(__file__).resolve().parents[1] / ".state" / "tests"


class OwnKafka(Protocol):
    """Start a broker (or three) for one test."""

    def __call__(self, brokers: int = 1) -> Kafka: ...


class OwnValkey(Protocol):
    """Start a Valkey for one test; `options` by Valkey's own names, e.g. {"maxmemory": "20mb"}."""

    def __call__(self, options: Mapping[str, str] | None = None) -> Valkey: ...


class NewName(Protocol):
    """A name nobody else uses, which begins with `stem`."""

    def __call__(self, stem: str = ...) -> str: ...


@pytest.fixture(scope="session")
def server_folder(request: pytest.FixtureRequest) -> Iterator[Path]:
    """Data and logs of this session's servers. Kept when a test failed, until a later session sweeps it away."""
    _sweep()
    folder = _STATE / str(os.getpid())
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    yield folder
    if not request.session.testsfailed:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def kafka(server_folder: Path) -> Iterator[Kafka]:
    """One broker for the session: `.bootstrap`."""
    with Kafka(server_folder / "kafka") as running:
        yield running


@pytest.fixture(scope="session")
def valkey(server_folder: Path) -> Iterator[Valkey]:
    """One Valkey for the session: `.url`, `.port`."""
    with Valkey(server_folder / "valkey") as running:
        yield running


@pytest.fixture
def own_kafka(server_folder: Path) -> Iterator[OwnKafka]:
    """`own_kafka()` or `own_kafka(brokers=3)`: running, to be killed and restarted as the test likes."""
    with ExitStack() as servers:

        def start(brokers: int = 1) -> Kafka:
            return servers.enter_context(Kafka(server_folder / f"kafka-{uuid.uuid4().hex[:8]}", brokers=brokers))

        yield start


@pytest.fixture
def own_valkey(server_folder: Path) -> Iterator[OwnValkey]:
    """`own_valkey()`: running, to be killed, emptied and restarted as the test likes."""
    with ExitStack() as servers:

        def start(options: Mapping[str, str] | None = None) -> Valkey:
            return servers.enter_context(Valkey(server_folder / f"valkey-{uuid.uuid4().hex[:8]}", options=options))

        yield start


@pytest.fixture
def new_topic() -> NewName:
    """`new_topic("contact.events")` -> a topic name nobody else uses; it does not create the topic."""
    return _new_name


@pytest.fixture
def new_tag() -> NewName:
    """`new_tag("journey")` -> a service tag (the prefix of a projection's keys) nobody else uses."""
    return _new_name


def _new_name(stem: str = "test") -> str:
    return f"{stem}-{uuid.uuid4().hex[:10]}"


def _sweep() -> None:
    """Delete what earlier sessions left, of those that no longer run."""
    for left in _STATE.glob("*") if _STATE.exists() else ():
        if not _alive(int(left.name)):
            shutil.rmtree(left, ignore_errors=True)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
