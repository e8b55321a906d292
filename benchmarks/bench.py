"""What every benchmark is given: how much to do, and where to say how far it is."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console

from benchmarks.figures import Figure

_console = Console(stderr=True, highlight=False)


@dataclass(frozen=True)
class Bench:
    """events: on the topic; ten for each customer in any case, so that the work of one event is the same.

    repetitions: of each thing that is compared, after one that does not count.
    """

    events: int
    repetitions: int
    quick: bool

    @property
    def customers(self) -> int:
        return self.events // 10

    def say(self, text: str) -> None:
        _console.print(f"[dim]{time.strftime('%H:%M:%S')}[/dim] {text}", soft_wrap=True)


Measure = Callable[[], float]


def interleaved(bench: Bench, measures: Sequence[tuple[str, Measure]], unit: str) -> dict[str, list[float]]:
    """A B C A B C ...: what disturbs the machine disturbs all alike. The first round warms up and is thrown away."""
    samples: dict[str, list[float]] = {name: [] for name, _ in measures}
    for number, name, measure in _turns(bench.repetitions, measures):
        value = measure()
        counts = "warm-up" if number == 0 else f"{number}/{bench.repetitions}"
        bench.say(f"{name} ({counts}): {value:,.0f} {unit}")
        if number:
            samples[name].append(value)
    return samples


def _turns(repetitions: int, measures: Sequence[tuple[str, Measure]]) -> Iterator[tuple[int, str, Measure]]:
    for number in range(repetitions + 1):
        for name, measure in measures:
            yield number, name, measure


def with_baseline(samples: dict[str, list[float]], unit: str, baseline: str) -> list[Figure]:
    return [Figure(name, unit, values, baseline) for name, values in samples.items()]
