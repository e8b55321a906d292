"""The faults of the projection in memory: what handlers and the engine are tried against."""

from __future__ import annotations

import pytest

from shared.projection import GetValue, Lost, Moved, ProjectionUnavailable, SetValue
from shared.projection.memory import MemoryProjection
from tests.suites.projection_suite import ask, first_save


async def test_an_unavailable_store_does_nothing() -> None:
    projection = MemoryProjection()
    token = await first_save(projection, SetValue("x", b"1"))
    projection.unavailable = True
    with pytest.raises(ProjectionUnavailable):
        await projection.save(0, token, 1, [SetValue("x", b"2")], 2)
    with pytest.raises(ProjectionUnavailable):
        await projection.claim(0)
    projection.unavailable = False
    assert await ask(projection, GetValue("x")) == [b"1"]


async def test_a_lost_answer_leaves_the_save_applied_so_that_the_next_try_is_moved() -> None:
    projection = MemoryProjection()
    token = await first_save(projection)
    projection.answers_lost = True
    with pytest.raises(ProjectionUnavailable):
        await projection.save(0, token, 1, [SetValue("x", b"1")], 2)
    projection.answers_lost = False
    with pytest.raises(Moved):
        await projection.save(0, token, 1, [SetValue("x", b"1")], 2)
    assert await ask(projection, GetValue("x")) == [b"1"]


@pytest.mark.parametrize("partition", [0, None], ids=["one partition", "everything"])
async def test_what_is_lost_is_lost_to_its_owner(partition: int | None) -> None:
    projection = MemoryProjection()
    token = await first_save(projection, SetValue("x", b"1"))
    projection.lose(partition)
    with pytest.raises(Lost):
        await projection.save(0, token, 1, [], 2)
    assert await ask(projection, GetValue("x")) == [None]


async def test_an_older_copy_that_is_restored_is_moved() -> None:
    projection = MemoryProjection()
    token = await first_save(projection, SetValue("x", b"1"), next=1)
    older = projection.snapshot()
    await projection.save(0, token, 1, [SetValue("x", b"2")], 2)
    projection.restore(older)
    with pytest.raises(Moved):
        await projection.save(0, token, 2, [], 3)
    assert (await projection.claim(0)).next == 1
    assert await ask(projection, GetValue("x")) == [b"1"]
