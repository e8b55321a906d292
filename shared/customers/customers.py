"""The customers of one partition: load a chunk's in one round trip, remember recent states."""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import compress
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

import msgspec

from shared.customers.customer import Customer
from shared.customers.entry import fingerprint, unpack
from shared.customers.fold import Fold
from shared.customers.held import Held, read_as_held
from shared.event_log.wire import decode
from shared.projection import GetValue, HasMembers, ListRange, Read, Readable, Write
from shared.timeline.order import Identity

S = TypeVar("S")

# A state of 20 events takes some kilobytes as objects; so many of a partition are remembered between chunks.
REMEMBERED = 5_000


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
        self._unpack = msgspec.msgpack.Decoder(StoredState).decode
        self._pack = msgspec.msgpack.Encoder().encode

    def encode(self, state: S) -> bytes:
        return self._pack(StoredState(self._fold.version, self._fold.encode(state)))

    def decode(self, stored: bytes) -> S | None:
        """None for a state of another version."""
        kept = self._unpack(stored)
        return self._fold.decode(kept.body) if kept.version == self._fold.version else None

    async def open(self, reader: Reader, customer_id: str, stored: bytes) -> S:
        """For reading: a state of another version is folded anew from the entries, as its worker will do it."""
        state = self.decode(stored)
        if state is not None:
            return state
        [entries] = await reader.read([ListRange(f"entries:{customer_id}", 0, -1)])
        return self._fold.fold(self.claims(customer_id, stored), [decode(unpack(one).raw) for one in entries])

    def claims(self, customer_id: str, stored: bytes) -> S:
        return self._fold.claims(customer_id, self._unpack(stored).body)


class Customers(Generic[S]):
    """`mark_of`: what known identities are told by; two may share a mark."""

    def __init__(
        self, fold: Fold[S], remembered: int = REMEMBERED, mark_of: Callable[[Identity], bytes] = fingerprint
    ) -> None:
        self._fold = fold
        self._versioned = Versioned(fold)
        self._states: OrderedDict[str, S] = OrderedDict()
        self._remembered = remembered
        self._mark_of = mark_of

    def forget(self) -> None:
        """Somebody else may have written: trust only the store from now on."""
        self._states.clear()

    async def load(self, held: Held, wanted: Mapping[str, Iterable[Identity]]) -> dict[str, Customer[S]]:
        """`wanted`: the chunk's customers with the identities of their events."""
        marks: dict[str, dict[tuple[str, str], bytes]] = {
            customer_id: {one: self._mark_of(one) for one in ids} for customer_id, ids in wanted.items()
        }
        unread = [customer_id for customer_id in wanted if customer_id not in self._states]
        reads: list[Read[Any]] = [GetValue(f"state:{customer_id}") for customer_id in unread]
        asked = [tuple(dict.fromkeys(own.values())) for own in marks.values()]
        reads += [HasMembers(f"known:{customer_id}", own) for customer_id, own in zip(marks, asked, strict=True)]
        answers = await read_as_held(held, reads)
        stored = dict(zip(unread, answers, strict=False))
        loaded: dict[str, Customer[S]] = {}
        for customer_id, own, found in zip(marks, asked, answers[len(unread) :], strict=True):
            known = set(compress(own, found))
            loaded[customer_id] = await self._open(
                held, customer_id, stored.get(customer_id), marks[customer_id], known
            )
        return loaded

    async def _open(
        self,
        held: Held,
        customer_id: str,
        stored: bytes | None,
        marks: Mapping[tuple[str, str], bytes],
        known: set[bytes],
    ) -> Customer[S]:
        async def read_entries() -> list[bytes]:
            [entries] = await read_as_held(held, [ListRange(f"entries:{customer_id}", 0, -1)])
            return list(entries)

        def opened(state: S | None) -> Customer[S]:
            return Customer(customer_id, self._fold, state, marks, known, read_entries)

        state = self._states.get(customer_id)
        if state is not None or stored is None:
            return opened(state)
        state = self._versioned.decode(stored)
        if state is not None:
            return opened(state)
        customer = opened(self._fold.begin(customer_id))
        await customer.renew(self._versioned.claims(customer_id, stored))
        return customer

    def writes(self, customers: Iterable[Customer[S]]) -> list[Write]:
        return [write for customer in customers for write in customer.writes(self._versioned.encode)]

    def remember(self, customers: Iterable[Customer[S]]) -> None:
        """After the save: what was folded is what is stored."""
        for customer in customers:
            if customer.is_told:
                self._states[customer.customer_id] = customer.state
                self._states.move_to_end(customer.customer_id)
        while len(self._states) > self._remembered:
            self._states.popitem(last=False)
