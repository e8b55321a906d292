"""What the engine measures: chunks as they are handled, and partitions whenever Prometheus asks."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from shared.event_log.log import LogUnavailable, Record
from shared.projection import ProjectionUnavailable
from shared.stream.handler import Handler
from shared.stream.lease import Lease
from shared.stream.status import EngineStatus, PartitionStatus, State
from shared.telemetry.meter import Meter, Reading
from shared.telemetry.metrics import (
    CHUNK_RECORDS,
    CHUNK_SECONDS,
    LOG_STARTS_AT,
    LOOP_STILL,
    PARTITION_STATE,
    POSITION_AGE,
    REBUILD_PROGRESS,
    RECORDED_TO_VISIBLE,
    RECORDS_BEHIND,
    RECORDS_READ,
    TRIES_FAILED,
    Metric,
)


class MeasuredHandler:
    """Implements Handler by another. `clock`: epoch seconds, as Kafka stamps records."""

    def __init__(self, handler: Handler, meter: Meter, clock: Callable[[], float] = time.time) -> None:
        self._handler = handler
        self._meter = meter
        self._clock = clock
        for weather in (LogUnavailable, ProjectionUnavailable):
            meter.begin(TRIES_FAILED, reason=weather.__name__)

    async def begin(self, lease: Lease) -> None:
        await self._handler.begin(lease)

    async def handle(self, lease: Lease, records: Sequence[Record]) -> None:
        began, rebuilding = time.perf_counter(), lease.rebuilding
        with self._failures():
            await self._handler.handle(lease, records)
        self._meter.observe(CHUNK_SECONDS, time.perf_counter() - began)
        self._meter.observe(CHUNK_RECORDS, len(records))
        self._meter.count(RECORDS_READ, len(records), partition=lease.partition)
        if not rebuilding:
            waited = self._clock() - records[0].timestamp_ms / 1000
            self._meter.observe(RECORDED_TO_VISIBLE, max(0.0, waited))

    async def tick(self, lease: Lease) -> None:
        with self._failures():
            await self._handler.tick(lease)

    async def end(self, partition: int) -> None:
        await self._handler.end(partition)

    @contextmanager
    def _failures(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            self._meter.count(TRIES_FAILED, reason=type(error).__name__)
            raise


def measure_partitions(meter: Meter, status: Callable[[], EngineStatus], clock: Callable[[], float]) -> None:
    """`clock`: epoch seconds, that of the engine."""

    def of_each(metric: Metric, number: Callable[[PartitionStatus], float | None]) -> None:
        def readings() -> Iterator[Reading]:
            for one in status().partitions:
                found = None if one.state is State.GONE else number(one)
                if found is not None:
                    yield (one.partition,), found

        meter.read_from(metric, readings)

    of_each(POSITION_AGE, lambda one: None if one.as_of is None else max(0.0, clock() - one.as_of))
    of_each(RECORDS_BEHIND, lambda one: one.behind)
    of_each(REBUILD_PROGRESS, lambda one: one.rebuilt)
    of_each(LOG_STARTS_AT, lambda one: one.log_start)
    of_each(LOOP_STILL, lambda one: one.still_for)
    meter.read_from(
        PARTITION_STATE,
        lambda: [
            ((one.partition, state.value), float(one.state is state)) for one in status().partitions for state in State
        ],
    )
