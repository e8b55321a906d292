"""Where the time of an event goes: by process and thread in the real worker, by stage within its handler."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from benchmarks.bench import Bench
from benchmarks.events import Sent, as_it_arrives, history, past
from benchmarks.figures import Figure, Outcome
from benchmarks.loading import as_on_the_first_day, load
from benchmarks.processor import cpu_of, main_thread_of
from benchmarks.progress import Passage, follow
from benchmarks.sampling import shares
from benchmarks.stack import PARTITIONS, Stack, private_stack
from benchmarks.stages import MEMORY, staged

_UNIT: Final = "µs/event"
_SHOWN_FUNCTIONS: Final = 30


def run(bench: Bench) -> Outcome:
    sent = as_it_arrives(past(history(bench.customers, bench.events)))
    samples: dict[str, list[float]] = defaultdict(list)
    functions: dict[str, float] = {}
    with private_stack("where-time-goes") as stack:
        bench.say(f"loading {bench.events:,} events of {bench.customers:,} customers")
        ends = load(stack, sent)
        for number in range(bench.repetitions + 1):
            found = _by_process(_passage(stack, ends)) | _by_stage(sent, functions)
            bench.say(f"{'warm-up' if number == 0 else number}: {found[_CLOCK]:.1f} {_UNIT}")
            if number:
                for name, value in found.items():
                    samples[name].append(value)
    return Outcome(
        name="where_time_goes",
        title="Where the time of an event goes",
        settings={"events": bench.events, "customers": bench.customers, "partitions": PARTITIONS},
        figures=_figures(samples, bench.repetitions),
        notes=[
            "Threads of one Python process share one interpreter; Redis and Kafka run beside it on other cores.",
            "The handler is measured on memory backends, in its own process; its stages are CPU time by samples.",
        ],
        raw={"functions_us_per_event": functions},
    )


def _figures(samples: dict[str, list[float]], repetitions: int) -> list[Figure]:
    """A stage that no sample met in one repetition took nothing there."""
    return [Figure(name, _UNIT, [0.0] * (repetitions - len(found)) + found) for name, found in samples.items()]


_CLOCK: Final = "by the clock"


def _passage(stack: Stack, ends: dict[int, int]) -> Passage:
    as_on_the_first_day(stack)
    with stack.process("services.journey.worker") as worker:
        meters = {
            "worker": lambda: cpu_of(worker.pid),
            "loop": lambda: main_thread_of(worker.pid),
            "redis": lambda: cpu_of(stack.valkey.pid),
            "kafka": lambda: cpu_of(stack.kafka_pid),
        }
        return follow(stack, worker, "journey", ends, meters=meters)


def _by_process(passage: Passage) -> dict[str, float]:
    def each(seconds: float) -> float:
        return seconds / passage.events * 1e6

    return {
        _CLOCK: each(passage.ended - passage.begun),
        "worker's CPU": each(passage.spent("worker")),
        "  its loop: Faust, tasks, handler, client of Redis": each(passage.spent("loop")),
        "  its other threads: client of Kafka": each(passage.spent("worker") - passage.spent("loop")),
        "Redis' CPU": each(passage.spent("redis")),
        "Kafka broker's CPU": each(passage.spent("kafka")),
    }


def _by_stage(sent: Sequence[Sent], functions: dict[str, float]) -> dict[str, float]:
    """functions: filled with what the innermost of our own functions took, of the last repetition."""
    found = staged(sent)
    each = found.seconds / found.events * 1e6
    functions.clear()
    functions |= dict(list(shares(found.samples.by_function, each).items())[:_SHOWN_FUNCTIONS])
    parts = shares(found.samples.by_part, each)
    outside = parts.pop(MEMORY, 0.0)
    return {"the handler": each - outside, **{f"  {name}": value for name, value in parts.items()}}
