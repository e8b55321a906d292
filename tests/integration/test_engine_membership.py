"""Workers as real processes: they join, leave, are killed, frozen, stopped. Nothing is lost, nothing stored twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import pytest

from tests.engine_fixtures.crew import Crew, a_crew, shared_by
from tests.waiting import eventually

if TYPE_CHECKING:
    from tests.conftest import NewName
    from tools.stack import Kafka, Valkey


@pytest.fixture
async def crew(kafka: Kafka, valkey: Valkey, new_topic: NewName, server_folder: Path) -> AsyncIterator[Crew]:
    async with a_crew(kafka, valkey, new_topic("engine"), server_folder) as crew:
        yield crew


async def test_what_is_committed_is_what_was_stored_and_a_stopped_worker_leaves_nothing_behind(crew: Crew) -> None:
    worker = crew.hire()
    await crew.serving()
    async with crew.under_load():
        await crew.grown(4000)
        assert await asyncio.to_thread(worker.stop, 20.0) == 0
        positions = {partition: beat.next for partition, beat in (await crew.beats()).items()}
        assert await crew.committed() == positions
        assert "partition.cancelled" not in worker.output()
        crew.hire()
        await crew.grown(1000)
    await crew.drained()
    ends = await crew.log.end_offsets(crew.name)
    await eventually(lambda: committed_is(crew, ends))
    assert await crew.stored_equals_log() > 5000


async def committed_is(crew: Crew, ends: dict[int, int]) -> bool:
    return await crew.committed() == ends


async def test_one_joins_and_one_leaves_under_load(crew: Crew) -> None:
    first = crew.hire()
    await crew.serving()
    async with crew.under_load():
        second = crew.hire()
        await shared_by(first, second)
        await crew.grown(2000)
        assert await asyncio.to_thread(first.stop, 20.0) == 0
        await crew.grown(2000)
    await crew.drained()
    assert await crew.stored_equals_log() > 4000


async def test_a_killed_worker_is_replaced_by_the_others(crew: Crew) -> None:
    first, second = crew.hire(), crew.hire()
    await shared_by(first, second)
    await crew.serving()
    async with crew.under_load():
        await crew.grown(1000)
        await asyncio.to_thread(first.kill)
        await shared_by(second)
        await crew.grown(2000)
        await asyncio.to_thread(second.kill)
        third = crew.hire()
        await crew.grown(2000)
    await crew.drained()
    assert await crew.stored_equals_log() > 5000
    assert third.running


async def test_a_zombie_is_fenced(crew: Crew) -> None:
    zombie = crew.hire()
    await crew.serving()
    other = crew.hire()
    await shared_by(zombie, other)
    async with crew.under_load():
        await crew.grown(1000)
        zombie.freeze()
        await shared_by(other)
        await crew.grown(2000)
        zombie.thaw()
        await eventually(lambda: "partition.gone" in zombie.output(), 20.0)
        await crew.grown(2000)
    await crew.drained()
    assert '"refusal":"Fenced"' in zombie.output()
    assert await crew.stored_equals_log() > 5000


async def test_a_silent_partition_is_answered_soon_and_so_keeps_no_other_waiting(crew: Crew) -> None:
    """One fetch at a time is on its way to a broker: whoever is left out of it waits until it is answered."""
    crew.hire()
    await crew.serving()
    ages: dict[float, float] = {}

    async def told_often() -> bool:
        beat = (await crew.beats())[0]
        assert beat.as_of is not None
        ages[beat.at] = beat.at - beat.as_of  # of a partition read to its end: since a fetch was last answered
        return len(ages) >= 15

    await eventually(told_often, 20.0)
    assert median(ages.values()) < 0.4  # Faust lets the broker wait for 1.5 s
