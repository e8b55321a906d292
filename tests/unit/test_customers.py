"""A customer's file: each event once, always in the order, however it arrives."""
# ruff: noqa: ARG002 - the smallest fold looks at less than it is given

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, Literal, TypeAlias

import msgspec
import pytest

from shared.customers.customer import Accepted, Customer, Known
from shared.customers.customers import Customers, Versioned
from shared.customers.entry import Entry, fingerprint, same_content
from shared.customers.filing import all_of, everything
from shared.customers.fold import Undivided
from shared.customers.incoming import Incoming, wanted
from shared.event_log.wire import decode
from shared.events import Event
from shared.projection import GetValue, ListRange, Lost, Moved, Write
from shared.projection.memory import MemoryProjection
from shared.stream.lease import Lease
from shared.timeline.order import Identity, Place, identity_of, place_of
from shared.timeline.timeline import NeedsRefold
from tests.histories import builders
from tests.histories.builders import a_connection, a_contact, a_copy, an_assignment


class Story(msgspec.Struct, frozen=True, array_like=True):
    """The smallest state: which events came, in their order."""

    ids: tuple[Identity, ...] = ()
    last: Place | None = None


class StoryFold(Undivided[Story]):
    def __init__(self, version: str = "1") -> None:
        self.version = version

    def begin(self, customer_id: str) -> Story:
        return Story()

    def evolve(self, state: Story, event: Event) -> Story:
        if state.last is not None and place_of(event) <= state.last:
            raise NeedsRefold
        return Story((*state.ids, identity_of(event)), place_of(event))

    def fold(self, state: Story, events: Iterable[Event]) -> Story:
        told = sorted(events, key=place_of)
        return Story(tuple(map(identity_of, told)), place_of(told[-1]) if told else None)

    def encode(self, state: Story) -> bytes:
        return msgspec.msgpack.encode(state)

    def decode(self, stored: bytes) -> Story:
        return msgspec.msgpack.decode(stored, type=Story)

    def carried(self, state: Story, earlier: Story) -> Story:
        return earlier

    def claims(self, customer_id: str, stored: Sequence[bytes]) -> Story:
        return Story()

    def indexes(self, before: Story, after: Story) -> list[Write]:
        return []


Verdict: TypeAlias = Literal["accepted"] | Known
ACCEPTED: Final = "accepted"
DUPLICATE, CONFLICT = Known.DUPLICATE, Known.CONFLICT


class Filed:
    """The customers of one partition and their store, chunk by chunk."""

    def __init__(
        self, customers: Customers[Story] | None = None, mark_of: Callable[[str, str], bytes] = fingerprint
    ) -> None:
        self.customers = customers or Customers(StoryFold())
        self._mark_of = mark_of
        self.projection = MemoryProjection()
        self._lease: Lease | None = None

    async def lease(self) -> Lease:
        if self._lease is None:
            claim = await self.projection.claim(0)
            self._lease = Lease(self.projection, 0, claim.token, 0, None)
            await self.projection.save(0, claim.token, None, [], 0)
        return self._lease

    async def chunk(self, *events: builders.Event) -> list[Verdict]:
        """Receive these and save."""
        lease = await self.lease()
        incoming = [received(event, lease.next + n, self._mark_of) for n, event in enumerate(events)]
        loaded = await self.customers.load(lease, wanted(incoming))
        found = [verdict(await received_by(loaded[one.event.customer_id], one)) for one in incoming]
        await lease.save(await self.customers.writes(lease, loaded.values()), next=lease.next + len(events))
        self.customers.remember(loaded.values())
        return found

    async def entries(self, customer_id: str = "c-1") -> list[Entry]:
        return everything(*await self.projection.read(0, all_of(customer_id)))

    async def ids(self, customer_id: str = "c-1") -> list[str]:
        return [json.loads(entry.raw)["id"] for entry in await self.entries(customer_id)]

    async def story(self, customer_id: str = "c-1") -> Story | None:
        [stored] = await self.projection.read(0, [GetValue(f"state:{customer_id}")])
        return None if stored is None else Versioned(StoryFold()).decode(stored)


def received(event: builders.Event, offset: int, mark_of: Callable[[str, str], bytes] = fingerprint) -> Incoming:
    raw = json.dumps(event).encode()
    decoded = decode(raw)
    return Incoming(decoded, Entry(offset, 0, raw), mark_of(decoded.source, decoded.id))


