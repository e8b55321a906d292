"""One journey worker and two on one machine: what a second process adds while both share its cores."""

import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from benchmarks.bench import Bench, interleaved, with_baseline
from benchmarks.events import as_it_arrives, history, past
from benchmarks.figures import Outcome
from benchmarks.loading import as_on_the_first_day, load
from benchmarks.processor import cpu_of
from benchmarks.stack import PARTITIONS, NotReady, Stack, private_stack, wait_until
from benchmarks.track import Track, shared_out
from tools.stack import Process

WORKER: Final = [sys.executable, "-m", "services.journey.worker"]
ONE, TWO = "one worker", "two workers"
_UNIT: Final = "events/s"
# Enough for a window in which both work, after the second has joined.
_FEWEST_EVENTS: Final = 100_000
_RUNNING_IN_S: Final = 0.5
_SHORTEST_WINDOW_S: Final = 1.0
_WITHIN_S: Final = 600.0
_MOST_REPETITIONS: Final = 3


def run(bench: Bench) -> Outcome:
    events = max(_FEWEST_EVENTS, 2 * bench.events)
    repetitions = min(_MOST_REPETITIONS, bench.repetitions)
    fewer = Bench(bench.events, repetitions, bench.quick)
    with private_stack("workers") as stack:
        bench.say(f"loading {events:,} events")
        found = load(stack, as_it_arrives(past(history(events // 10, events))))
        ends = tuple(found[number] for number in range(PARTITIONS))
        turns = [(ONE, lambda: _alone(stack, ends, 1)), (TWO, lambda: _alone(stack, ends, 2))]
        samples = interleaved(fewer, turns, _UNIT)
    return Outcome(
        name="workers",
        title="One worker and two",
        settings={"events": events, "customers": events // 10, "partitions": PARTITIONS, "repetitions": repetitions},
        figures=with_baseline(samples, _UNIT, ONE),
        notes=[
            "Counted from when every worker has its partitions and has run in until the first partition is at its end. "
            "Redis and Kafka run on the same cores.",
        ],
    )


def _alone(stack: Stack, ends: tuple[int, ...], count: int) -> float:
    with at_work(stack, "journey", WORKER, ends, count) as crew:
        return crew.rate


class Crew(NamedTuple):
    """rate: events/s while all of them had work. cpu: seconds of all of them, an event, in that time."""

    workers: list[Process]
    track: Track
    rate: float
    cpu: float


@contextmanager
def at_work(
    stack: Stack,
    service: str,
    command: Sequence[str | Path],
    ends: tuple[int, ...],
    count: int,
    told: Mapping[str, str] | None = None,
) -> Iterator[Crew]:
    """So many workers, after one partition has come to its end. Raises NotReady where that was too soon to tell."""
    as_on_the_first_day(stack)
    with Track(stack, service) as track, ExitStack() as running:
        names = [f"{service}-{number}" for number in range(count)]
        workers: list[Process] = [running.enter_context(stack.command(name, command, told)) for name in names]
        shared_out(workers)
        since = time.time() + _RUNNING_IN_S
        wait_until(lambda: time.time() >= since, _WITHIN_S, "the run-in", workers)
        before = _cpu(workers)
        wait_until(lambda: track.first_at(ends, since) is not None, _WITHIN_S, "a partition's end", workers)
        until = track.first_at(ends, since) or since
        if until - since < _SHORTEST_WINDOW_S:
            raise NotReady("all was read before every worker had its share: give more --events")
        rate = track.rate(since, until)
        yield Crew(workers, track, rate, (_cpu(workers) - before) / (rate * (until - since)))


def _cpu(workers: list[Process]) -> float:
    return sum(cpu_of(worker.pid) for worker in workers)
