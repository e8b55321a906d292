"""The customers of one partition: load a chunk's in one round trip, remember recent states."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import compress, islice
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

import msgspec

from shared.customers.compact import STATES
from shared.customers.customer import Customer, Step, fingerprint_of_name
from shared.customers.entry import Entry
from shared.customers.filing import (
    Change,
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
from shared.customers.incoming import Incoming
from shared.event_log.wire import decode
from shared.projection import GetValue, HasMembers, ListRange, Read, Readable, Write

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


class Opened(msgspec.Struct, Generic[S], frozen=True, gc=False):
    """What a customer begins a chunk with. state: None for a new one. singles: how many of the entries lie alone."""

    state: S | None
    singles: int


class Customers(Generic[S]):
    """`remembered`: so many states, of those who were busy last, stay from one chunk to the next."""

    def __init__(self, fold: Fold[S], remembered: int = REMEMBERED) -> None:
        self._fold = fold
        self._versioned = Versioned(fold)
        self._states: dict[str, Opened[S]] = {}  # the latest last
        self._steps: dict[str, list[Step[S]]] = {}
        self._remembered = remembered

    def forget(self) -> None:
        """Somebody else may have written: trust only the store from now on."""
        self._states.clear()
        self._steps.clear()

    async def load(self, held: Held, wanted: Mapping[str, Sequence[Incoming]]) -> dict[str, Customer[S]]:
        """`wanted`: the chunk's customers with what came for them."""
        unread = [customer_id for customer_id in wanted if customer_id not in self._states]
        marks = [tuple([one.mark for one in own]) for own in wanted.values()]
        reads: list[Read[Any]] = [GetValue(f"state:{customer_id}") for customer_id in unread]
        reads += [singles_of(customer_id) for customer_id in unread]
        reads += [HasMembers(f"known:{customer_id}", own) for customer_id, own in zip(wanted, marks, strict=True)]
        answers = await read_as_held(held, reads)
        count = len(unread)
        shelf = _Shelf(held, self._versioned)
        opened, outdated = self._opened(unread, answers[:count], answers[count : 2 * count])
        loaded: dict[str, Customer[S]] = {}
        for customer_id, own, found in zip(wanted, marks, answers[2 * count :], strict=True):
            one = self._states.get(customer_id) or opened[customer_id]
            known, recent = set(compress(own, found)) if True in found else (), self._steps.get(customer_id, ())
            loaded[customer_id] = Customer(customer_id, self._fold, shelf, one.state, known, recent, one.singles)
        for customer_id, stored in outdated.items():
            past = await shelf.past(customer_id)
            await loaded[customer_id].renew(self._versioned.claims(customer_id, stored, past))
        await self._bring_back(held, loaded, wanted)
        return loaded

    def _opened(
        self, customer_ids: Sequence[str], stored: Sequence[bytes | None], singles: Sequence[int]
    ) -> tuple[dict[str, Opened[S]], dict[str, bytes]]:
        """From what is stored; and of whom another version has stored it, that again."""
        opened: dict[str, Opened[S]] = {}
        outdated: dict[str, bytes] = {}
        for customer_id, one, alone in zip(customer_ids, stored, singles, strict=True):
            state = None if one is None else self._versioned.decode(one)
            if one is not None and state is None:
                outdated[customer_id] = one
                state = self._fold.begin(customer_id)
            opened[customer_id] = Opened(state, alone)
        return opened, outdated

    async def _bring_back(
        self, held: Held, loaded: Mapping[str, Customer[S]], wanted: Mapping[str, Sequence[Incoming]]
    ) -> None:
        """The past of those of whom the chunk speaks of something that was put away."""
        asked: dict[str, tuple[bytes, ...]] = {}
        for customer_id, customer in loaded.items():
            if self._fold.parts(customer.state):
                state, own = customer.state, wanted[customer_id]
                missing = {name for one in own for name in self._fold.missing(state, one.event)}
                if missing:
                    asked[customer_id] = tuple(map(fingerprint_of_name, missing))
        if asked:
            reads = [HasMembers(f"past:{customer_id}", names) for customer_id, names in asked.items()]
            for customer_id, found in zip(asked, await read_as_held(held, reads), strict=True):
                if any(found):
                    await loaded[customer_id].bring_back()

    async def writes(self, held: Held, customers: Iterable[Customer[S]]) -> list[Write]:
        """Everything that this chunk changed. Raises Moved, Lost, where stored entries must be read for it."""
        told = [(customer, change) for customer in customers if (change := customer.change)]
        heads = [customer.head(change) for customer, change in told]
        unread = [one for one, head in zip(told, heads, strict=True) if head is None]
        read = iter(await _heads(held, unread) if unread else ())
        writes: list[Write] = []
        for (customer, change), head in zip(told, heads, strict=True):
            writes += customer.writes(change, next(read) if head is None else head)
        return writes

    def remember(self, customers: Iterable[Customer[S]], sharing: int = 1) -> None:
        """After the save: what was folded is what is stored. sharing: so many partitions remember in this process."""
        for customer in customers:
            if customer.is_told:
                customer_id = customer.customer_id
                self._states.pop(customer_id, None)
                self._states[customer_id] = Opened(customer.state, customer.singles)
                self._steps.pop(customer_id, None)
                if self._fold.parts(customer.state):
                    self._steps[customer_id] = customer.recent
        _forget_oldest(self._states, self._remembered // sharing)
        _forget_oldest(self._steps, REMEMBERED_STEPS // sharing)


async def _heads(held: Held, told: Sequence[tuple[Customer[Any], Change]]) -> list[list[Entry]]:
    answers = await read_as_held(held, [where_head_lies(one.customer_id, change) for one, change in told])
    return [head_of(change, one) for (_, change), one in zip(told, answers, strict=True)]


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


def _forget_oldest(kept: dict[str, Any], most: int) -> None:
    for customer_id in list(islice(kept, max(0, len(kept) - most))):
        del kept[customer_id]