async def received_by(customer: Customer[Story], one: Incoming) -> Accepted[Story] | Known:
    return customer.append(one) or await customer.receive(one)


def verdict(told: Accepted[Story] | Known) -> Verdict:
    return told if isinstance(told, Known) else ACCEPTED


def at(second: float, event_id: str) -> builders.Event:
    return an_assignment(second, id=event_id, desk="front")


async def test_what_comes_in_order_is_appended() -> None:
    file = Filed()
    assert await file.chunk(at(1, "a"), at(2, "b")) == [ACCEPTED, ACCEPTED]
    await file.chunk(at(3, "c"))
    assert await file.ids() == ["a", "b", "c"]
    assert [entry.offset for entry in await file.entries()] == [0, 1, 2]


@pytest.mark.parametrize("chunks", [[["d"]], [["d"], ["e"]], [["d", "e"]], [["f", "d"]], [["d", "f", "e"]]])
async def test_what_comes_late_is_put_in_its_place(chunks: list[list[str]]) -> None:
    places = {"a": 1, "d": 2, "b": 3, "e": 4, "c": 5, "f": 6}
    file = Filed()
    await file.chunk(at(1, "a"), at(3, "b"), at(5, "c"))
    for chunk in chunks:
        await file.chunk(*(at(places[name], name) for name in chunk))
    known = ["a", "b", "c", *(name for chunk in chunks for name in chunk)]
    assert await file.ids() == sorted(known, key=lambda name: places[name])


async def test_late_and_new_in_one_chunk_for_a_customer_whose_file_is_new() -> None:
    file = Filed()
    await file.chunk(at(3, "c"), at(1, "a"), at(4, "d"), at(2, "b"))
    assert await file.ids() == ["a", "b", "c", "d"]


async def test_within_one_second_a_contact_begins_before_it_is_connected() -> None:
    file = Filed()
    await file.chunk(a_connection(1, id="1"))
    await file.chunk(a_contact(1, id="2"))
    assert await file.ids() == ["2", "1"]


async def test_a_copy_is_no_second_event_even_with_another_time_or_in_other_writing() -> None:
    file = Filed()
    first = at(1, "a")
    reversed_writing = dict(reversed(first.items()))
    assert await file.chunk(first, first, at(2, "b")) == [ACCEPTED, DUPLICATE, ACCEPTED]
    assert await file.chunk(a_copy(first, 9), reversed_writing, first) == [DUPLICATE] * 3
    assert [json.loads(entry.raw)["time"] for entry in await file.entries()] == [first["time"], at(2, "b")["time"]]


async def test_a_copy_with_other_content_is_a_conflict() -> None:
    file = Filed()
    first = at(1, "a")
    assert await file.chunk(first, a_copy(first, desk="tech")) == [ACCEPTED, CONFLICT]
    assert await file.chunk(a_copy(first, desk="tech"), {**first, "type": "issue.opened"}) == [CONFLICT, CONFLICT]
    assert await file.chunk(a_copy(first, odd=None), a_copy(first, odd=1)) == [CONFLICT, CONFLICT]
    assert await file.ids() == ["a"]


async def test_our_own_events_are_compared_by_identity_only() -> None:
    file = Filed()
    miss = builders.a_miss(1)
    assert await file.chunk(miss, a_copy(miss, detected_at=builders.time(99))) == [ACCEPTED, DUPLICATE]


async def test_the_same_id_of_another_source_or_customer_is_another_event() -> None:
    file = Filed()
    first = at(1, "a")
    assert await file.chunk(first, {**first, "source": builders.CRM}, {**first, "subject": "c-2"}) == [ACCEPTED] * 3
    assert len(await file.ids()) == 2
    assert await file.ids("c-2") == ["a"]


@pytest.mark.parametrize("remembered", [0, 1, 5_000])
async def test_identities_that_share_a_mark_are_told_apart(remembered: int) -> None:
    file = Filed(Customers(StoryFold(), remembered), mark_of=lambda _, __: b"always the same")
    assert await file.chunk(at(1, "a"), at(2, "b"), at(1, "a")) == [ACCEPTED, ACCEPTED, DUPLICATE]
    assert await file.chunk(at(3, "c"), a_copy(at(2, "b"), 7), a_copy(at(1, "a"), desk="x")) == [
        ACCEPTED,
        DUPLICATE,
        CONFLICT,
    ]
    assert await file.chunk(at(1.5, "d")) == [ACCEPTED]
    assert await file.ids() == ["a", "d", "b", "c"]


