"""The customers of one partition: load a chunk's in one round trip, remember recent states."""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import compress
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

import msgspec

from shared.customers.compact import STATES
from shared.customers.customer import Customer, Step, fingerprint_of_name
from shared.customers.entry import Entry, fingerprint
from shared.customers.filing import (
    all_of,
    everything,
    head_of,
    newest,
    newest_of,
    singles_of,
    where_head_lies,
)
from shared.customers.fold import Fold
from shared.customers.held import Held, read_as_held
from shared.event_log.wire import decode
from shared.events import Event
from shared.projection import GetValue, HasMembers, ListRange, Read, Readable, Write
from shared.timeline.order import Identity, identity_of

S = TypeVar("S")

# A state of 20 events takes 6 kB as objects, a long one more; so many are remembered between chunks by a whole process,
# which may have to take over all partitions: 100 to 300 MB.
REMEMBERED = 20_000
# Of so many of those with a long story, also the states before their last events: what comes a little late would else
# fold all of it. A short one is folded in two milliseconds, so that nothing is kept of it.
REMEMBERED_STEPS = 2_000


class Reader(Protocol):
    async def read(self, reads: Sequence[Read[Any]]) -> list[Any]:
        """Answers of one partition."""


class At(NamedTuple):
    """One partition of a projection, for reading."""

    projection: Readable
    partition: int

    async def read(self, reads: Sequence[Read[Any]]) -> list[Any]:
        return await self.projection.read(self.partition, reads)


class StoredState(msgspec.Struct, frozen=True, array_like=True):
    version: str
    body: bytes


class Versioned(Generic[S]):
    """States to bytes and back, each saying which version of rules and schema made it."""

    def __init__(self, fold: Fold[S]) -> None:
        self._fold = fold
        decoder = msgspec.msgpack.Decoder(StoredState)
        self._unpack: Callable[[bytes], StoredState] = lambda stored: decoder.decode(STATES.plain(stored))
        self._pack = msgspec.msgpack.Encoder().encode

    def encode(self, state: S) -> bytes:
        return STATES.compact(self._pack(StoredState(self._fold.version, self._fold.encode(state))))

    def decode(self, stored: bytes) -> S | None:
        """None for a state of another version."""
        kept = self._unpack(stored)
        return self._fold.decode(kept.body) if kept.version == self._fold.version else None

    async def open(self, reader: Reader, customer_id: str, stored: bytes, past: Sequence[bytes]) -> S:
        """The whole state, for reading: one of another version is folded anew from the entries, as its worker will do
        it. past: the parts, read in the same moment."""
        state, parts = self.decode(stored), [self.decode(part) for part in past]
        if state is not None:
            return self._fold.whole(state, [part for part in parts if part is not None])
        entries = everything(*await reader.read(all_of(customer_id)))
        return self._fold.fold(self.claims(customer_id, stored, past), [decode(one.raw) for one in entries])

    def claims(self, customer_id: str, stored: bytes, past: Sequence[bytes]) -> S:
        return self._fold.claims(customer_id, [self._unpack(one).body for one in (*past, stored)])


class Opened(NamedTuple, Generic[S]):
    """What a customer begins a chunk with. state: None for a new one. singles: how many of the entries lie alone."""

    state: S | None
    singles: int


