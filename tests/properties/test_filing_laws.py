"""Entries in frames are a list like any other: whatever comes and goes at its end, and whichever part is read."""

from itertools import count, islice
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from shared.customers import filing
from shared.customers.entry import Entry
from shared.customers.filing import CHUNK, change_of
from shared.projection import ListRange, Read, Splice
from shared.projection.memory import MemoryProjection
from tests.properties.effort import examples

FEW = st.integers(0, 3 * CHUNK)
edits = st.lists(st.tuples(FEW | st.integers(0, 2), st.integers(1, 3 * CHUNK) | st.just(1)), max_size=12)


class File:
    """A customer's entries as stored, and the list that they are."""

    def __init__(self) -> None:
        self.told: list[Entry] = []
        self.singles = 0
        self._numbers = count(1)
        self._projection = MemoryProjection()
        self._token = ""

    def new(self, wanted: int) -> list[Entry]:
        return [Entry(number, 7 * number, b'{"id":"%d"}' % number) for number in islice(self._numbers, wanted)]

    async def save(self, *writes: Splice) -> None:
        claim = await self._projection.claim(0)
        await self._projection.save(0, claim.token, claim.next, writes, 0)

    async def read(self, reads: list[Read[Any]]) -> list[Any]:
        return await self._projection.read(0, reads)

    async def left_by_a_release_without_frames(self, singles: int) -> None:
        self.told, self.singles = self.new(singles), singles
        await self.save(Splice("entries:c-1", 0, [one.pack() for one in self.told]))

    async def edit(self, dropped: int, added: int) -> None:
        change = change_of(self.singles, min(dropped, len(self.told)), self.new(added))
        stay = self.told[: len(self.told) - change.dropped]
        head = []
        if change.head:
            [stored] = await self.read([filing.where_head_lies("c-1", change)])
            head = filing.head_of(change, stored)
        assert head == stay[len(stay) - change.head :]
        await self.save(*filing.filed("c-1", change, head))
        self.told, self.singles = [*stay, *change.added], change.singles_after

    async def all(self) -> list[Entry]:
        return filing.everything(*await self.read([*filing.all_of("c-1")]))

    async def is_strict(self) -> bool:
        """Nothing but full frames, and less singles than would fill one."""
        frames, singles = await self.read([*filing.count_of("c-1")])
        [stored] = await self.read([ListRange("older:c-1")])
        return [len(filing.in_frames([one])) for one in stored] == [CHUNK] * frames and singles == self.singles < CHUNK


async def a_file(before: int, told: list[tuple[int, int]]) -> File:
    file = File()
    await file.left_by_a_release_without_frames(before)
    for dropped, added in told:
        await file.edit(dropped, added)
    return file


@examples(150)
@given(st.just(0) | FEW, edits)
async def test_what_is_stored_is_what_came_and_stayed(before: int, told: list[tuple[int, int]]) -> None:
    file = await a_file(before, told)
    assert await file.all() == file.told
    assert await file.is_strict() or not told
    assert filing.counted(*await file.read([*filing.count_of("c-1")])) == len(file.told)


@examples(150)
@given(st.just(0) | FEW, edits, st.integers(0, 5 * CHUNK), st.integers(-1, 5 * CHUNK))
async def test_any_part_can_be_read(before: int, told: list[tuple[int, int]], start: int, count: int) -> None:
    file = await a_file(before, told)
    found = filing.between(start, count, *await file.read(filing.range_of("c-1", start, count)))
    assert found == file.told[start : None if count < 0 else start + count]
    newest = filing.newest(start, *await file.read([*filing.newest_of("c-1", start)]))
    assert newest == file.told[max(0, len(file.told) - start) :]


@examples(50)
@given(edits, edits)
async def test_the_same_entries_are_stored_as_the_same_bytes(
    one: list[tuple[int, int]], other: list[tuple[int, int]]
) -> None:
    """Whatever the way they took."""
    file, again = await a_file(0, one), await a_file(0, other)
    again.told, told = file.told, again.told
    change = change_of(again.singles, len(told), file.told)
    if file.told:
        await again.save(*filing.filed("c-1", change, []))
        assert await again.read([*filing.all_of("c-1")]) == await file.read([*filing.all_of("c-1")])
