"""What a worker answers to who keeps it running."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

import httpx
import pytest

from shared.event_log.log import Record
from shared.projection.memory import MemoryProjection
from shared.settings import WorkerSettings
from shared.stream import EngineSettings, EngineStatus, Lease, PartitionStatus, State
from shared.stream.health import HealthPortTaken, HealthServer, HealthSettings, Vitals, not_live, not_ready
from shared.stream.memory import MemoryStream
from tests.engine_fixtures.diary import Diary
from tests.engine_fixtures.things import TOPIC, a_log, numbers
from tests.waiting import eventually
from tools.stack import free_ports

SETTINGS = HealthSettings(stuck_after=timedelta(seconds=60), ready_behind=100)


def a_partition(
    state: State = State.RUNNING,
    *,
    reason: str = "",
    position: int | None = 50,
    end: int | None = 50,
    still_for: float = 0.1,
) -> PartitionStatus:
    return PartitionStatus(3, state, reason, position, end, None, still_for)


def vitals(*partitions: PartitionStatus, joined: bool = True, stopping: bool = False) -> Vitals:
    return Vitals(EngineStatus(partitions), joined, stopping)


@pytest.mark.parametrize("state", State)
def test_a_partition_in_trouble_is_no_reason_to_restart_as_long_as_its_loop_comes_round(state: State) -> None:
    assert not_live(vitals(a_partition(state, position=None)), SETTINGS) == []


def test_a_loop_that_stands_still_is() -> None:
    assert not_live(vitals(a_partition(), a_partition(still_for=75)), SETTINGS) == [
        "partition 3 has not moved for 75 s"
    ]


def test_a_worker_that_waits_for_kafka_is_alive_and_not_ready() -> None:
    waiting = vitals(joined=False)
    assert not_live(waiting, SETTINGS) == []
    assert not_ready(waiting, SETTINGS) == ["the group has not given out partitions yet"]


def test_a_heart_beats_four_times_in_a_session() -> None:
    settings = EngineSettings.of(WorkerSettings(session_timeout=timedelta(seconds=20)))
    assert (settings.session_timeout, settings.heartbeat_every) == (20.0, 5.0)
    assert EngineSettings.of(WorkerSettings()) == EngineSettings()


def test_a_spare_worker_without_partitions_is_ready() -> None:
    assert not_ready(vitals(), SETTINGS) == []


@pytest.mark.parametrize(
    ("partition", "why"),
    [
        (a_partition(State.PAUSED, reason="ZeroDivisionError"), "partition 3 is paused (ZeroDivisionError)"),
        (a_partition(State.RETRYING, reason="LogUnavailable"), "partition 3 is retrying (LogUnavailable)"),
        (a_partition(State.STARTING), "partition 3 is starting"),
        (a_partition(State.GONE), "partition 3 is gone"),
        (a_partition(position=50, end=151), "partition 3 is 101 records behind"),
        (a_partition(State.REBUILDING, position=0, end=500), "partition 3 is 500 records behind"),
        (a_partition(end=None), "partition 3: its end is not known yet"),
    ],
)
def test_each_partition_must_be_read_and_nearly_caught_up(partition: PartitionStatus, why: str) -> None:
    assert not_ready(vitals(a_partition(), partition), SETTINGS) == [why]


def test_a_few_records_behind_is_ready() -> None:
    assert not_ready(vitals(a_partition(position=50, end=150)), SETTINGS) == []


def test_who_is_stopping_is_not_ready_and_is_left_alive() -> None:
    stopping = vitals(a_partition(), stopping=True)
    assert not_ready(stopping, SETTINGS) == ["it is stopping"]
    assert not_live(stopping, SETTINGS) == []


def test_a_services_own_trouble_counts() -> None:
    assert not_ready(vitals()._replace(trouble="the clock is off"), SETTINGS) == ["the clock is off"]


class Stuck(Diary):
    """Its rule never comes back: what a deadlock looks like."""

    async def handle(self, _lease: Lease, _records: Sequence[Record]) -> None:
        await asyncio.Event().wait()


class SlowToBegin(Diary):
    """Reads what was said before, for as long as it takes."""

    async def begin(self, lease: Lease) -> None:
        await super().begin(lease)
        await asyncio.Event().wait()


async def test_a_handler_that_never_returns_shows_as_a_loop_that_stands_still() -> None:
    log = a_log()
    await log.append(numbers(1))
    async with MemoryStream(log, MemoryProjection(), TOPIC) as stream:
        worker = await stream.join(Stuck())
        await eventually(lambda: not_live(Vitals(worker.status), HealthSettings(stuck_after=timedelta(seconds=0.2))))


async def test_an_idle_loop_and_a_paused_one_come_round() -> None:
    log = a_log()
    async with MemoryStream(log, MemoryProjection(), TOPIC) as stream:
        began = time.monotonic()
        worker = await stream.join(Diary(poison=b"0"))
        await eventually(lambda: worker.engine.ticks[0] > 20)
        assert worker.status.partitions[0].still_for < time.monotonic() - began
        await log.append(numbers(1))
        await eventually(lambda: worker.status.partitions[0].state is State.PAUSED)
        paused = time.monotonic()
        await eventually(lambda: worker.status.partitions[0].still_for < time.monotonic() - paused)


async def test_a_long_beginning_is_not_standing_still() -> None:
    handler = SlowToBegin()
    async with MemoryStream(a_log(), MemoryProjection(), TOPIC) as stream:
        worker = await stream.join(handler)
        await eventually(lambda: handler.begun)
        assert worker.status.partitions[0].still_for == 0.0


@asynccontextmanager
async def serving(now: list[Vitals]) -> AsyncIterator[httpx.AsyncClient]:
    [port] = free_ports(1)
    server = HealthServer(HealthSettings(port=port, stuck_after=timedelta(seconds=60)), lambda: now[-1])
    await server.start()
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            yield client
    finally:
        await server.stop()


async def test_it_answers_200_or_503_and_says_why() -> None:
    now = [vitals(a_partition())]
    async with serving(now) as client:
        for word in ("live", "ready"):
            answer = await client.get(f"/health/{word}")
            assert (answer.status_code, answer.json()) == (200, {word: True})
        now.append(vitals(a_partition(State.PAUSED, still_for=75)))
        for word, why in (("live", "partition 3 has not moved for 75 s"), ("ready", "partition 3 is paused")):
            answer = await client.get(f"/health/{word}")
            assert (answer.status_code, answer.json()) == (503, {word: False, "why": [why]})
        assert (await client.get("/")).status_code == 404


async def test_a_port_that_is_taken_names_the_setting_to_change() -> None:
    async with serving([vitals()]) as client:
        again = HealthServer(HealthSettings(port=client.base_url.port or 0), vitals)
        with pytest.raises(HealthPortTaken, match="another health_port"):
            await again.start()


async def test_without_a_port_nothing_listens() -> None:
    server = HealthServer(HealthSettings(), vitals)
    await server.start()
    await server.stop()