def test_marks_differ_where_identities_do() -> None:
    identities = [Identity("ab", "c"), Identity("a", "bc"), Identity("", "abc"), Identity("abc", "")]
    assert len({fingerprint(*one) for one in identities}) == 4
    assert {len(fingerprint(*one)) for one in identities} == {8}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"odd": 1}, {"odd": 1.0}),
        ({"odd": {"a": 1, "b": 2}}, {"odd": {"b": 2, "a": 1}}),
        ({"odd": "é"}, {"odd": "\u00e9"}),
        ({"odd": 10**21}, {"odd": 1e21}),
    ],
)
def test_equal_json_values_are_the_same_content(one: dict[str, Any], other: dict[str, Any]) -> None:
    first = at(1, "a")
    assert same_content(raw(a_copy(first, None, **one)), raw(a_copy(first, 5, **other)))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"odd": 1}, {"odd": True}),
        ({"odd": None}, {}),
        ({"odd": [1, 2]}, {"odd": [2, 1]}),
        ({"odd": "a"}, {"odd": "A"}),
        ({"odd": 10**21}, {"odd": 10**21 + 1}),
    ],
)
def test_other_json_values_are_other_content(one: dict[str, Any], other: dict[str, Any]) -> None:
    first = at(1, "a")
    assert not same_content(raw(a_copy(first, None, **one)), raw(a_copy(first, None, **other)))


HUGE = b'{"specversion":"1.0","id":"a","source":"s","type":"issue.assigned","subject":"c-1",%s "time":"%s","data":{"issue_id":"i1","odd":%s}}'  # noqa: E501
TIME = builders.time(1).encode()


@pytest.mark.parametrize(
    "odd", [b"1" * 4_300, b"[" * 150 + b"]" * 150, b"1e999999", b"-0.0", b'"\\ud83d\\ude00"'], ids=range(5)
)
def test_whatever_can_be_read_can_be_compared(odd: bytes) -> None:
    one, other = HUGE % (b"", TIME, odd), HUGE % (b"  ", TIME, odd)
    assert decode(one) == decode(other)
    assert same_content(one, other)


def raw(event: builders.Event) -> bytes:
    return json.dumps(event).encode()


async def test_a_customer_is_listed_once_when_first_heard_of() -> None:
    file = Filed()
    await file.chunk(at(2, "a"), {**at(1, "b"), "subject": "c-2"})
    await file.chunk(at(1, "c"))
    [names] = await file.projection.read(0, [ListRange("customers")])
    assert names == [b"c-1", b"c-2"]


async def test_a_state_of_another_version_is_folded_from_the_entries() -> None:
    file = Filed(Customers(StoryFold("old")))
    await file.chunk(at(1, "a"), at(2, "b"))
    file.customers = Customers(StoryFold("1"))
    assert await file.story() is None
    await file.chunk(at(3, "c"))
    story = await file.story()
    assert story is not None
    assert [one.id for one in story.ids] == ["a", "b", "c"]


async def test_what_another_version_claimed_is_kept_until_an_event_lets_us_say_what_differs() -> None:
    file = Filed(Customers(StoryFold("old")))
    await file.chunk(at(1, "a"))
    file.customers = Customers(StoryFold("1"))
    assert await file.chunk(at(1, "a")) == [DUPLICATE]
    lease, new = await file.lease(), received(at(2, "b"), 9)
    customer = (await file.customers.load(lease, wanted([new])))["c-1"]
    told = await received_by(customer, new)
    assert isinstance(told, Accepted)
    assert (told.before, [one.id for one in told.after.ids]) == (Story(), ["a", "b"])


async def test_nothing_is_decided_by_a_store_that_stands_elsewhere() -> None:
    file = Filed()
    await file.chunk(at(1, "a"))
    lease = await file.lease()
    await file.projection.save(0, lease.token, lease.next, [], lease.next + 1)
    with pytest.raises(Moved):
        await file.chunk(at(2, "b"))
    file.projection.lose()
    with pytest.raises(Lost):
        await file.chunk(at(2, "b"))
