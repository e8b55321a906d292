"""Faust, batch by batch: one stream message per fetched partition batch instead of one per record.

Stock Faust starts two tasks per record, 130-190 µs; a batch pays that once. What is overridden here are internals of
faust-streaming 0.15.3 on aiokafka 0.14.0, so both are pinned; tests/integration/test_engine_*.py tell if they hold.

Faust keeps: group membership, assignment, rebalances, the fetch loop, agents. It loses: positions and acknowledgements.
Where to read from, and what may be committed, is what the partitions' tasks have saved (architecture.md, rule 3).

Between a fetch and an agent Faust has half a dozen places that drop a message around a rebalance or a pause, while the
fetch position has moved on. So every batch carries the number of its run (a run begins with a seek) and its number
within it, given in the thread where neither fetch nor seek can interrupt the other: a batch that is missing shows.
"""

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Iterator, Mapping, MutableMapping
from contextlib import suppress
from typing import Any, NamedTuple, Protocol, TypeVar, cast

import faust
import structlog
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import (
    CommitFailedError,
    IllegalStateError,
    KafkaError,
    NoOffsetForPartitionError,
    OffsetOutOfRangeError,
)
from aiokafka.structs import OffsetAndMetadata, TopicPartition
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, AppT, ConsumerMessage, Message

from shared.event_log.log import Record
from shared.stream.fetched import Fetched

log = structlog.get_logger()

T = TypeVar("T")

# aiokafka takes an empty set of partitions for all of them; with nobody in it the set is never empty.
_NOBODY = TP("", -1)

# aiokafka tries to commit for ever while its coordinator is away, and whoever stops waits for it.
COMMIT_WITHIN = 5.0
LEAVE_WITHIN = 3.0

# How long a broker may wait for records before it answers a fetch with none, milliseconds. aiokafka has one fetch at a
# time on its way to a broker, and after 0.1 s does not wait any longer for who still has records of the last one: that
# one is left out, and when its records are used up, it stands still until the others' fetch is answered. Where these
# are at the end of the log, with Faust's 1500 ms, a partition that caught up read a third as fast as it could.
# An idle worker fetches ten times a second: 0.3 % of a core more.
FETCH_WAIT_MS = 100


class Batch(NamedTuple):
    """What one fetch brought for one partition. No records: the log does not hold the position (any more)."""

    run: int
    number: int
    records: list[Record]


class Positions(Protocol):
    """What the consumer asks of the app it belongs to (shared.stream.app.WorkerApp)."""

    def positions(self) -> dict[TP, int]:
        """What is saved, by assigned partition."""

    def fetch_again(self) -> None:
        """Batches were dropped, or may have been: every partition's task must seek."""


class BatchThread(driver.AIOKafkaConsumerThread):
    """Faust runs aiokafka's consumer in a thread of its own. Methods in the first half are called from Faust's loop and
    take effect in this thread, in the order of the calls."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self._wanted: set[TP] = {_NOBODY}
        self._runs: dict[TP, tuple[int, Iterator[int]]] = {}

    async def begin_run(self, tp: TP, position: int, run: int) -> None:
        def seek() -> None:
            self._ensure_consumer().seek(tp, position)
            self._runs[tp] = (run, itertools.count())
            self._want(tp)

        await self.within(seek)

    def release(self, tp: TP) -> None:
        self.thread_loop.call_soon_threadsafe(self._want, tp)

    def hold(self, tp: TP) -> None:
        """Fetch no more of it. Not Faust's pause_partitions: that drops what is already fetched."""
        self.thread_loop.call_soon_threadsafe(self._wanted.discard, tp)

    async def commit_positions(self, positions: Mapping[TP, int]) -> bool:
        """False: the group does not count us in. Raises KafkaError, TimeoutError when it does not answer."""
        offsets = {TopicPartition(*tp): OffsetAndMetadata(position, "") for tp, position in positions.items()}

        async def commit() -> bool:
            try:
                await self._ensure_consumer().commit(offsets)
            except (CommitFailedError, IllegalStateError):
                return False
            return True

        return await asyncio.wait_for(self.run_within(commit()), COMMIT_WITHIN)

    async def bounds(self, tp: TP) -> tuple[int, int]:
        """The first offset the broker still holds, and the one after its last. Raises KafkaError."""

        async def ask() -> tuple[int, int]:
            consumer, where = self._ensure_consumer(), TopicPartition(*tp)
            starts, ends = await asyncio.gather(consumer.beginning_offsets([where]), consumer.end_offsets([where]))
            return starts[where], ends[where]

        return await self.run_within(ask())

    async def committed(self, tp: TP) -> int | None:
        """Asked from the group's coordinator. Raises KafkaError."""

        async def ask() -> int | None:
            found: int | None = await self._ensure_consumer().committed(TopicPartition(*tp))
            return found

        return await self.run_within(ask())

    def last_fetch(self, tp: TP) -> tuple[int, float] | None:
        """The end offset that came with it, and when, epoch seconds. No round trip."""
        # Numbers that the thread replaces whole, so no lock is needed.
        assignment = self._ensure_consumer()._subscription.subscription.assignment
        state = None if assignment is None else assignment.state_value(TopicPartition(*tp))
        if state is None or state.highwater is None or state.timestamp is None:
            return None
        return state.highwater, state.timestamp / 1000

    async def within(self, act: Callable[[], T]) -> T:
        """Not through Faust's method queue: its two workers may both be busy, one of them until a rebalance ends."""

        async def call() -> T:
            return act()

        return await self.run_within(call())

    async def run_within(self, act: Awaitable[T]) -> T:
        async def call() -> T:
            return await act

        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(call(), self.thread_loop))

    # From here on: in the thread.

    def _create_worker_consumer(self, transport: driver.Transport) -> AIOKafkaConsumer:
        consumer = super()._create_worker_consumer(transport)
        consumer._fetch_max_wait_ms = FETCH_WAIT_MS  # Faust has no setting for it
        return consumer

    async def on_start(self) -> None:
        await super().on_start()
        Fetched.instead_of(self._ensure_consumer()._fetcher)

    async def on_thread_stop(self) -> None:
        # A broker that hangs would keep us for a request's whole timeout, only to hear us say good-bye.
        with suppress(TimeoutError):
            async with asyncio.timeout(LEAVE_WITHIN):
                await super().on_thread_stop()

    def _want(self, tp: TP) -> None:
        if tp not in self._runs:
            return
        self._wanted.add(tp)
        # A fetch that is waiting for other partitions looks again, now that its set holds this one too.
        fetcher = self._ensure_consumer()._fetcher
        for waiter in tuple(fetcher._fetch_waiters):
            fetcher._notify(waiter)

    async def _fetch_records(
        self, consumer: Any, _: set[TP], timeout: float | None = None, max_records: int | None = None
    ) -> Mapping[TP, list[Any]]:
        try:
            fetched = await super()._fetch_records(consumer, self._wanted, timeout, max_records)
        except NoOffsetForPartitionError:
            return {}  # aiokafka asks for committed offsets by itself; our first seek makes up for them
        except OffsetOutOfRangeError as error:
            fetched = {tp: [] for tp in error.args[0]}
            self._wanted.difference_update(fetched)
        # No await from here to the end: a seek in between would give old records to the new run.
        return {TP(*tp): [self._batch(tp, records)] for tp, records in fetched.items() if tp in self._runs}

    def _batch(self, tp: TP, records: list[Record]) -> Batch:
        run, numbers = self._runs[tp]
        return Batch(run, next(numbers), records)


