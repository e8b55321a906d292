"""What can be asked of journey's projection. One round trip for a look-up; everything computed from what is stored.

NoSuchCustomer   nothing was ever recorded of this customer

Rebuilding (shared.customers.reading) comes instead of an answer while a partition is not complete, Unattended instead
of "no such customer" while nobody reads it.
"""

import time
from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any, NamedTuple

from services.journey.domain.journey import Journey
from services.journey.domain.work import WorkItem
from services.journey.store import RAISED, SETTLED, JourneyFold, listed_item
from shared.customer_number import BadCustomerNumber
from shared.customer_number import parse as parse_number
from shared.customers import filing
from shared.customers.customers import At, Versioned
from shared.customers.entry import Entry
from shared.customers.reading import HEARD_WITHIN_S, Complete, Part, Sweep, Unattended, sweep
from shared.customers.reading import Position as SweepPosition
from shared.event_log.log import partition_of
from shared.projection import GetValue, ListRange, Projection, Read
from shared.stream.beat import Beat
from shared.work_list.reading import Listed, Position, Range, read_groups

NEWEST = 20


class NoSuchCustomer(Exception):
    """Nothing is recorded under this id."""

    def __init__(self, asked: str) -> None:
        super().__init__(f"Nothing is recorded of this customer.{_mistyped(asked)}")


class Found(NamedTuple):
    """A customer as stored; `newest` in the order of the timeline, the last is the newest."""

    journey: Journey
    newest: list[Entry]
    beat: Beat


class Queries:
    """`clock`: epoch seconds, as beats are stamped."""

    def __init__(self, projection: Projection, partitions: int, clock: Callable[[], float] = time.time) -> None:
        self._projection = Complete(projection)
        self.partitions = partitions
        self._clock = clock
        self._states = Versioned(JourneyFold())

    async def look_up(self, asked: str, newest: int = NEWEST) -> Found:
        """`asked`: a customer id, or a customer number in any writing. Raises NoSuchCustomer, Rebuilding."""
        found = await self._find(asked, newest)
        if found is None and (number := _as_number(asked)) and number != asked:
            found = await self._find(number, newest)
        if found is None:
            raise NoSuchCustomer(asked)
        return found

    async def entry_count(self, customer_id: str) -> int:
        partition = partition_of(customer_id.encode(), self.partitions)
        return filing.counted(*await self._projection.read(partition, filing.count_of(customer_id)))

    async def entries(self, customer_id: str, start: int, count: int) -> list[Entry]:
        """In the order of the timeline; a negative count means all from start on."""
        if count == 0:
            return []
        partition = partition_of(customer_id.encode(), self.partitions)
        stored = await self._projection.read(partition, filing.range_of(customer_id, start, count))
        return filing.between(start, count, *stored)

    async def flags(
        self,
        *,
        state: str,
        kind: str | None,
        desks: Collection[str] | None,
        lapsed: bool,
        after: Position | None,
        limit: int,
        now: datetime,
    ) -> list[tuple[Listed, WorkItem]]:
        """The work list, most urgent first; desks None: of all. Raises Rebuilding while any partition is."""

        def fits(content: bytes) -> bool:
            item = listed_item(content)
            if kind is not None and all((flag.kind, flag.state) != (kind, state) for flag in item.flags):
                return False
            if desks is not None and not any(desk in desks for desk in item.desks):  # listed there by another version
                return False
            return lapsed or item.lapses_at is None or item.lapses_at > now

        page = await read_groups(
            self._projection,
            self.partitions,
            SETTLED if state == "settled" else RAISED,
            groups=desks,
            within=Range(after=after),
            limit=limit,
            fits=fits,
        )
        return [(one, listed_item(one.content)) for one in page]

    async def sweep(self, start: SweepPosition, limit: int) -> Sweep:
        return await sweep(self._projection, self.partitions, start, limit)

    async def journeys(self, part: Part, *, with_entries: bool) -> list[tuple[Journey, list[Entry]]]:
        count = len(part.customer_ids)
        reads: list[Read[Any]] = [GetValue(f"state:{customer_id}") for customer_id in part.customer_ids]
        reads += [ListRange(f"past:{customer_id}") for customer_id in part.customer_ids]
        if with_entries:
            reads += [one for customer_id in part.customer_ids for one in filing.all_of(customer_id)]
        answers = await self._projection.read(part.partition, reads)
        states, pasts, entries = answers[:count], answers[count : 2 * count], answers[2 * count :]
        at = At(self._projection, part.partition)
        journeys = [await self._states.open(at, *one) for one in zip(part.customer_ids, states, pasts, strict=True)]
        stored = list(map(filing.everything, entries[::2], entries[1::2])) if with_entries else [[] for _ in journeys]
        return list(zip(journeys, stored, strict=True))

    async def _find(self, customer_id: str, newest: int) -> Found | None:
        partition = partition_of(customer_id.encode(), self.partitions)
        reads: list[Read[Any]] = [
            GetValue(f"state:{customer_id}"),
            ListRange(f"past:{customer_id}"),
            *filing.newest_of(customer_id, newest),
        ]
        beat, (stored, past, *entries) = await self._projection.with_beat(partition, reads)
        if stored is None:
            if self._clock() - beat.at > HEARD_WITHIN_S:
                raise Unattended(partition)
            return None
        journey = await self._states.open(At(self._projection, partition), customer_id, stored, past)
        return Found(journey, filing.newest(newest, *entries), beat)


def _mistyped(text: str) -> str:
    """A hint for whoever typed a customer number."""
    try:
        parse_number(text)
    except BadCustomerNumber as error:
        return f" If this is meant as a customer number: {error}."
    return ""


def canonical(asked: str) -> str:
    """One writing for all of a customer number, and no more of it than a customer id can have."""
    return (_as_number(asked) or asked)[:64]


def _as_number(text: str) -> str | None:
    try:
        return parse_number(text)
    except BadCustomerNumber:
        return None
