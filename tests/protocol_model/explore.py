"""Every interleaving, breadth first: the first trace that breaks an invariant is a shortest one."""

import time
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tests.protocol_model.invariants import ENDS, broken_by, broken_in, unfinished
from tests.protocol_model.model import IS_MOVED, IS_TAKEN, Model, Step
from tests.protocol_model.world import World, the_beginning


class CounterExample(NamedTuple):
    """steps: from the beginning. loop: the last so many of them, which then come again for ever."""

    broken: str
    steps: list[Step]
    loop: int = 0

    def __str__(self) -> str:
        lines = list(_told(self.steps))
        if self.loop:
            lines.insert(len(lines) - self.loop, "and then for ever:")
        return "\n  ".join([f"broken after {len(self.steps)} steps: {self.broken}", *lines])


class Explored(NamedTuple):
    """ends: worlds in which nothing is left to do. depth: of the farthest world. seconds: of one core."""

    worlds: int
    steps: int
    ends: int
    depth: int
    seconds: float
    found: CounterExample | None


def explored(model: Model, ignore: frozenset[str] = frozenset()) -> Explored:
    """Until an invariant breaks that is not ignored, or all worlds are seen."""
    return _Exploration(model, ignore).run()


class _Exploration:
    def __init__(self, model: Model, ignore: frozenset[str]) -> None:
        self._model = model
        self._ignore = ignore
        first = the_beginning(model.size)
        self._numbers: dict[World, int] = {first: 0}
        self._reached_by: list[tuple[int, Step] | None] = [None]
        self._after: list[list[tuple[int, Step]]] = []  # of each world, by steps that are no faults
        self._steps = 0
        self._depth = -1
        self._frontier = [first]

    def run(self) -> Explored:
        begun = time.process_time()
        found = self._search() or (None if ENDS in self._ignore else self._endless())
        took = time.process_time() - begun
        ends = sum(not after for after in self._after)
        return Explored(len(self._numbers), self._steps, ends, self._depth, took, found)

    def _search(self) -> CounterExample | None:
        while self._frontier:
            frontier, self._frontier = self._frontier, []
            self._depth += 1
            for world in frontier:
                found = self._expand(world)
                if found is not None:
                    return found
        return None

    def _expand(self, world: World) -> CounterExample | None:
        number, after = len(self._after), []
        for step, then in self._model.steps(world):
            after.append((self._number(number, step, then), step))
            if broken := self._broken(world, step, then):
                return CounterExample(broken, [*self._way_to(number), step])
        self._after.append(after)
        for step, then in self._model.faults(world):
            self._number(number, step, then)
            if broken := self._broken(world, step, then):
                return CounterExample(broken, [*self._way_to(number), step])
        left = None if after else unfinished(self._model.size, world)
        return CounterExample(left, self._way_to(number)) if left and left not in self._ignore else None

    def _broken(self, before: World, step: Step, after: World) -> str | None:
        broken = broken_by(before, step, after) or (broken_in(after) if after is self._latest else None)
        return None if broken in self._ignore else broken

    def _number(self, before: int, step: Step, world: World) -> int:
        self._steps += 1
        number = self._numbers.setdefault(world, len(self._numbers))
        self._latest = None
        if number == len(self._reached_by):
            self._latest = world
            self._reached_by.append((before, step))
            self._frontier.append(world)
        return number

    def _way_to(self, number: int) -> list[Step]:
        steps: list[Step] = []
        while (before := self._reached_by[number]) is not None:
            number, step = before
            steps.append(step)
        return steps[::-1]

    def _endless(self) -> CounterExample | None:
        """A run without further faults that comes round to where it was. Where there is none, every run ends."""
        before: list[list[int]] = [[] for _ in self._after]
        for number, after in enumerate(self._after):
            for then, _ in after:
                before[then].append(number)
        waits = [len(after) for after in self._after]
        ended = [number for number, count in enumerate(waits) if not count]
        while ended:
            for number in before[ended.pop()]:
                waits[number] -= 1
                if not waits[number]:
                    ended.append(number)
        first = next((number for number, count in enumerate(waits) if count), None)
        return None if first is None else self._round(first, waits)

    def _round(self, number: int, waits: list[int]) -> CounterExample:
        """Whatever never ends has a step to another that never ends: so whoever keeps going comes round."""
        steps, seen = self._way_to(number), dict[int, int]()
        while number not in seen:
            seen[number] = len(steps)
            number, step = next((then, step) for then, step in self._after[number] if waits[then])
            steps.append(step)
        return CounterExample(ENDS, steps, len(steps) - seen[number])


def _told(steps: Sequence[Step]) -> Iterator[str]:
    """A step names its worker by what the group believes; people know them by their names."""
    names = ["W1", "W2"]
    for step in steps:
        who = "" if step.who is None else f"{names[step.who]} "
        size = f" ({step.size})" if step.size else ""
        yield f"{who}{step.what}{size}{'; the store is copied' if step.copied else ''}"
        if step.what in {IS_MOVED, IS_TAKEN}:
            names.reverse()
