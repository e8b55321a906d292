"""Look-ups a second from one api process, and what an append costs, against the length of the timeline."""

from collections import defaultdict
from typing import Final

from benchmarks.appending import Appending
from benchmarks.bench import Bench
from benchmarks.events import history, past
from benchmarks.figures import Figure, Outcome, percentile
from benchmarks.loading import as_on_the_first_day, load
from benchmarks.processor import cpu_of
from benchmarks.progress import follow
from benchmarks.stack import PARTITIONS, Stack, driven, private_stack
from tools.stack import Process

CONNECTIONS: Final = 16
LENGTHS: Final = {5: 400, 20: 200, 500: 20, 5_000: 16}  # entries of a timeline -> customers that have as many
APPENDED_TO: Final = (20, 500, 5_000)

_Samples = dict[str, dict[str, list[float]]]  # by unit, then by name


def run(bench: Bench) -> Outcome:
    samples: _Samples = {"look-ups/s": {}, "ms": {}, "µs/look-up": {}, "bytes": {}, "µs/event": {}}
    seconds = 2.0 if bench.quick else 5.0
    with private_stack("look-ups") as stack:
        with stack.services("journey.worker", "journey.api") as (worker, api):
            _load(bench, stack, worker)
            for number in range(bench.repetitions + 1):
                for length in LENGTHS:
                    _ask(bench, stack, api, length, seconds, samples if number else None)
        as_on_the_first_day(stack)
        _append(bench, stack, samples)
    return Outcome(
        name="look_ups",
        title="Look-ups and appends against the length of the timeline",
        settings={
            "connections": CONNECTIONS,
            "seconds": seconds,
            "partitions": PARTITIONS,
            "customers": {str(length): customers for length, customers in LENGTHS.items()},
        },
        figures=[*_figures(samples)],
        notes=[
            "A closed loop from another process on the same machine, which takes its part of the cores. Never fewer "
            "customers than connections: what two ask of the store at the same moment is asked once.",
            "Appends: wall time of the handler on the real Redis, 20 customers in a chunk, 5 events of each (1 of each "
            "when late), lengths that differ by 15 entries; cold: the worker does not remember the customers' states.",
        ],
    )


def _load(bench: Bench, stack: Stack, worker: Process) -> None:
    sent = [
        one
        for length, customers in LENGTHS.items()
        for one in past(history(customers, customers * length, seed=length, prefix=_prefix(length)))
    ]
    bench.say(f"loading {len(sent):,} events")
    ends = load(stack, sent)
    follow(stack, worker, "journey", ends)


def _prefix(length: int) -> str:
    return f"L{length}-"


def _ask(bench: Bench, stack: Stack, api: Process, length: int, seconds: float, samples: _Samples | None) -> None:
    customers = [f"{_prefix(length)}{number:07d}" for number in range(LENGTHS[length])]
    before = cpu_of(api.pid)
    found = driven(stack, "asking", stack.urls["journey"], f"{CONNECTIONS}", f"{seconds}", *customers)
    cpu = (cpu_of(api.pid) - before) / found["asked"] * 1e6
    p99 = percentile(found["took_ms"], 0.99)
    bench.say(f"{length} entries{'' if samples else ' (warm-up)'}: {found['per_second']:,.0f}/s, p99 {p99:.1f} ms")
    if samples is not None:
        named = f"{length:,} entries"
        samples["look-ups/s"].setdefault(f"look-ups at {named}", []).append(found["per_second"])
        samples["ms"].setdefault(f"p99 at {named}", []).append(p99)
        samples["µs/look-up"].setdefault(f"CPU of the api at {named}", []).append(cpu)
        samples["µs/look-up"].setdefault(f"CPU of who asks at {named}", []).append(found["own_cpu_us"])
        samples["bytes"].setdefault(f"answer at {named}", []).append(found["bytes"])


def _append(bench: Bench, stack: Stack, samples: _Samples) -> None:
    bench.say(f"appending to timelines of {', '.join(f'{length:,}' for length in APPENDED_TO)} entries")
    took: dict[str, list[float]] = defaultdict(list)
    for what, length, micros in Appending(stack.valkey.url, APPENDED_TO).measured(bench.repetitions):
        took[f"{what} at {length:,} entries"].append(micros)
    samples["µs/event"] |= took


def _figures(samples: _Samples) -> list[Figure]:
    found = []
    for unit, by_name in samples.items():
        for name, values in by_name.items():
            first = name.split(" at ")[0] + (f" at {APPENDED_TO[0]} entries" if unit == "µs/event" else " at 5 entries")
            found.append(Figure(name, unit, values, first if first in by_name else ""))
    return found
