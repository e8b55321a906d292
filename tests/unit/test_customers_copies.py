"""Copies of what a long timeline holds: each is found, and what came lately without reading all of it."""

from collections.abc import Sequence
from typing import Any, TypeVar

import pytest

from shared.customers.customer import FIRST_PAGE
from shared.customers.filing import CHUNK
from shared.projection import Read
from shared.projection.memory import MemoryProjection
from tests.histories import builders
from tests.histories.builders import a_copy
from tests.unit.test_customers import ACCEPTED, CONFLICT, DUPLICATE, Filed, at

T = TypeVar("T")

MANY = 4 * FIRST_PAGE + FIRST_PAGE + 3


class Counting(MemoryProjection):
    """read_items: so many of lists were read."""

    read_items = 0

    async def read(self, partition: int, reads: Sequence[Read[T]]) -> list[T]:
        answers = await super().read(partition, reads)
        self.read_items += sum(len(answer) for answer in answers if isinstance(answer, list))
        return answers


def told(number: int) -> builders.Event:
    return at(2 * number, f"e{number}")


async def a_long_story() -> Filed:
    """In several chunks, of which nothing is remembered."""
    file = Filed()
    file.projection = Counting()
    for first in range(0, MANY, 50):
        await file.chunk(*(told(number) for number in range(first, min(MANY, first + 50))))
    file.customers.forget()
    return file


ENDS = [0, 1, CHUNK, FIRST_PAGE - 1, FIRST_PAGE, FIRST_PAGE + 1, 4 * FIRST_PAGE - 1, 4 * FIRST_PAGE, MANY - 1]


@pytest.mark.parametrize("number", sorted({*ENDS, *(MANY - 1 - one for one in ENDS)}))
async def test_a_copy_is_found_wherever_it_lies(number: int) -> None:
    file = await a_long_story()
    copies: list[Any] = [told(number), a_copy(told(number), desk="tech")]
    assert await file.chunk(*copies) == [DUPLICATE, CONFLICT]
    assert len(await file.entries()) == MANY


@pytest.mark.parametrize("behind", [1, 7, FIRST_PAGE, 2 * FIRST_PAGE])
async def test_a_copy_is_found_after_something_was_put_in_its_place_before_it(behind: int) -> None:
    file = await a_long_story()
    late = at(2 * (MANY - behind) - 1, "late")
    copies = [told(number) for number in (MANY - 1, MANY - behind, MANY - behind - 1, 0)]
    found = await file.chunk(late, *copies, late)
    assert found == [ACCEPTED, *[DUPLICATE] * 5]


async def test_to_find_a_copy_of_what_came_lately_little_is_read() -> None:
    file = await a_long_story()
    assert isinstance(file.projection, Counting)
    before = file.projection.read_items
    assert await file.chunk(told(MANY - 40)) == [DUPLICATE]
    assert file.projection.read_items - before < FIRST_PAGE
