"""What can be asked of journey's projection. One round trip for a look-up; everything computed from what is stored.

QueryError
├── Rebuilding       the partition is not complete: 503, never "no such customer"
└── NoSuchCustomer   nothing was ever recorded of this customer
"""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec
from shared.event_log.log import partition_of

from services.journey.domain.journey import Journey
from services.journey.domain.work import WorkItem
from services.journey.store import RAISED, SETTLED, JourneyFold
from shared.customer_number import BadCustomerNumber
from shared.customer_number import parse as parse_number
from shared.customers.customers import Versioned
from shared.customers.entry import Entry, unpack
from shared.projection import GetStatus, GetValue, ListLength, ListRange, Projection, Read
from shared.stream.beat import Beat
from shared.work_list.reading import Listed, Position, Range, read_page

NEWEST = 20


class QueryError(Exception):
    """A question that cannot be answered."""


class Rebuilding(QueryError):
    """The partition that holds the answer is not complete yet."""

    def __init__(self, partition: int) -> None:
        super().__init__(f"partition {partition} is being rebuilt from the log; ask again in a few seconds")


class NoSuchCustomer(QueryError):
    """Nothing is recorded under this id."""


class Found(NamedTuple):
    """A customer as stored; `newest` in the order of the timeline, the last is the newest."""

    journey: Journey
    newest: list[Entry]
    beat: Beat


class Queries:
    def __init__(self, projection: Projection, partitions: int) -> None:
        self._projection = projection
        self.partitions = partitions
        self._states = Versioned(JourneyFold())

    async def look_up(self, asked: str, newest: int = NEWEST) -> Found:
        """`asked`: a customer id, or a customer number in any writing. Raises NoSuchCustomer, Rebuilding."""
        found = await self._find(asked, newest)
        if found is None and (number := _as_number(asked)) and number != asked:
            found = await self._find(number, newest)
        if found is None:
            raise NoSuchCustomer(asked)
        return found

    async def entries(self, customer_id: str, start: int, count: int) -> list[Entry]:
        partition = partition_of(customer_id.encode(), self.partitions)
        [stored] = await self._projection.read(
            partition, [ListRange(f"entries:{customer_id}", start, start + count - 1)]
        )
        return [unpack(one) for one in stored]

    async def beats(self) -> list[Beat | None]:
        """Of every partition; None where nothing is known."""
        return [Beat.read(await self._projection.status(partition)) for partition in range(self.partitions)]

    async def flags(
        self, *, state: str, kind: str | None, desk: str | None, lapsed: bool, after: Position | None, limit: int
    ) -> list[tuple[Listed, WorkItem]]:
        """The work list, most urgent first. Raises Rebuilding while any partition is."""
        await self._all_complete()
        now = datetime.now(UTC)

        def fits(content: bytes) -> bool:
            item = _WORK_ITEM(content)
            if kind is not None and all(flag.kind != kind for flag in item.flags):
                return False
            return lapsed or item.lapses_at is None or item.lapses_at > now

        page = await read_page(
            self._projection,
            self.partitions,
            SETTLED if state == "settled" else RAISED,
            group=desk,
            within=Range(after=after),
            limit=limit,
            fits=fits,
        )
        return [(one, _WORK_ITEM(one.content)) for one in page]

    async def customers(self, partition: int, start: int, count: int) -> list[str]:
        """In the order in which they first came; so a page stays what it is while others come."""
        [names] = await self._projection.read(partition, [ListRange("customers", start, start + count - 1)])
        return [name.decode() for name in names]

    async def customer_count(self, partition: int) -> int:
        [count] = await self._projection.read(partition, [ListLength("customers")])
        return count

    async def journeys(self, partition: int, customer_ids: list[str], *, with_entries: bool) -> AsyncIterator[Found]:
        """Of one partition. Raises Rebuilding."""
        beat = await self._complete(partition)
        reads: list[Read[Any]] = [GetValue(f"state:{customer_id}") for customer_id in customer_ids]
        if with_entries:
            reads += [ListRange(f"entries:{customer_id}") for customer_id in customer_ids]
        answers = await self._projection.read(partition, reads)
        for number, stored in enumerate(answers[: len(customer_ids)]):
            entries = [unpack(one) for one in answers[len(customer_ids) + number]] if with_entries else []
            yield Found(self._decode(stored, partition), entries, beat)

    async def _find(self, customer_id: str, newest: int) -> Found | None:
        partition = partition_of(customer_id.encode(), self.partitions)
        reads: list[Read[Any]] = [
            GetStatus(),
            GetValue(f"state:{customer_id}"),
            ListRange(f"entries:{customer_id}", -newest, -1),
        ]
        status, stored, entries = await self._projection.read(partition, reads)
        beat = _complete(Beat.read(status), partition)
        if stored is None:
            return None
        return Found(self._decode(stored, partition), [unpack(one) for one in entries], beat)

    def _decode(self, stored: bytes, partition: int) -> Journey:
        """A state of another version is as good as one that is being rebuilt: its worker folds it anew."""
        journey = self._states.decode(stored)
        if journey is None:
            raise Rebuilding(partition)
        return journey

    async def _complete(self, partition: int) -> Beat:
        return _complete(Beat.read(await self._projection.status(partition)), partition)

    async def _all_complete(self) -> None:
        for partition, beat in enumerate(await self.beats()):
            _complete(beat, partition)


_WORK_ITEM = msgspec.json.Decoder(WorkItem).decode


def _complete(beat: Beat | None, partition: int) -> Beat:
    if beat is None or beat.rebuilding:
        raise Rebuilding(partition)
    return beat


def _as_number(text: str) -> str | None:
    try:
        return parse_number(text)
    except BadCustomerNumber:
        return None
