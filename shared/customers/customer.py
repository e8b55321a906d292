"""One customer while a chunk is handled: receive events one by one, then say what to write."""

from bisect import bisect_right
from collections.abc import AsyncIterator, Container, Sequence
from enum import Enum
from typing import Generic, Protocol, TypeVar

import msgspec

from shared.customers.entry import Entry, fingerprint, same_content
from shared.customers.filing import Change, change_of, filed
from shared.customers.fold import Fold
from shared.customers.incoming import Incoming
from shared.event_log.wire import read
from shared.events import Event, is_derived
from shared.projection import EVERYTHING, AddMembers, SetValue, Splice, Write
from shared.timeline.order import identity_of, place_of
from shared.timeline.timeline import NeedsPast, NeedsRefold

S = TypeVar("S")

# Those that come late come mostly a little late: behind so many events at most.
RECENT = 8
# So many entries are read at first to find the one that another is a copy of.
FIRST_PAGE = 64


class Accepted(msgspec.Struct, Generic[S], frozen=True, gc=False):
    """A new event. before: the state that the world had been told of."""

    event: Event
    before: S
    after: S


class Known(Enum):
    """The first copy on the log is the fact."""

    DUPLICATE = "duplicate"  # perhaps stamped anew
    CONFLICT = "conflict"  # with another content


class Step(msgspec.Struct, Generic[S], frozen=True, gc=False):
    """One of the last events, in order, and the state before it."""

    before: S
    event: Event
    entry: Entry


class Shelf(Protocol[S]):
    """What is stored of customers beside their states."""

    async def entries(self, customer_id: str) -> list[Entry]: ...

    async def newest(self, customer_id: str, count: int) -> list[Entry]:
        """The last `count` of them, in order."""

    async def parts(self, customer_id: str) -> list[S]:
        """Of the past."""

    def packed(self, state: S) -> bytes: ...


