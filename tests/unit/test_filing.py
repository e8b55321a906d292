"""A customer's older entries in frames: filled from what is at hand or read, whatever was stored before."""

import random
from collections.abc import Sequence
from typing import Any

import pytest

from shared.customers.customers import Customers
from shared.customers.filing import CHUNK, count_of
from shared.projection import EVERYTHING, ListRange, Moved, Read, Splice
from shared.projection.memory import MemoryProjection
from tests.asked import Asked
from tests.histories import builders
from tests.histories.builders import a_copy
from tests.unit.test_customers import ACCEPTED, CONFLICT, DUPLICATE, Filed, StoryFold, at


def mostly_in_order(count: int) -> list[builders.Event]:
    """One in eight comes late, some by a few, some by many; one comes twice."""
    chance = random.Random(7)
    late = [chance.choice([1.5, 3.5, 40.5]) if chance.random() < 0.125 else 0.0 for _ in range(count)]
    order = sorted(range(count), key=lambda second: second + late[second])
    return [at(second, f"{second:03}") for second in (*order, order[5])]


@pytest.mark.parametrize("remembered", [0, 5_000])
@pytest.mark.parametrize("size", [1, 7, 2 * CHUNK + CHUNK // 2])
async def test_a_long_file_is_in_order_whether_it_is_remembered_or_read(remembered: int, size: int) -> None:
    file = Filed(Customers(StoryFold(), remembered))
    told = mostly_in_order(6 * CHUNK + 3)
    verdicts = [one for n in range(0, len(told), size) for one in await file.chunk(*told[n : n + size])]
    assert verdicts == [*[ACCEPTED] * (len(told) - 1), DUPLICATE]
    assert await file.ids() == sorted(event["id"] for event in told[:-1])
    assert await file.projection.read(0, [*count_of("c-1")]) == [6, 3]


async def test_entries_that_are_stored_in_the_old_form_are_all_read_and_filed_with_the_next_event() -> None:
    file = Filed()
    await file.chunk(*(at(second, f"{second:03}") for second in range(2 * CHUNK + 5)))
    alone = [one.pack() for one in await file.entries()]
    lease = await file.lease()
    await lease.save([Splice("older:c-1", EVERYTHING, []), Splice("entries:c-1", EVERYTHING, alone)])
    file.customers.forget()
    assert await file.chunk(at(0, "000"), a_copy(at(1, "001"), desk="tech")) == [DUPLICATE, CONFLICT]
    assert await file.projection.read(0, [*count_of("c-1")]) == [0, 2 * CHUNK + 5]
    await file.chunk(at(0.5, "000b"))
    assert await file.ids() == sorted([*(f"{second:03}" for second in range(2 * CHUNK + 5)), "000b"])
    assert await file.projection.read(0, [*count_of("c-1")]) == [2, 6]


def lists(projection: Asked) -> list[str]:
    return [one.name for one in projection.reads if isinstance(one, ListRange)]


async def test_a_frame_is_filled_after_one_read_and_without_any_for_who_is_new() -> None:
    file = Filed()
    file.projection = projection = Asked()
    told = [at(second, f"{second:03}") for second in range(2 * CHUNK + 3)]
    await file.chunk(*told[: CHUNK + 3])
    assert lists(projection) == []
    await file.chunk(*told[CHUNK + 3 : 2 * CHUNK])
    await file.chunk(*told[2 * CHUNK :])
    assert lists(projection) == ["entries:c-1"]
    assert await file.ids() == [event["id"] for event in told]


class Moving(MemoryProjection):
    """Another owner saves just before the entries are read that a frame needs."""

    def __init__(self) -> None:
        super().__init__()
        self.moves = False

    async def read(self, partition: int, reads: Sequence[Read[Any]]) -> list[Any]:
        if self.moves and ListRange("entries:c-1", 0, CHUNK - 2) in reads:
            claim = await self.claim(partition)
            await self.save(partition, claim.token, claim.next, [], (claim.next or 0) + 1)
        return await super().read(partition, reads)


async def test_no_frame_is_made_of_what_another_owner_stored() -> None:
    file = Filed(Customers(StoryFold(), remembered=0))
    file.projection = projection = Moving()
    await file.chunk(*(at(second, f"{second:03}") for second in range(CHUNK - 1)))
    file.customers.forget()
    projection.moves = True
    with pytest.raises(Moved):
        await file.chunk(at(CHUNK, "last"))
