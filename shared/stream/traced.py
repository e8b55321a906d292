"""A handler whose chunks show in traces."""

from collections.abc import Sequence
from time import time_ns

from shared.event_log.log import Record
from shared.stream.handler import Handler
from shared.stream.lease import Lease
from shared.telemetry.traces import Traces


class TracedHandler:
    """Implements Handler by another, for a consumer group."""

    def __init__(self, handler: Handler, traces: Traces, group: str) -> None:
        self._handler = handler
        self._traces = traces
        self._group = group

    async def begin(self, lease: Lease) -> None:
        await self._handler.begin(lease)

    async def handle(self, lease: Lease, records: Sequence[Record]) -> None:
        began = time_ns()
        try:
            await self._handler.handle(lease, records)
        except Exception as error:
            self._traces.processed(self._group, records, began, error)
            raise
        self._traces.processed(self._group, records, began)

    async def tick(self, lease: Lease) -> None:
        await self._handler.tick(lease)

    async def end(self, partition: int) -> None:
        await self._handler.end(partition)