class Customer(Generic[S]):
    """`state`: as stored, or None for a new customer. `singles`: how many of its entries lie alone, since
    `writes` once these are saved.

    `known`: those of the chunk's marks that were seen before. `recent`: the last events that were stored, as far as
    they are remembered.
    """

    def __init__(
        self,
        customer_id: str,
        fold: Fold[S],
        shelf: Shelf[S],
        state: S | None,
        known: Container[bytes],
        recent: Sequence[Step[S]] = (),
        singles: int = 0,
    ) -> None:
        self.customer_id = customer_id
        self.is_new = state is None
        self.state: S = fold.begin(customer_id) if state is None else state
        self.singles = singles
        self.recent: list[Step[S]] = list(recent)
        self._announced = self._stored = self.state  # what the world has been told follows from, and what is stored
        self._fold = fold
        self._shelf = shelf
        self._known = known
        self._entries: list[Entry] | None = [] if self.is_new else None  # all of them, once somebody needed them
        self._events: list[Event] | None = [] if self.is_new else None  # decoded, beside _entries
        self._added: list[Entry] = []  # in order
        self._dropped = 0  # so many of the last stored entries go; those that stay are among the added
        self._brought_back = False
        self._new: dict[bytes, None] = {}  # marks

    def append(self, incoming: Incoming) -> Accepted[S] | None:
        """Most events are new and come after all others: nobody need wait for what comes of them. None for any other:
        nothing was done, `receive` it."""
        if incoming.mark in self._new or incoming.mark in self._known:
            return None
        try:
            self._append(incoming.event, incoming.entry)
        except (NeedsPast, NeedsRefold):
            return None
        return self._accepted(incoming)

    async def receive(self, incoming: Incoming) -> Accepted[S] | Known:
        mark, event, entry = incoming.mark, incoming.event, incoming.entry
        if (mark in self._new or mark in self._known) and (known := await self._compare(event, entry)):
            return known
        await self._take(event, entry)
        return self._accepted(incoming)

    def _accepted(self, incoming: Incoming) -> Accepted[S]:
        before, self._announced = self._announced, self.state
        self._new[incoming.mark] = None
        return Accepted(incoming.event, before, self.state)

    def carry(self, state: S) -> None:
        """Keep what the service decided after the event that was just received."""
        self.state = self._announced = state

    async def renew(self, claims: S) -> None:
        """The stored state is of another version: fold anew, and announce what differs with the next event."""
        self._brought_back = True
        self.state = self._fold.fold(claims, await self._all_events())
        self._announced = self._stored = claims

    async def bring_back(self) -> list[S]:
        """What was put away, as parts of the state again."""
        parts = await self._shelf.parts(self.customer_id)
        self._announced, self._stored = self._fold.whole(self._announced, parts), self._fold.whole(self._stored, parts)
        self.state = self._fold.whole(self.state, parts)
        self.recent.clear()  # these states still lack it
        self._brought_back = True
        return parts

    @property
    def is_told(self) -> bool:
        """Whether the world has been told, once `writes` are saved, whatever follows from the state."""
        return bool(self._new) or self.state is self._stored

    @property
    def change(self) -> Change | None:
        """Of the entries, by this chunk, if there is any."""
        return change_of(self.singles, self._dropped, self._added) if self._new else None

    def head(self, change: Change) -> list[Entry] | None:
        """None: it must be read."""
        count = change.head
        if count == 0:
            return []
        if self._entries is None:  # what is recent is less than a frame
            return None
        end = len(self._entries) - len(self._added)
        return self._entries[end - count : end]

    def writes(self, change: Change, head: Sequence[Entry]) -> list[Write]:
        """Everything that this chunk changed for the customer. What is over is put away. head: of the change."""
        customer_id = self.customer_id
        writes: list[Write] = [
            *self._fold.indexes(self._stored, self.state),
            *filed(customer_id, change, head),
            AddMembers(f"known:{customer_id}", list(self._new)),
        ]
        self.singles = change.singles_after
        if self.is_new:
            writes.append(Splice("customers", 0, [customer_id.encode()]))
        self.state, part = self._fold.put_away(self.state)
        if self._brought_back or part is not None:
            writes += self._past(part)
        writes.append(SetValue(f"state:{customer_id}", self._shelf.packed(self.state)))
        return writes

    def _past(self, part: S | None) -> list[Write]:
        """A name that is no longer away may stay among the names: it is asked for only where the state lacks it."""
        drop = EVERYTHING if self._brought_back else 0
        if part is None:
            return [Splice(f"past:{self.customer_id}", drop, [])]
        names = [fingerprint_of_name(name) for name in self._fold.names(part)]
        return [
            Splice(f"past:{self.customer_id}", drop, [self._shelf.packed(part)]),
            AddMembers(f"past:{self.customer_id}", names),
        ]

    async def _take(self, event: Event, entry: Entry) -> None:
        try:
            self._append(event, entry)
        except NeedsPast:
            await self.bring_back()
            await self._take(event, entry)
        except NeedsRefold:
            if not await self._insert_near_the_end(event, entry):
                await self._insert(event, entry)

    def _append(self, event: Event, entry: Entry) -> None:
        after = self._fold.evolve(self.state, event)
        self.recent.append(Step(self.state, event, entry))
        if len(self.recent) > RECENT:
            del self.recent[:-RECENT]
        self.state = after
        self._put(event, entry, ())

    async def _insert_near_the_end(self, event: Event, entry: Entry) -> bool:
        """Go on from the state before the events that come after this one; False: only all events can tell."""
        at = bisect_right(self.recent, place_of(event), key=lambda step: place_of(step.event))
        later = self.recent[at:]
        if not later:
            return False
        base = later[0].before
        since = self._fold.parts(base)
        if since != self._fold.parts(self.state):  # some of it has been put away since
            base = self._fold.whole(base, (await self.bring_back())[:since])
        steps: list[Step[S]] = []
        state = self._fold.carried(self.state, base)
        try:
            for one, its_entry in ((event, entry), *((step.event, step.entry) for step in later)):
                steps.append(Step(state, one, its_entry))
                state = self._fold.evolve(state, one)
        except (NeedsPast, NeedsRefold):
            return False
        self.recent[at:] = steps
        self.state = state
        self._put(event, entry, [step.entry for step in later])
        return True

    async def _insert(self, event: Event, entry: Entry) -> None:
        """Fold all events anew, this one in its place."""
        if self._fold.parts(self.state):
            await self.bring_back()
        entries, events = await self._all_entries(), await self._all_events()
        later = entries[bisect_right(events, place_of(event), key=place_of) :]
        self.state = self._fold.fold(self.state, [*events, event])
        self.recent.clear()
        self._put(event, entry, later)

    def _put(self, event: Event, entry: Entry, later: Sequence[Entry]) -> None:
        """later: the entries that come after this one."""
        if len(later) > len(self._added):
            self._dropped += len(later) - len(self._added)
            self._added = [entry, *later]
        else:
            self._added.insert(len(self._added) - len(later), entry)
        if self._entries is not None:
            self._entries.insert(len(self._entries) - len(later), entry)
        if self._events is not None:
            self._events.insert(len(self._events) - len(later), event)

    async def _compare(self, event: Event, entry: Entry) -> Known | None:
        """None: another identity with the same fingerprint."""
        identity = identity_of(event)
        for step in reversed(self.recent):  # most copies come soon
            if identity_of(step.event) == identity:
                return _copy_or_conflict(event, entry, step.entry)
        async for stored in self._newest_first():
            if stored.identity == identity:
                return _copy_or_conflict(event, entry, stored)
        return None

    async def _newest_first(self) -> AsyncIterator[Entry]:
        """All entries, read in pages that grow: most copies come soon, and a timeline may be long."""
        for entry in reversed(self._added if self._entries is None else self._entries):
            yield entry
        told, count = self._dropped, FIRST_PAGE
        while self._entries is None:
            found = await self._shelf.newest(self.customer_id, count)
            if len(found) < count:  # there are no more
                self._entries = self._with_added(found)
            for entry in reversed(found[: max(0, len(found) - told)]):
                yield entry
            told, count = max(told, len(found)), count * 4

    async def _all_entries(self) -> list[Entry]:
        if self._entries is None:
            self._entries = self._with_added(await self._shelf.entries(self.customer_id))
        return self._entries

    def _with_added(self, stored: Sequence[Entry]) -> list[Entry]:
        """stored: all of them."""
        return [*stored[: len(stored) - self._dropped], *self._added]

    async def _all_events(self) -> list[Event]:
        if self._events is None:
            self._events = [read(one.raw) for one in await self._all_entries()]
        return self._events


def fingerprint_of_name(name: str) -> bytes:
    """8 bytes that tell whether something of that name may be away."""
    return fingerprint("", name)


def _copy_or_conflict(event: Event, entry: Entry, known: Entry) -> Known:
    same = is_derived(event) or same_content(known.raw, entry.raw)
    return Known.DUPLICATE if same else Known.CONFLICT
