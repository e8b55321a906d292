"""What aiokafka fetched comes out as our records, and what it skips is still skipped."""

from typing import Any

from aiokafka import TopicPartition
from aiokafka.consumer.fetcher import FetchError, FetchResult, PartitionRecords
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords

from shared.event_log.log import Record
from shared.stream.fetched import Fetched

HERE = TopicPartition("things.v1", 3)


class Assignment:
    """A partition that is read from `position`."""

    active, paused = True, False

    def __init__(self, position: int) -> None:
        self.position = position

    def state_value(self, _: TopicPartition) -> "Assignment":
        return self

    def consumed_to(self, position: int) -> None:
        self.position = position


class Fetcher:
    def __init__(self) -> None:
        self._records: dict[TopicPartition, Any] = {}


def fetched(*offsets: int, position: int, assignment: Assignment | None = None) -> FetchResult:
    """One compressed batch of the broker's, which may begin before the position."""
    batch = DefaultRecordBatchBuilder(2, 3, 0, -1, -1, 0, 10_000)  # magic 2, lz4, no transaction
    for offset in offsets:
        key = None if offset % 2 else b"k%d" % offset
        batch.append(offset, 1_000 + offset, key, b"v%d" % offset, [("h", b"%d" % offset)] if offset == 2 else [])
    records = PartitionRecords(HERE, MemoryRecords(bytes(batch.build())), [], position, None, None, True, 0)
    return FetchResult(HERE, assignment=assignment or Assignment(position), partition_records=records, backoff=0)


def test_what_was_fetched_comes_as_our_records() -> None:
    fetcher = Fetcher()
    Fetched.instead_of(fetcher)
    fetcher._records[HERE] = fetched(0, 1, 2, position=0)
    assert fetcher._records[HERE].getall() == [
        Record("things.v1", 3, 0, 1_000, b"k0", b"v0"),
        Record("things.v1", 3, 1, 1_001, None, b"v1"),
        Record("things.v1", 3, 2, 1_002, b"k2", b"v2", (("h", b"2"),)),
    ]


def test_what_lies_before_the_position_is_skipped_and_the_position_goes_on() -> None:
    fetcher, assignment = Fetcher(), Assignment(1)
    Fetched.instead_of(fetcher)
    fetcher._records[HERE] = fetched(0, 1, 2, position=1, assignment=assignment)
    assert [record.offset for record in fetcher._records[HERE].getall(1)] == [1]
    assert assignment.position == 2
    assert [record.offset for record in fetcher._records[HERE].getall(1)] == [2]


def test_what_was_there_before_stays_and_an_error_is_kept_as_it_is() -> None:
    fetcher, error = Fetcher(), FetchError(error=ValueError(), backoff=0)
    fetcher._records[HERE] = fetched(0, position=0)
    Fetched.instead_of(fetcher)
    other = TopicPartition("things.v1", 4)
    fetcher._records[other] = error
    assert isinstance(fetcher._records[HERE].getall()[0], Record)
    assert fetcher._records[other] is error
