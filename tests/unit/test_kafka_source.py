"""Between Faust's agent and a partition's task: what is stale is dropped, and what is missing is fetched again."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from aiokafka.errors import IllegalStateError, RequestTimedOutError
from faust.types import TP

from shared.event_log.log import LogUnavailable, Record
from shared.stream import EngineSettings, PositionOutsideLog
from shared.stream.batches import Batch
from shared.stream.kafka_source import KafkaSource
from shared.stream.source import Bounds, KnownEnd, Source
from tests.waiting import eventually

HERE = TP("things.v1", 3)


class Consumer:
    """The consumer's thread, without one."""

    def __init__(self) -> None:
        self.seeks: list[int] = []
        self.run = 0
        self.held = False
        self.error: Exception | None = None

    async def begin_run(self, tp: TP, position: int, run: int) -> None:
        self._answer(tp)
        self.seeks.append(position)
        self.run, self.held = run, False

    def hold(self, tp: TP) -> None:
        assert tp == HERE
        self.held = True

    def release(self, tp: TP) -> None:
        assert tp == HERE
        self.held = False

    async def bounds(self, tp: TP) -> tuple[int, int]:
        self._answer(tp)
        return 40, 90

    async def committed(self, tp: TP) -> int | None:
        self._answer(tp)
        return 55

    async def commit_positions(self, positions: Mapping[TP, int]) -> bool:
        self._answer(*positions)
        return positions == {HERE: 7}

    def last_fetch(self, tp: TP) -> tuple[int, float] | None:
        assert tp == HERE
        return None

    def _answer(self, tp: TP) -> None:
        assert tp == HERE
        if self.error:
            raise self.error

    def batch(self, number: int, *offsets: int) -> Batch:
        return Batch(self.run, number, [a_record(offset) for offset in offsets])


def a_record(offset: int) -> Record:
    return Record(HERE.topic, HERE.partition, offset, 1000, b"k", b"v")


@pytest.fixture
def consumer() -> Consumer:
    return Consumer()


@pytest.fixture
async def source(consumer: Consumer) -> KafkaSource:
    source = KafkaSource(consumer, HERE, EngineSettings())
    await source.seek(10)
    return source


async def offsets(source: Source) -> list[int]:
    return [record.offset for record in await source.take(0.001)]


async def test_batches_come_in_order_and_gaps_in_offsets_are_no_loss(consumer: Consumer, source: KafkaSource) -> None:
    source.feed(consumer.batch(0, 10, 11))
    source.feed(consumer.batch(1, 15))
    assert [await offsets(source), await offsets(source), await offsets(source)] == [[10, 11], [15], []]
    assert consumer.seeks == [10]


async def test_a_batch_fetched_before_a_seek_is_dropped(consumer: Consumer, source: KafkaSource) -> None:
    late = consumer.batch(0, 10, 11)
    await source.seek(5)
    source.feed(late)
    source.feed(consumer.batch(0, 5))
    assert await offsets(source) == [5]


async def test_a_batch_that_went_missing_is_fetched_again(consumer: Consumer, source: KafkaSource) -> None:
    source.feed(consumer.batch(0, 10, 11))
    assert await offsets(source) == [10, 11]
    source.feed(consumer.batch(2, 20, 21))
    assert await offsets(source) == []
    assert consumer.seeks == [10, 12]
    source.feed(consumer.batch(0, 12, 13))
    assert await offsets(source) == [12, 13]


async def test_the_last_batch_before_a_silence_is_missed_too(consumer: Consumer) -> None:
    class Fetched(Consumer):
        def last_fetch(self, tp: TP) -> tuple[int, float] | None:
            assert tp == HERE
            return 12, 1234.5

    consumer = Fetched()
    source = KafkaSource(consumer, HERE, EngineSettings(overdue_after=0.0))
    await source.seek(10)
    await eventually(lambda: sought_again(source, consumer))
    assert set(consumer.seeks) == {10}


async def sought_again(source: KafkaSource, consumer: Consumer) -> bool:
    assert await offsets(source) == []
    return len(consumer.seeks) > 1


async def test_what_may_have_been_dropped_is_fetched_again(consumer: Consumer, source: KafkaSource) -> None:
    source.feed(consumer.batch(0, 10, 11))
    source.fetch_again()
    assert await offsets(source) == []
    assert consumer.seeks == [10, 10]


async def test_no_more_is_fetched_than_can_wait(consumer: Consumer, source: KafkaSource) -> None:
    source.feed(consumer.batch(0, 10))
    assert not consumer.held
    source.feed(consumer.batch(1, 11))
    assert consumer.held
    await offsets(source)
    assert not consumer.held


async def test_a_position_that_the_log_does_not_hold_is_told(consumer: Consumer, source: KafkaSource) -> None:
    source.feed(consumer.batch(0))
    with pytest.raises(PositionOutsideLog, match=r"position 10 lies outside the log \(40 to 90\)"):
        await source.take(0.001)


async def test_after_it_is_closed_nothing_is_taken_in(consumer: Consumer, source: KafkaSource) -> None:
    late = consumer.batch(0, 10)
    source.close()
    source.feed(late)
    assert await offsets(source) == []
    assert consumer.held


@pytest.mark.parametrize("error", [RequestTimedOutError(), IllegalStateError("not assigned"), TimeoutError()])
async def test_a_broker_that_does_not_answer_is_unavailable(
    error: Exception, consumer: Consumer, source: KafkaSource
) -> None:
    consumer.error = error
    for ask in (source.bounds(), source.committed(), source.seek(1), source.prove_membership(7)):
        with pytest.raises(LogUnavailable, match=type(error).__name__):
            await ask


async def test_membership_is_proved_by_a_commit(source: KafkaSource) -> None:
    assert await source.prove_membership(7)
    assert not await source.prove_membership(8)
    assert await source.bounds() == Bounds(40, 90)
    assert await source.committed() == 55


async def test_the_known_end_is_that_of_the_last_fetch(consumer: Consumer) -> None:
    class Fetched(Consumer):
        def last_fetch(self, tp: TP) -> tuple[int, float] | None:
            assert tp == HERE
            return 12, 1234.5

    assert KafkaSource(Fetched(), HERE, EngineSettings()).known_end() == KnownEnd(12, 1234.5)
    assert KafkaSource(consumer, HERE, EngineSettings()).known_end() is None
