"""The topic job against a real broker. Each test has a broker of its own, because the topics' names are fixed."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from aiokafka import AIOKafkaProducer

from shared.event_log.topics import CONTACT_EVENTS, DEAD_LETTERS, FLAGS, Topic, sized
from tools.stack import create_topics

if TYPE_CHECKING:
    from tests.conftest import NewName, OwnKafka
    from tools.stack import Kafka

ROOT = Path(__file__).parents[2]


def run(bootstrap: str, settings: Mapping[str, str]) -> tuple[int, str, str]:
    environment = {"PATH": os.environ["PATH"], "ASHIATO_KAFKA": bootstrap, **settings}
    command = [sys.executable, "-m", "shared.event_log.creation"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    return done.returncode, done.stdout, done.stderr


def test_it_creates_what_is_absent_once_and_finds_it_as_wanted_ever_after(own_kafka: OwnKafka) -> None:
    bootstrap, settings = own_kafka().bootstrap, {"ASHIATO_PARTITIONS": "3", "ASHIATO_TOPIC_COPIES": "1"}
    names = ", ".join(topic.name for topic in sized(3))
    assert run(bootstrap, settings) == (0, f"topics: created {names}\n", "")
    assert run(bootstrap, settings) == (0, "topics: all there\n", "")
    code, _, said = run(bootstrap, {**settings, "ASHIATO_PARTITIONS": "4"})
    assert (code, "contact.events.v1 has 3 partitions instead of 4" in said) == (1, True)


def test_a_topic_that_forgets_is_named_and_left_as_it_is(own_kafka: OwnKafka) -> None:
    bootstrap = own_kafka().bootstrap
    asyncio.run(create_topics(bootstrap, [topic for topic in sized(2) if not topic.name.startswith("contact.events")]))
    events = replace(sized(2)[0], config={"retention.ms": "604800000"})
    asyncio.run(create_topics(bootstrap, [events]))
    code, _, said = run(bootstrap, {"ASHIATO_PARTITIONS": "2", "ASHIATO_TOPIC_COPIES": "1"})
    assert code == 1
    assert "contact.events.v1 has retention.ms=604800000 instead of -1" in said


@pytest.mark.parametrize("topic", [CONTACT_EVENTS, FLAGS, DEAD_LETTERS])
async def test_a_sender_whose_clock_is_wrong_is_listened_to(topic: Topic, kafka: Kafka, new_topic: NewName) -> None:
    name, now = new_topic(topic.name), time.time_ns() // 1_000_000
    await create_topics(kafka.bootstrap, [replace(topic, name=name, partitions=1)])
    async with AIOKafkaProducer(bootstrap_servers=kafka.bootstrap) as producer:
        for number, hours in enumerate((-2, 2)):
            placed = await producer.send_and_wait(name, b"a fact", timestamp_ms=now + hours * 3_600_000)
            assert placed.offset == number


def test_more_copies_than_brokers_are_refused(own_kafka: OwnKafka) -> None:
    code, _, said = run(own_kafka().bootstrap, {"ASHIATO_PARTITIONS": "2"})
    assert (code, said) == (1, "topics: cannot create the topic contact.events.v1: InvalidReplicationFactorError\n")


def test_a_broker_that_does_not_answer_is_one_line(tmp_path: Path) -> None:
    code, _, said = run("127.0.0.1:1", {})
    assert (code, said.splitlines()[-1]) == (1, "topics: Kafka does not answer (KafkaConnectionError)")
