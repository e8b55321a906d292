"""The command line on a real broker: an import, its repetition, flags as they come, dead letters, the doctor."""

import asyncio
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from shared.event_log.dead_letters import set_aside
from shared.event_log.kafka import KafkaLog
from shared.event_log.log import Message, Record, partition_of
from shared.event_log.topics import CONTACT_EVENTS
from tests.conftest import OwnValkey
from tests.unit.test_cli_work_lists import a_flag
from tools.cli.main import main
from tools.cli.output import Output
from tools.cli.settings import CliSettings
from tools.cli.world import World
from tools.stack import Kafka, create_topics

PARTITIONS = 4
SAMPLES = Path(__file__).resolve().parents[2] / "samples" / "mappings"
HEADER = "Ticket;Changed;Seq;Team;Status;Account;Product\n"


class Ran(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture(scope="module")
def broker(server_folder: Path) -> Iterator[str]:
    """With the product's own topics, which a shared broker must not have."""
    with Kafka(server_folder / "kafka-cli") as running:
        asyncio.run(create_topics(running.bootstrap, partitions=PARTITIONS))
        yield running.bootstrap


def ashiato(broker: str, *arguments: str) -> Ran:
    out, err = io.StringIO(), io.StringIO()
    code = main(
        arguments, World(CliSettings(kafka=broker, routing_port=1, journey_port=1, followup_port=1), Output(out, err))
    )
    return Ran(code, out.getvalue(), err.getvalue())


def on_the_log(broker: str, topic: str = CONTACT_EVENTS.name) -> list[Record]:
    async def read() -> list[Record]:
        log = KafkaLog(broker)
        try:
            ends = await log.end_offsets(topic)
            return [
                record
                for partition, end in ends.items()
                async for records in log.read(topic, partition, 0, end)
                for record in records
            ]
        finally:
            await log.stop()

    return asyncio.run(read())


def append(broker: str, *messages: Message) -> None:
    async def write() -> None:
        log = KafkaLog(broker)
        await log.start()
        await log.append(messages)
        await log.stop()

    asyncio.run(write())


def an_export(folder: Path, rows: int) -> Path:
    file = folder / "export.csv"
    lines = (f"T-{n % 700};02.03.2025 09:00;{n};Team {n % 3};open;ACC-{n % 90};tv\n" for n in range(rows))
    file.write_text(HEADER + "".join(lines))
    return file


def test_an_import_reaches_kafka_whole_and_again_without_harm(broker: str, tmp_path: Path) -> None:
    arguments = ("import", "incidents", str(an_export(tmp_path, 3_000)), "--json")
    mapping = ("--mapping", str(SAMPLES / "example-helpdesk.toml"))

    first = ashiato(broker, *arguments, *mapping)
    once = on_the_log(broker)
    again = ashiato(broker, *arguments, *mapping)
    twice = on_the_log(broker)

    assert (first.code, again.code) == (0, 0)
    assert json.loads(first.out)["accepted"] == len(once) == 3_700
    assert len(twice) == 2 * len(once)
    assert {record.value for record in twice} == {record.value for record in once}
    assert all(record.partition == partition_of(record.key, PARTITIONS) for record in once)
    assert _in_order(once)


def _in_order(records: list[Record]) -> bool:
    times: dict[bytes | None, list[str]] = {}
    for record in records:
        times.setdefault(record.key, []).append(f"{json.loads(record.value or b'')['time']:0<27}".replace("Z", "."))
    return all(found == sorted(found) for found in times.values())


def test_flags_are_followed_on_the_topic(broker: str) -> None:
    append(broker, a_flag(1), a_flag(2, "runaround"))

    ran = ashiato(broker, "flags", "--follow", "--from-start", "--limit", "2")

    assert ran.code == 0
    assert [line.split()[2] for line in ran.out.splitlines()] == ["ping_pong", "runaround"]


def test_dead_letters_are_listed_and_sent_again(broker: str) -> None:
    original = Record(CONTACT_EVENTS.name, 0, 4_711, 0, b"crm:7", b"not json")
    append(broker, set_aside(original, "not_json", "it is no JSON"))
    name = f"{CONTACT_EVENTS.name}:0:4711"

    listed = ashiato(broker, "dead-letters", "list", "--json")
    retried = ashiato(broker, "dead-letters", "retry", name, "--yes")

    assert [json.loads(line)["id"] for line in listed.out.splitlines()] == [name]
    assert retried.code == 0
    [record] = [record for record in on_the_log(broker) if record.value == b"not json"]
    assert (record.key, record.partition) == (b"crm:7", partition_of(b"crm:7", PARTITIONS))


def test_the_doctor_knows_the_broker_and_the_store(
    broker: str, valkey_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASHIATO_REDIS", valkey_url)

    ran = ashiato(broker, "doctor", "--json")

    found = {(one["subject"], one["state"], one["told"]) for one in json.loads(ran.out)}
    told = {subject: text for subject, _, text in found if "answers" in text or "Valkey" in text}
    assert "Kafka 4 or newer, 1 broker" in told["Kafka"]
    assert "Redis of journey" in told
    assert (f"topic {CONTACT_EVENTS.name}", "ok", f"{PARTITIONS} partitions") in found
    assert ("routing api", "error") in {(subject, state) for subject, state, _ in found}
    assert ran.code == 1


@pytest.fixture
def valkey_url(own_valkey: OwnValkey) -> str:
    """One that forgets when it is full would be a finding; by default it does not."""
    return own_valkey().url


def test_the_doctor_finds_a_store_that_forgets(
    broker: str, own_valkey: OwnValkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASHIATO_REDIS", own_valkey({"maxmemory-policy": "allkeys-lru"}).url)

    told = json.loads(ashiato(broker, "doctor", "--json").out)

    assert any("noeviction" in one["mend"] and one["state"] == "error" for one in told)
