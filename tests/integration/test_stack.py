"""The local servers answer, keep their data over a kill, and die with whoever started them."""

import asyncio
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from redis.asyncio import Redis
from redis.exceptions import OutOfMemoryError

from tests.conftest import NewName, OwnKafka, OwnValkey
from tests.waiting import eventually
from tools.stack import Kafka, Process, Valkey, free_ports, is_free

LIBRARY = """#!lua name=greeting
redis.register_function('greet', function(keys, arguments) return redis.call('SET', keys[1], arguments[1]) end)
"""


async def create(bootstrap: str, topic: str, copies: int = 1) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        answer = await admin.create_topics([NewTopic(topic, 1, copies)])
        assert [code for _, code, *_ in answer.topic_errors] == [0]
    finally:
        await admin.close()


async def publish(bootstrap: str, topic: str, *values: bytes) -> None:
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True) as producer:
        for value in values:
            await producer.send_and_wait(topic, value)


async def read(bootstrap: str, topic: str, count: int) -> list[bytes | None]:
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    async with consumer, asyncio.timeout(20):
        return [(await consumer.getone()).value for _ in range(count)]


async def test_a_broker_takes_and_gives_back_messages(kafka: Kafka, new_topic: NewName) -> None:
    topic = new_topic()
    await create(kafka.bootstrap, topic)
    await publish(kafka.bootstrap, topic, b"one", b"two")
    assert await read(kafka.bootstrap, topic, 2) == [b"one", b"two"]


async def test_a_broker_keeps_acknowledged_messages_over_a_kill_and_a_restart(
    own_kafka: OwnKafka, new_topic: NewName
) -> None:
    kafka, topic = own_kafka(), new_topic()
    await create(kafka.bootstrap, topic)
    await publish(kafka.bootstrap, topic, b"before the kill")
    kafka.kill()
    assert not kafka.running
    await asyncio.to_thread(kafka.start)
    await publish(kafka.bootstrap, topic, b"after the kill")
    await asyncio.to_thread(kafka.restart)
    assert await read(kafka.bootstrap, topic, 2) == [b"before the kill", b"after the kill"]


async def test_two_of_three_brokers_go_on_and_the_third_comes_back_with_an_empty_disk(
    own_kafka: OwnKafka, new_topic: NewName
) -> None:
    kafka, topic = await asyncio.to_thread(own_kafka, 3), new_topic()
    await create(kafka.bootstrap, topic, copies=3)
    await publish(kafka.bootstrap, topic, b"with three")
    kafka.nodes[0].erase()
    await publish(kafka.bootstrap, topic, b"with two")
    await asyncio.to_thread(kafka.start)
    await eventually(lambda: topic_copies(kafka, topic, 3), 30, what="the empty broker has caught up")
    assert await read(kafka.bootstrap, topic, 2) == [b"with three", b"with two"]


async def topic_copies(kafka: Kafka, topic: str, count: int) -> bool:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    await admin.start()
    try:
        (described,) = await admin.describe_topics([topic])
        return all(len(partition["isr"]) == count for partition in described["partitions"])
    finally:
        await admin.close()


async def run(valkey: Valkey, *command: str) -> object:
    """Over a connection of its own: the server may have been restarted."""
    redis: Any
    async with Redis.from_url(valkey.url) as redis:
        return await redis.execute_command(*command)


async def test_valkey_runs_functions(valkey: Valkey, new_tag: NewName) -> None:
    async with Redis.from_url(valkey.url) as redis:
        await redis.function_load(LIBRARY, replace=True)
        key = f"{{{new_tag()}}}:word"
        await redis.fcall("greet", 1, key, "good day")
        assert await redis.get(key) == b"good day"


async def test_a_killed_valkey_comes_back_empty_on_the_same_port(own_valkey: OwnValkey) -> None:
    valkey = own_valkey()
    await run(valkey, "SET", "word", "gone")
    valkey.kill()
    valkey.start()
    assert await run(valkey, "GET", "word") is None


async def test_a_restarted_valkey_comes_back_with_its_last_dump_unless_its_disk_was_lost(own_valkey: OwnValkey) -> None:
    valkey = own_valkey()
    await run(valkey, "SET", "word", "kept")
    await run(valkey, "SAVE")
    valkey.restart()
    assert await run(valkey, "GET", "word") == b"kept"
    valkey.restart(empty=True)
    assert await run(valkey, "GET", "word") is None


async def test_a_full_valkey_refuses_writes_rather_than_evict(own_valkey: OwnValkey) -> None:
    valkey = own_valkey({"maxmemory": "3mb"})
    with pytest.raises(OutOfMemoryError):
        await fill(valkey)
    assert await run(valkey, "EXISTS", "key-0")


async def fill(valkey: Valkey) -> None:
    async with Redis.from_url(valkey.url) as redis:
        for number in range(100):
            await redis.set(f"key-{number}", b"x" * 100_000)


async def test_a_frozen_process_still_stops(own_valkey: OwnValkey) -> None:
    valkey = own_valkey()
    valkey.freeze()
    assert valkey.stop() == 0


PARENT = """
import sys, threading
from pathlib import Path
from typing import Any
from tools.stack import Process
process = Process("sleeper", ["/bin/sleep", "600"], log=Path(sys.argv[1]) / "sleeper.log")
starter = threading.Thread(target=process.start)
starter.start(); starter.join()
assert process.running
print(process.pid, flush=True)
sys.stdin.read()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux kills children with their parent")
async def test_a_child_dies_with_a_killed_parent_but_not_with_the_thread_that_started_it(tmp_path: Path) -> None:
    command = [sys.executable, "-c", textwrap.dedent(PARENT), str(tmp_path)]
    parent = await asyncio.create_subprocess_exec(*command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert parent.stdout is not None
    child = int(await parent.stdout.readline())
    assert alive(child)
    parent.kill()
    await parent.wait()
    await eventually(lambda: not alive(child))


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(") ")[2][0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_a_process_that_ends_early_says_why(tmp_path: Path) -> None:
    process = Process("greeter", ["/bin/sh", "-c", "echo no such luck; exit 7"], log=tmp_path / "greeter.log")
    process.start()
    with pytest.raises(Exception, match=r"greeter ended with exit code 7[\s\S]*no such luck"):
        process.wait_until(lambda: False, within=10)
    assert process.exit_code == 7


def test_a_process_that_never_answers_meets_its_deadline(tmp_path: Path) -> None:
    process = Process("mute", ["/bin/sleep", "600"], log=tmp_path / "mute.log")
    process.start()
    with pytest.raises(Exception, match=r"mute did not answer within 0\.1 s"):
        process.wait_until(lambda: False, within=0.1)
    process.kill()
    assert process.exit_code == -9


def test_free_ports_are_different_and_a_taken_port_is_not_free(valkey: Valkey) -> None:
    assert len(set(free_ports(20))) == 20
    assert not is_free(valkey.port)
    assert all(port < 32_768 for port in free_ports(20))


def test_servers_listen_on_loopback_only(valkey: Valkey, kafka: Kafka) -> None:
    assert valkey.url.startswith("redis://127.0.0.1:")
    assert kafka.bootstrap.startswith("127.0.0.1:")
    assert os.path.exists(kafka.nodes[0].log)
