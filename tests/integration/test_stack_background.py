"""`make up` and `make down`: idempotent, on free ports when others are taken, and nothing is left running."""

import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from shared.event_log.topics import CONTACT_EVENTS, DIRECTORY, TOPICS
from tests.conftest import NewName
from tools.stack import Kafka, TopicsDiffer, background, create_topics, free_ports, pids
from tools.stack.__main__ import main
from tools.stack.background import Ports


@pytest.fixture
def state(server_folder: Path, new_tag: NewName) -> Iterator[Path]:
    """A state folder of its own, so that a developer's own stack is left alone."""
    folder = server_folder / new_tag("state")
    yield folder
    background.down(folder)


@pytest.fixture
def usual() -> Ports:
    """The ports that up() tries first."""
    clients, controller, redis = free_ports(3)
    return clients, controller, redis


def test_up_twice_is_one_stack_and_down_leaves_no_process(state: Path, usual: Ports) -> None:
    first = background.up(2, state, usual)
    assert first.answers
    assert background.up(2, state, usual) == first
    assert background.moved(first, usual) == []
    assert background.down(state)
    assert [pids.born(server.pid) for server in first.servers] == [None, None]
    assert not background.down(state)


def test_a_stack_that_lost_a_server_is_started_again_on_the_same_ports_and_data(state: Path, usual: Ports) -> None:
    first = background.up(2, state, usual)
    pids.end(first.servers[1].pid, first.servers[1].birth)
    assert not first.answers
    second = background.up(2, state, usual)
    assert second.answers
    assert second.ports == first.ports
    with pytest.raises(TopicsDiffer, match=r"contact\.events\.v1 has 2 partitions instead of 3"):
        background.up(3, state, usual)


def test_a_taken_port_is_left_to_its_owner_and_said(state: Path, usual: Ports) -> None:
    with socket.create_server(("127.0.0.1", usual[2])):
        started = background.up(2, state, usual)
    assert started.answers
    (sentence,) = background.moved(started, usual)
    assert f"Port {usual[2]} of 127.0.0.1 was taken" in sentence
    assert sentence.endswith(f"Valkey listens on {started.ports[2]}.")


def test_a_process_number_given_to_somebody_else_is_not_touched(state: Path, usual: Ports) -> None:
    stranger = background.up(2, state, usual).servers[0]
    pids.end(stranger.pid, "another birth")
    assert stranger.running


async def test_topics_are_created_once_with_their_settings(kafka: Kafka, new_topic: NewName) -> None:
    wanted = [replace(topic, name=new_topic(topic.name), partitions=3) for topic in TOPICS]
    assert await create_topics(kafka.bootstrap, wanted) == [topic.name for topic in wanted]
    assert await create_topics(kafka.bootstrap, wanted) == []


async def test_a_topic_with_another_partition_count_is_reported_and_left_alone(
    kafka: Kafka, new_topic: NewName
) -> None:
    events = replace(CONTACT_EVENTS, name=new_topic(), partitions=3)
    await create_topics(kafka.bootstrap, [events])
    other = replace(DIRECTORY, name=new_topic())
    with pytest.raises(TopicsDiffer, match=f"{events.name} has 3 partitions instead of 4"):
        await create_topics(kafka.bootstrap, [replace(events, partitions=4), other])
    assert await create_topics(kafka.bootstrap, [events, other]) == []


def test_a_failure_is_one_line_and_exit_code_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a file").touch()
    monkeypatch.setenv("ASHIATO_CACHE", str(tmp_path / "a file"))
    assert main(["fetch"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("error: cannot write the jars to ")
    assert said.count("\n") == 1