class _NothingRead(MutableMapping[TP, int | None]):
    """Faust drops a message whose offset lies below the last one it read: fatal after a seek backwards, when the last
    old message is noted after the seek. Batches number themselves, so nothing is remembered here."""

    def __getitem__(self, tp: TP) -> None:
        return None

    def __setitem__(self, tp: TP, offset: int | None) -> None:
        pass

    def __delitem__(self, tp: TP) -> None:
        pass

    def __iter__(self) -> Iterator[TP]:
        return iter(())

    def __len__(self) -> int:
        return 0


class BatchConsumer(driver.Consumer):
    _thread: BatchThread

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._read_offset = _NothingRead()
        self._positions = cast(Positions, self.app)

    def _new_consumer_thread(self) -> BatchThread:
        return BatchThread(self, loop=self.loop, beacon=self.beacon)

    def _to_message(self, tp: TP, record: Batch) -> ConsumerMessage:
        return ConsumerMessage(
            topic=tp.topic,
            partition=tp.partition,
            offset=record.records[-1].offset if record.records else -1,
            timestamp=0.0,
            timestamp_type=0,
            headers=None,
            key=None,
            value=cast(bytes, record),
            checksum=None,
            serialized_key_size=0,
            serialized_value_size=0,
            tp=tp,
            generation_id=self.app.consumer_generation_id,
        )

    async def perform_seek(self) -> None:
        """Called when Faust resumes after a rebalance, and when it has dropped what it fetched during one. Stock Faust
        seeks to the committed offsets; here each partition's task seeks, to what it has saved."""
        self._positions.fetch_again()

    async def force_commit(self, *_: Any, **__: Any) -> bool:
        """Called every commit interval. Stock Faust commits what was acknowledged, and after a commit that failed it
        believes that it had succeeded."""
        committed = self._committed_offset
        due = {tp: position for tp, position in self._positions.positions().items() if committed[tp] != position}
        if not due:
            return False
        try:
            done = await self._thread.commit_positions(due)
        except (KafkaError, TimeoutError) as error:  # stock Faust crashes; the next interval tries again
            log.warning("commit.failed", error=type(error).__name__)
            return False
        if done:
            committed.update(due)
        return done

    def ack(self, message: Message) -> bool:  # noqa: ARG002
        """Faust acknowledges what its stream skips, as of an older generation. Here only a save counts."""
        return False

    def verify_event_path(self, now: float, tp: TP) -> None:
        """Stock Faust warns of partitions without commits, paused ones too. Beats tell readers how each one does."""


class BatchTransport(driver.Transport):
    Consumer = BatchConsumer


class BatchSchema(faust.Schema[bytes | None, Batch]):
    """Hands the batch to the agent as it is."""

    def loads_key(self, app: AppT, message: Message, **_: Any) -> bytes | None:  # noqa: ARG002
        return message.key

    def loads_value(self, app: AppT, message: Message, **_: Any) -> Batch:  # noqa: ARG002
        return cast(Batch, message.value)
