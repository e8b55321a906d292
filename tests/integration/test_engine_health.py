"""What real workers answer to who keeps them running."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from shared.stream import State
from tests.engine_fixtures.crew import PARTITIONS, Crew, a_crew
from tests.waiting import eventually
from tools.stack import free_ports

if TYPE_CHECKING:
    from tests.conftest import NewName, OwnKafka, OwnValkey
    from tools.stack import Kafka, Valkey


async def asked(port: int, word: str) -> tuple[int, list[str]]:
    """Status and reasons; (0, []) while nobody listens."""
    async with httpx.AsyncClient(trust_env=False) as client:
        try:
            answer = await client.get(f"http://127.0.0.1:{port}/health/{word}")
        except httpx.TransportError:
            return 0, []
    return answer.status_code, answer.json().get("why", [])


async def ready(port: int) -> bool:
    return (await asked(port, "ready"))[0] == 200


async def test_each_of_five_workers_on_four_partitions_becomes_ready_the_spare_one_too(
    kafka: Kafka, valkey: Valkey, new_topic: NewName, server_folder: Path
) -> None:
    async with a_crew(kafka, valkey, new_topic("engine"), server_folder) as crew:
        ports = free_ports(PARTITIONS + 1)
        for port in ports:
            crew.hire(health_port=port)
        for port in ports:
            await eventually(lambda port=port: ready(port), 40.0)  # type: ignore[misc]


async def test_a_broken_rule_makes_a_worker_unready_and_leaves_it_alive(
    kafka: Kafka, valkey: Valkey, new_topic: NewName, server_folder: Path
) -> None:
    async with a_crew(kafka, valkey, new_topic("engine"), server_folder) as crew:
        [port] = free_ports(1)
        worker = crew.hire(health_port=port, poison=b"poison")
        await eventually(lambda: ready(port), 30.0)
        await crew.send(1, b"poison", partition=2)
        await eventually(lambda: says(port, "ready", [f"partition 2 is {State.PAUSED} (ZeroDivisionError)"]))
        assert await asked(port, "live") == (200, [])
        assert await asyncio.to_thread(worker.stop, 20.0) == 0


async def test_kafka_away_at_the_start_or_later_is_no_reason_to_restart(
    own_kafka: OwnKafka, own_valkey: OwnValkey, new_topic: NewName, server_folder: Path
) -> None:
    kafka = own_kafka()
    async with a_crew(kafka, own_valkey(), new_topic("engine"), server_folder) as crew:
        [port] = free_ports(1)
        await asyncio.to_thread(kafka.stop)
        crew.hire(health_port=port)
        await eventually(lambda: says(port, "ready", ["the group has not given out partitions yet"]), 30.0)
        assert await asked(port, "live") == (200, [])
        await asyncio.to_thread(kafka.start)
        await eventually(lambda: ready(port), 40.0)
        await the_store_shows_progress(crew)
        assert await asked(port, "live") == (200, [])


async def says(port: int, word: str, why: list[str]) -> bool:
    return (await asked(port, word)) == (503, why)


async def the_store_shows_progress(crew: Crew) -> None:
    await crew.send(100)
    await crew.drained()
