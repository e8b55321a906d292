"""The smallest handler that shows what the engine did: it writes down every record it was given, in order."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from shared.event_log.log import Record
from shared.projection import ListRange, Projection, Splice
from shared.stream import Lease

ENTRIES = "entries"


class Begun(NamedTuple):
    """A lease as it was when the handler got it."""

    partition: int
    next: int
    horizon: int | None


class Diary:
    """Appends each record's value to its partition's list. `poison`: the value at which the rule is broken."""

    def __init__(self, poison: bytes | None = None, on_tick: Callable[[Lease], None] | None = None) -> None:
        self._poison = poison
        self._on_tick = on_tick
        self.begun: list[Begun] = []
        self.chunks: list[int] = []
        self.ended: list[int] = []

    async def begin(self, lease: Lease) -> None:
        self.begun.append(Begun(lease.partition, lease.next, lease.horizon))

    async def handle(self, lease: Lease, records: Sequence[Record]) -> None:
        self.chunks.append(len(records))
        if any(record.value == self._poison for record in records if self._poison):
            raise ZeroDivisionError("a rule is broken")
        values = [record.value or b"" for record in records]
        await lease.save([Splice(ENTRIES, 0, values)], next=records[-1].offset + 1)

    async def tick(self, lease: Lease) -> None:
        if self._on_tick:
            self._on_tick(lease)

    async def end(self, partition: int) -> None:
        self.ended.append(partition)


async def entries(projection: Projection, partition: int) -> list[bytes]:
    [found] = await projection.read(partition, [ListRange(ENTRIES)])
    return found
