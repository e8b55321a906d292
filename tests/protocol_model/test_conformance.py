"""The model's fence, lease and voice answer as the product's do, step by step."""

from collections import deque
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.protocol_model.model import Model, Step
from tests.protocol_model.twin import Twin
from tests.protocol_model.world import Faults, Size, World, the_beginning

SMALL = Model(Size((1, 2), 2, Faults.any(2)))
LONG = Model(Size((1, 2, 0, 1), 3, Faults.any(5)))

Way = tuple[tuple[World, Step, World], ...]


def shortest_ways(model: Model, enough: int) -> dict[str, Way]:
    """To each kind of step, among the first `enough` worlds."""
    first = the_beginning(model.size)
    ways: dict[str, Way] = {}
    waiting: deque[tuple[World, Way]] = deque([(first, ())])
    seen = {first}
    while waiting and len(seen) < enough:
        world, way = waiting.popleft()
        for step, then in [*model.steps(world), *model.faults(world)]:
            ways.setdefault(step.what, (*way, (world, step, then)))
            if then not in seen:
                seen.add(then)
                waiting.append((then, (*way, (world, step, then))))
    return ways


WAYS = shortest_ways(SMALL, 20_000)


async def walk(size: Size, way: Sequence[tuple[World, Step, World]]) -> None:
    twin = Twin(size)
    for before, step, after in way:
        await twin.take(before, step, after)
        await twin.agrees(after)


def test_every_answer_of_the_fence_is_among_the_ways() -> None:
    refused = {
        "saves the first position": {"FENCED", "LOST"},
        "loads": {"LOST", "MOVED"},
        "beats": {"FENCED", "LOST", "MOVED"},
        "saves": {"FENCED", "LOST", "MOVED"},
    }
    assert WAYS.keys() >= {f"{what}: {word}" for what, words in refused.items() for word in words}


@pytest.mark.parametrize("what", sorted(WAYS))
async def test_the_product_takes_the_shortest_way_to_each_kind_of_step(what: str) -> None:
    await walk(SMALL.size, WAYS[what])


@settings(max_examples=150, deadline=None)
@given(st.lists(st.integers(0, 5039), min_size=20, max_size=70))
async def test_the_product_takes_any_way(choices: list[int]) -> None:
    way: list[tuple[World, Step, World]] = []
    world = the_beginning(LONG.size)
    for choice in choices:
        possible = [*LONG.steps(world), *LONG.faults(world)]
        if not possible:
            break
        step, after = possible[choice % len(possible)]
        way.append((world, step, after))
        world = after
    await walk(LONG.size, way)
