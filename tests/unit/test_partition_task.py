"""What one partition's task does, on a log and a store in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import pytest

from shared.event_log.log import Message, Record
from shared.event_log.memory import MemoryLog
from shared.projection import SetValue
from shared.projection.memory import MemoryProjection
from shared.stream import Lease, State
from shared.stream.beat import Beat
from shared.stream.errors import NotSettled
from shared.stream.memory import MemoryStream
from tests.engine_fixtures.diary import Begun, Diary, entries
from tests.engine_fixtures.things import SHARED_TOPIC, TOPIC, a_log, beat, numbers, values
from tests.waiting import eventually


@pytest.fixture
def log() -> MemoryLog:
    return a_log()


@pytest.fixture
def projection() -> MemoryProjection:
    return MemoryProjection()


@pytest.fixture
async def stream(log: MemoryLog, projection: MemoryProjection) -> AsyncIterator[MemoryStream]:
    async with MemoryStream(log, projection, TOPIC) as stream:
        yield stream


async def test_everything_on_the_log_is_handled_once_and_in_order(
    log: MemoryLog, projection: MemoryProjection, stream: MemoryStream
) -> None:
    await log.append(numbers(1200))
    await stream.join(Diary())
    await log.append(numbers(300, 1200))
    await stream.settled()
    assert await entries(projection, 0) == values(1500)


async def test_a_handler_gets_no_more_than_a_chunk_at_once(log: MemoryLog, projection: MemoryProjection) -> None:
    await log.append(numbers(1200))
    diary = Diary()
    async with MemoryStream(log, projection, TOPIC, chunk_size=500) as stream:
        await stream.join(diary)
        await stream.settled()
    assert diary.chunks == [500, 500, 200]


async def test_an_empty_store_is_filled_from_the_beginning_and_says_that_it_is_being_rebuilt(
    log: MemoryLog, projection: MemoryProjection
) -> None:
    await log.append(numbers(30))
    seen: list[tuple[int, bool]] = []
    diary = Diary(on_tick=lambda lease: seen.append((lease.next, lease.rebuilding)))
    async with MemoryStream(log, projection, TOPIC, chunk_size=10) as stream:
        await stream.join(diary)
        await stream.settled()
        await log.append(numbers(10, 30))
        await stream.settled()
    assert diary.begun == [Begun(0, 0, 30)]
    assert all(rebuilding == (position < 30) for position, rebuilding in seen)
    assert not (await beat(projection)).rebuilding


async def test_a_rebuild_that_was_interrupted_is_still_a_rebuild(log: MemoryLog, projection: MemoryProjection) -> None:
    await log.append(numbers(30))
    async with MemoryStream(log, projection, TOPIC, chunk_size=10) as stream:
        broken = await stream.join(Diary(poison=b"15"))
        await eventually(lambda: broken.status.partitions[0].state is State.PAUSED)
    assert (await beat(projection)).rebuilding
    diary = Diary()
    async with MemoryStream(log, projection, TOPIC, chunk_size=10) as stream:
        await stream.join(diary)
        await stream.settled()
    assert diary.begun == [Begun(0, 10, 30)]
    assert not (await beat(projection)).rebuilding


async def test_a_store_that_was_complete_needs_no_rebuild(log: MemoryLog, projection: MemoryProjection) -> None:
    await log.append(numbers(30))
    for diary in (Diary(), second := Diary()):
        async with MemoryStream(log, projection, TOPIC) as stream:
            await stream.join(diary)
            await stream.settled()
    assert second.begun == [Begun(0, 30, None)]
    assert second.chunks == []


async def test_an_empty_log_needs_no_rebuild(stream: MemoryStream) -> None:
    diary = Diary()
    await stream.join(diary)
    await stream.settled()
    assert diary.begun == [Begun(0, 0, None)]


async def test_a_rule_that_raises_pauses_its_partition_only_and_nothing_is_skipped(
    log: MemoryLog, projection: MemoryProjection
) -> None:
    await log.append(numbers(100, topic=SHARED_TOPIC, partition=0) + numbers(100, topic=SHARED_TOPIC, partition=1))
    await log.append([Message(SHARED_TOPIC, b"key", b"poison", (), 0), *numbers(1, 100, topic=SHARED_TOPIC)])
    async with MemoryStream(log, projection, SHARED_TOPIC, chunk_size=10) as stream:
        worker = await stream.join(Diary(poison=b"poison"))
        await eventually(lambda: worker.status.partitions[0].state is State.PAUSED)
        await log.append(numbers(100, 100, topic=SHARED_TOPIC, partition=1))
        await eventually(lambda: worker.status.partitions[1].position == 200)
        assert not worker.status.ready
        assert worker.status.partitions[0].reason == "ZeroDivisionError"
        await eventually(lambda: said_paused(projection))
        with pytest.raises(NotSettled, match="partition 0 has paused: ZeroDivisionError"):
            await stream.settled()
    assert await entries(projection, 0) == values(100)

    async with MemoryStream(log, projection, SHARED_TOPIC, chunk_size=10) as stream:
        await stream.join(Diary())
        await stream.settled()
    assert await entries(projection, 0) == [*values(100), b"poison", b"100"]


async def said_paused(projection: MemoryProjection) -> bool:
    said = await beat(projection)
    return (said.state, said.reason) == (State.PAUSED, "ZeroDivisionError")


async def test_a_handler_that_saves_nothing_is_found_out(log: MemoryLog, stream: MemoryStream) -> None:
    class Forgetful(Diary):
        async def handle(self, lease: Lease, records: Sequence[Record]) -> None:
            await lease.save([SetValue("first", records[0].value or b"")])

    await log.append(numbers(1))
    await stream.join(Forgetful())
    with pytest.raises(NotSettled, match="HandlerSavedNothing"):
        await stream.settled()


async def test_a_position_beyond_the_end_of_the_log_pauses_and_goes_on_when_the_log_is_whole_again(
    log: MemoryLog, projection: MemoryProjection, stream: MemoryStream
) -> None:
    token, _ = await projection.claim(0)
    await projection.save(0, token, None, [], 20)
    await log.append(numbers(10))
    worker = await stream.join(Diary())
    await eventually(lambda: worker.status.partitions[0].reason == "PositionOutsideLog")
    await log.append(numbers(15, 10))
    await eventually(lambda: worker.status.ready)
    await stream.settled()
    assert await entries(projection, 0) == [b"20", b"21", b"22", b"23", b"24"]


async def test_a_tick_comes_between_chunks_and_while_nothing_happens(log: MemoryLog, stream: MemoryStream) -> None:
    ends: list[tuple[int, int]] = []
    await stream.join(Diary(on_tick=lambda lease: ends.append((lease.next, lease.end))))
    await log.append(numbers(7))
    await stream.settled()
    assert ends[-1] == (7, 7)


async def test_readers_learn_position_end_and_up_to_when_everything_was_read(
    log: MemoryLog, projection: MemoryProjection
) -> None:
    async with MemoryStream(log, projection, TOPIC, clock=lambda: 1234.5) as stream:
        await stream.join(Diary())
        await log.append(numbers(7))
        await stream.settled()
        await eventually(lambda: caught_up(projection))
    said = await beat(projection)
    assert said == Beat(next=7, end=7, as_of=1234.5, at=1234.5, state=State.RUNNING, reason="", horizon=None)
    assert said.behind == 0


async def test_a_sender_whose_clock_is_ahead_makes_nobody_believe_that_more_was_read(
    projection: MemoryProjection,
) -> None:
    log = MemoryLog({TOPIC: 1}, now_ms=lambda: 9_000_000)
    await log.append(numbers(20))
    async with MemoryStream(log, projection, TOPIC, chunk_size=10, clock=lambda: 1234.5) as stream:
        worker = await stream.join(Diary(poison=b"15"))
        await eventually(lambda: worker.status.partitions[0].state is State.PAUSED)
        await eventually(lambda: said_paused(projection))
    assert (await beat(projection)).as_of == 1234.5


async def caught_up(projection: MemoryProjection) -> bool:
    return (await beat(projection)).end == 7


async def test_a_partition_nobody_has_ever_served_has_no_beat() -> None:
    assert Beat.read({}) is None


async def test_a_handler_is_told_when_a_partition_is_given_up(stream: MemoryStream) -> None:
    diary = Diary()
    worker = await stream.join(diary)
    await stream.settled()
    await stream.leave(worker)
    assert diary.ended == [0]
