"""A refused or unanswered save: who may go on, and from where."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import pytest

from shared.event_log.log import Record
from shared.event_log.memory import MemoryLog
from shared.projection.memory import MemoryProjection
from shared.stream import Lease, State
from shared.stream.memory import Fault, MemoryStream
from tests.engine_fixtures.diary import Begun, Diary, entries
from tests.engine_fixtures.things import TOPIC, a_log, beat, numbers, values
from tests.waiting import eventually


@pytest.fixture
def log() -> MemoryLog:
    return a_log()


@pytest.fixture
def projection() -> MemoryProjection:
    return MemoryProjection()


@pytest.fixture
async def stream(log: MemoryLog, projection: MemoryProjection) -> AsyncIterator[MemoryStream]:
    async with MemoryStream(log, projection, TOPIC, chunk_size=10) as stream:
        yield stream


async def test_a_zombie_finds_its_saves_refused_and_gives_up(
    log: MemoryLog, projection: MemoryProjection, stream: MemoryStream
) -> None:
    zombie = await stream.join(Diary())
    await stream.settled()
    zombie.freeze()
    await log.append(numbers(50))
    await stream.drop(zombie)
    await stream.join(Diary())
    await stream.settled()
    zombie.thaw()
    await eventually(lambda: zombie.status.partitions[0].state is State.GONE)
    await log.append(numbers(50, 50))
    await stream.settled()
    assert await entries(projection, 0) == values(100)


async def test_an_owner_whose_token_a_zombie_has_taken_takes_it_back(
    log: MemoryLog, projection: MemoryProjection, stream: MemoryStream
) -> None:
    diary = Diary()
    await stream.join(diary)
    await log.append(numbers(50))
    await stream.settled()
    await projection.claim(0)
    await log.append(numbers(50, 50))
    await stream.settled()
    assert await entries(projection, 0) == values(100)
    assert diary.begun[-1] == Begun(0, diary.begun[-1].next, None)
    assert len(diary.begun) == 2


async def test_a_store_restored_from_an_older_copy_is_brought_up_to_date(
    log: MemoryLog, projection: MemoryProjection, stream: MemoryStream
) -> None:
    diary = Diary()
    await stream.join(diary)
    await log.append(numbers(30))
    await stream.settled()
    older = projection.snapshot()
    await log.append(numbers(30, 30))
    await stream.settled()
    projection.restore(older)
    await eventually(lambda: len(diary.begun) == 2)
    await stream.settled()
    assert diary.begun[1] == Begun(0, 30, 60)
    assert await entries(projection, 0) == values(60)
    assert not (await beat(projection)).rebuilding


async def test_an_older_copy_is_told_from_the_whole_by_a_worker_that_never_saw_the_whole(
    log: MemoryLog, projection: MemoryProjection, stream: MemoryStream
) -> None:
    first = await stream.join(Diary())
    await log.append(numbers(30))
    await stream.settled()
    older = projection.snapshot()
    await log.append(numbers(30, 30))
    await stream.settled()
    await stream.leave(first)
    projection.restore(older)
    await log.append(numbers(5, 60))
    second = Diary(poison=b"45")
    worker = await stream.join(second)
    await eventually(lambda: worker.status.partitions[0].state is State.PAUSED)
    assert second.begun == [Begun(0, 30, 60)]
    assert (await beat(projection)).rebuilding
    await stream.leave(worker)
    mended = Diary()
    await stream.join(mended)
    await stream.settled()
    assert mended.begun == [Begun(0, 40, 60)]
    assert await entries(projection, 0) == values(65)


async def test_a_store_that_is_emptied_under_an_idle_worker_is_rebuilt(
    log: MemoryLog, projection: MemoryProjection, stream: MemoryStream
) -> None:
    diary = Diary()
    await stream.join(diary)
    await log.append(numbers(60))
    await stream.settled()
    projection.lose()
    await eventually(lambda: len(diary.begun) > 1)
    await stream.settled()
    assert diary.begun[1] == Begun(0, 0, 60)
    assert await entries(projection, 0) == values(60)


async def test_a_store_that_is_emptied_in_the_middle_of_a_chunk_is_rebuilt(
    log: MemoryLog, projection: MemoryProjection, stream: MemoryStream
) -> None:
    class Unlucky(Diary):
        async def handle(self, lease: Lease, records: Sequence[Record]) -> None:
            if records[0].offset == 30 and len(self.begun) == 1:
                projection.lose()
            await super().handle(lease, records)

    diary = Unlucky()
    await stream.join(diary)
    await log.append(numbers(60))
    await stream.settled()
    assert diary.begun[1] == Begun(0, 0, 60)
    assert await entries(projection, 0) == values(60)


async def test_a_save_whose_answer_was_lost_is_not_applied_twice(
    log: MemoryLog, projection: MemoryProjection, stream: MemoryStream
) -> None:
    await log.append(numbers(40))
    await stream.join(Diary(), [Fault.ANSWER_LOST, Fault.NONE, Fault.ANSWER_LOST, Fault.UNAVAILABLE])
    await stream.settled()
    assert await entries(projection, 0) == values(40)


async def test_while_the_store_is_away_the_same_chunk_waits(
    log: MemoryLog, projection: MemoryProjection, stream: MemoryStream
) -> None:
    diary = Diary()
    worker = await stream.join(diary)
    await stream.settled()
    projection.unavailable = True
    await log.append(numbers(10))
    await eventually(lambda: worker.status.partitions[0].reason == "ProjectionUnavailable")
    assert (worker.status.ready, worker.status.partitions[0].state) == (False, State.RETRYING)
    await eventually(lambda: len(diary.chunks) > 3)
    projection.unavailable = False
    await stream.settled()
    assert await entries(projection, 0) == values(10)
    assert len(diary.begun) == 1


async def test_while_the_log_is_away_readers_are_told_and_the_position_stays(
    log: MemoryLog, projection: MemoryProjection, stream: MemoryStream
) -> None:
    class Saying(Diary):
        async def handle(self, lease: Lease, records: Sequence[Record]) -> None:
            await log.end_offset(TOPIC, 0)
            await super().handle(lease, records)

    await stream.join(Saying())
    await stream.settled()
    await log.append(numbers(10))
    log.unavailable = True
    await eventually(lambda: said(projection, State.RETRYING, "LogUnavailable"))
    assert (await beat(projection)).next == 0
    log.unavailable = False
    await stream.settled()
    assert await entries(projection, 0) == values(10)
    await eventually(lambda: said(projection, State.RUNNING, ""))


async def said(projection: MemoryProjection, state: State, reason: str) -> bool:
    now = await beat(projection)
    return (now.state, now.reason) == (state, reason)


async def test_a_worker_that_waits_for_the_store_stops_at_once(
    stream: MemoryStream, projection: MemoryProjection
) -> None:
    projection.unavailable = True
    worker = await stream.join(Diary())
    await eventually(lambda: worker.status.partitions[0].state is State.RETRYING)
    await stream.leave(worker)
    assert worker.status.partitions[0].position is None


@pytest.mark.parametrize("crash", [Fault.CRASH_BEFORE_SAVE, Fault.CRASH_AFTER_SAVE])
async def test_another_worker_goes_on_where_a_crashed_one_had_saved(
    crash: Fault, log: MemoryLog, projection: MemoryProjection, stream: MemoryStream
) -> None:
    await log.append(numbers(50))
    await stream.join(Diary(), [Fault.NONE, Fault.NONE, crash])
    second = Diary()
    await stream.settled(replace=lambda: second)
    assert second.begun == [Begun(0, 10 if crash is Fault.CRASH_BEFORE_SAVE else 20, 50)]
    assert await entries(projection, 0) == values(50)


async def test_a_paused_partition_notices_an_emptied_store(
    log: MemoryLog, projection: MemoryProjection, stream: MemoryStream
) -> None:
    diary = Diary(poison=b"15")
    worker = await stream.join(diary)
    await log.append(numbers(20))
    await eventually(lambda: worker.status.partitions[0].state is State.PAUSED)
    projection.lose()
    await eventually(lambda: len(diary.begun) == 2)
    await eventually(lambda: worker.status.partitions[0].state is State.PAUSED)
    assert await entries(projection, 0) == values(10)
    assert (await beat(projection)).rebuilding
