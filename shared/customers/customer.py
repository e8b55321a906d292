"""One customer while a chunk is handled: receive events one by one, then say what to write."""

from bisect import bisect_right
from collections.abc import Awaitable, Callable, Mapping
from enum import Enum
from typing import Generic, NamedTuple, TypeVar

from shared.customers.entry import Entry, same_content, unpack
from shared.customers.fold import Fold
from shared.event_log.wire import read
from shared.events import Event, is_derived
from shared.projection import AddMembers, SetValue, Splice, Write
from shared.timeline.order import identity_of, place_of
from shared.timeline.timeline import NeedsRefold

S = TypeVar("S")
ReadEntries = Callable[[], Awaitable[list[bytes]]]


class Verdict(Enum):
    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"  # known, perhaps stamped anew: the first copy on the log is the fact
    CONFLICT = "conflict"  # known, with another content


class Received(NamedTuple, Generic[S]):
    verdict: Verdict
    before: S
    after: S


class Customer(Generic[S]):
    """`state`: as stored, or None for a new customer.

    `marks`: by source and id, fingerprints of all that this chunk brings. `known`: those of them that were seen before.
    """

    def __init__(
        self,
        customer_id: str,
        fold: Fold[S],
        state: S | None,
        marks: Mapping[tuple[str, str], bytes],
        known: set[bytes],
        read_entries: ReadEntries,
    ) -> None:
        self.customer_id = customer_id
        self.is_new = state is None
        self.state: S = fold.begin(customer_id) if state is None else state
        self._announced: S = self.state  # what the world has been told follows from
        self._stored: S = self.state
        self._fold = fold
        self._marks = marks
        self._known = known
        self._read_entries = read_entries
        self._entries: list[Entry] | None = [] if self.is_new else None  # all of them, once somebody needed them
        self._events: list[Event] | None = [] if self.is_new else None  # decoded, beside _entries
        self._added: list[Entry] = []  # appended since, in order
        self._keep: int | None = None  # how many stored entries stay as they are; None: all
        self._new: list[bytes] = []

    async def receive(self, event: Event, entry: Entry) -> Received[S]:
        before = self._announced
        mark = self._marks[event.source, event.id]
        if mark in self._known and (verdict := await self._compare(event, entry)):
            return Received(verdict, before, before)
        try:
            self.state = self._fold.evolve(self.state, event)
            self._append(event, entry)
        except NeedsRefold:
            self.state = self._fold.fold(self.state, await self._insert(event, entry))
        self._announced = self.state
        self._known.add(mark)
        self._new.append(mark)
        return Received(Verdict.ACCEPTED, before, self.state)

    def carry(self, state: S) -> None:
        """Keep what the service decided after the event that was just received."""
        self.state = self._announced = state

    async def renew(self, claims: S) -> None:
        """The stored state is of another version: fold anew, and announce what differs with the next event."""
        self.state = self._fold.fold(claims, await self._all_events())
        self._announced = self._stored = claims

    @property
    def is_told(self) -> bool:
        """Whether the world has been told, once `writes` are saved, whatever follows from the state."""
        return bool(self._new) or self.state is self._stored

    def writes(self, encode: Callable[[S], bytes]) -> list[Write]:
        """Everything that this chunk changed for the customer."""
        if not self._new:
            return []
        writes: list[Write] = list(self._fold.indexes(self._stored, self.state))
        items = self._added if self._keep is None else (self._entries or [])[self._keep :]
        writes += [
            Splice(f"entries:{self.customer_id}", self._keep, [entry.pack() for entry in items]),
            AddMembers(f"known:{self.customer_id}", self._new),
        ]
        if self.is_new:
            writes.append(Splice("customers", None, [self.customer_id.encode()]))
        writes.append(SetValue(f"state:{self.customer_id}", encode(self.state)))
        return writes

    async def _compare(self, event: Event, entry: Entry) -> Verdict | None:
        """None: another identity with the same fingerprint."""
        identity = identity_of(event)
        for stored in await self._all_entries():
            if stored.identity == identity:
                same = is_derived(event) or same_content(stored.raw, entry.raw)
                return Verdict.DUPLICATE if same else Verdict.CONFLICT
        return None

    def _append(self, event: Event, entry: Entry) -> None:
        self._added.append(entry)
        if self._entries is not None:
            self._entries.append(entry)
        if self._events is not None:
            self._events.append(event)

    async def _insert(self, event: Event, entry: Entry) -> list[Event]:
        """All events, this one in its place."""
        entries, events = await self._all_entries(), await self._all_events()
        at = bisect_right(events, place_of(event), key=place_of)
        stored = len(entries) - len(self._added) if self._keep is None else self._keep
        if at < stored or self._keep is not None:
            self._keep = min(at, stored)
        events.insert(at, event)
        entries.insert(at, entry)
        if self._keep is None:
            self._added.insert(at - stored, entry)
        return events

    async def _all_entries(self) -> list[Entry]:
        if self._entries is None:
            stored = [unpack(one) for one in await self._read_entries()]
            self._entries = [*stored, *self._added]
        return self._entries

    async def _all_events(self) -> list[Event]:
        if self._events is None:
            self._events = [read(one.raw) for one in await self._all_entries()]
        return self._events