class Customers(Generic[S]):
    """`mark_of`: what known identities are told by; two may share a mark."""

    def __init__(
        self, fold: Fold[S], remembered: int = REMEMBERED, mark_of: Callable[[Identity], bytes] = fingerprint
    ) -> None:
        self._fold = fold
        self._versioned = Versioned(fold)
        self._states: OrderedDict[str, Opened[S]] = OrderedDict()
        self._steps: OrderedDict[str, list[Step[S]]] = OrderedDict()
        self._remembered = remembered
        self._mark_of = mark_of

    def forget(self) -> None:
        """Somebody else may have written: trust only the store from now on."""
        self._states.clear()
        self._steps.clear()

    async def load(self, held: Held, wanted: Mapping[str, Sequence[Event]]) -> dict[str, Customer[S]]:
        """`wanted`: the chunk's customers with their events."""
        marks: dict[str, dict[tuple[str, str], bytes]] = {
            customer_id: {one: self._mark_of(one) for one in map(identity_of, events)}
            for customer_id, events in wanted.items()
        }
        unread = [customer_id for customer_id in wanted if customer_id not in self._states]
        reads: list[Read[Any]] = [GetValue(f"state:{customer_id}") for customer_id in unread]
        reads += [singles_of(customer_id) for customer_id in unread]
        asked = [tuple(dict.fromkeys(own.values())) for own in marks.values()]
        reads += [HasMembers(f"known:{customer_id}", own) for customer_id, own in zip(marks, asked, strict=True)]
        answers = await read_as_held(held, reads)
        count = len(unread)
        unremembered = dict(zip(unread, zip(answers[:count], answers[count : 2 * count], strict=True), strict=True))
        shelf = _Shelf(held, self._versioned)
        loaded: dict[str, Customer[S]] = {}
        for (customer_id, own), those, found in zip(marks.items(), asked, answers[2 * count :], strict=True):
            opened, outdated = self._states.get(customer_id), None
            if opened is None:
                opened, outdated = self._opened(customer_id, *unremembered[customer_id])
            known, recent = set(compress(those, found)), self._steps.get(customer_id, ())
            customer = Customer(customer_id, self._fold, shelf, opened.state, own, known, recent, opened.singles)
            if outdated is not None:
                past = await shelf.past(customer_id)
                await customer.renew(self._versioned.claims(customer_id, outdated, past))
            loaded[customer_id] = customer
        await self._bring_back(held, loaded, wanted)
        return loaded

    def _opened(self, customer_id: str, stored: bytes | None, singles: int) -> tuple[Opened[S], bytes | None]:
        """From what is stored; and that again, where another version has stored it."""
        if stored is None:
            return Opened(None, singles), None
        state = self._versioned.decode(stored)
        if state is not None:
            return Opened(state, singles), None
        return Opened(self._fold.begin(customer_id), singles), stored

    async def _bring_back(
        self, held: Held, loaded: Mapping[str, Customer[S]], wanted: Mapping[str, Sequence[Event]]
    ) -> None:
        """The past of those of whom the chunk speaks of something that was put away."""
        asked: dict[str, tuple[bytes, ...]] = {}
        for customer_id, customer in loaded.items():
            if self._fold.parts(customer.state):
                missing = {name for event in wanted[customer_id] for name in self._fold.missing(customer.state, event)}
                if missing:
                    asked[customer_id] = tuple(map(fingerprint_of_name, missing))
        if asked:
            reads = [HasMembers(f"past:{customer_id}", names) for customer_id, names in asked.items()]
            for customer_id, found in zip(asked, await read_as_held(held, reads), strict=True):
                if any(found):
                    await loaded[customer_id].bring_back()

    async def writes(self, held: Held, customers: Iterable[Customer[S]]) -> list[Write]:
        """Everything that this chunk changed. Raises Moved, Lost, where stored entries must be read for it."""
        told = list(customers)
        heads = [customer.head() for customer in told]
        unread = [customer for customer, head in zip(told, heads, strict=True) if head is None]
        read = iter(await self._heads(held, unread) if unread else ())
        return [
            write
            for customer, head in zip(told, heads, strict=True)
            for write in customer.writes(next(read) if head is None else head)
        ]

    async def _heads(self, held: Held, customers: Sequence[Customer[S]]) -> list[list[Entry]]:
        reads = [where_head_lies(customer.customer_id, customer.change) for customer in customers]
        answers = await read_as_held(held, reads)
        return [head_of(customer.change, one) for customer, one in zip(customers, answers, strict=True)]

    def remember(self, customers: Iterable[Customer[S]], sharing: int = 1) -> None:
        """After the save: what was folded is what is stored. sharing: so many partitions remember in this process."""
        for customer in customers:
            if customer.is_told:
                customer_id = customer.customer_id
                self._states[customer_id] = Opened(customer.state, customer.singles)
                self._states.move_to_end(customer_id)
                if self._fold.parts(customer.state):
                    self._steps[customer_id] = customer.recent
                    self._steps.move_to_end(customer_id)
                else:
                    self._steps.pop(customer_id, None)
        _forget_oldest(self._states, self._remembered // sharing)
        _forget_oldest(self._steps, REMEMBERED_STEPS // sharing)


class _Shelf(Generic[S]):
    def __init__(self, held: Held, versioned: Versioned[S]) -> None:
        self._held = held
        self._versioned = versioned
        self.packed = versioned.encode

    async def entries(self, customer_id: str) -> list[Entry]:
        return everything(*await read_as_held(self._held, all_of(customer_id)))

    async def newest(self, customer_id: str, count: int) -> list[Entry]:
        return newest(count, *await read_as_held(self._held, newest_of(customer_id, count)))

    async def past(self, customer_id: str) -> list[bytes]:
        [found] = await read_as_held(self._held, [ListRange(f"past:{customer_id}")])
        return list(found)

    async def parts(self, customer_id: str) -> list[S]:
        """Of the version of the state: where that is another, `renew` drops them."""
        decoded = [self._versioned.decode(one) for one in await self.past(customer_id)]
        return [part for part in decoded if part is not None]


def _forget_oldest(kept: OrderedDict[str, Any], most: int) -> None:
    while len(kept) > most:
        kept.popitem(last=False)
