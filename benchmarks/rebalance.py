"""What a rebalance costs: how long the worst partition is not read when a worker joins, leaves or dies."""

import sys
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Final

from benchmarks.bench import Bench
from benchmarks.drivers.trickle import RATE
from benchmarks.figures import Figure, Outcome
from benchmarks.stack import PARTITIONS, Stack, private_stack
from benchmarks.track import Track, shared_out
from shared.stream.settings import EngineSettings
from tools.stack import Process

WORKER: Final = [sys.executable, "-m", "services.journey.worker"]
JOINS: Final = "a second worker joins"
LEAVES: Final = "one of two leaves (SIGTERM)"
DIES: Final = "one of two dies (SIGKILL)"
NOTHING: Final = "nothing happens"
_QUIET_S: Final = 5.0
_MOST_REPETITIONS: Final = 3


def run(bench: Bench) -> Outcome:
    found: dict[str, list[float]] = defaultdict(list)
    repetitions = min(_MOST_REPETITIONS, bench.repetitions)
    with (
        private_stack("rebalance") as stack,
        stack.process("benchmarks.drivers.trickle", stack.kafka.bootstrap),
        stack.command("journey-stays", WORKER) as stays,
        Track(stack, "journey") as track,
    ):
        shared_out([stays])
        track.settled([stays])
        for number in range(repetitions + 1):
            for what, seconds in _round(stack, stays, track).items():
                bench.say(f"{what} ({'warm-up' if number == 0 else number}): {seconds:.2f} s")
                if number:
                    found[what].append(seconds)
    return Outcome(
        name="rebalance",
        title="What a rebalance costs",
        settings={
            "events_per_s": RATE,
            "partitions": PARTITIONS,
            "session_timeout_s": EngineSettings().session_timeout,
            "repetitions": repetitions,
        },
        figures=[Figure(what, "s", seconds) for what, seconds in found.items()],
        notes=[
            "The longest time for which any partition's saved position stood still, from the signal (or the start) "
            "until all are read again. When nothing happens it is the pause between two events and their saves.",
        ],
    )


def _round(stack: Stack, stays: Process, track: Track) -> dict[str, float]:
    found: dict[str, float] = {}
    since = time.time()
    time.sleep(_QUIET_S)
    found[NOTHING] = track.longest_stall(since, time.time())
    with stack.command("journey-comes", WORKER) as comes:
        since = time.time()
        shared_out([stays, comes])
        track.settled([stays, comes])
        found[JOINS] = track.longest_stall(since, time.time())
        found[LEAVES] = _stall(track, stays, comes.stop)
        comes.start()
        shared_out([stays, comes])
        track.settled([stays, comes])
        found[DIES] = _stall(track, stays, comes.kill)
    return found


def _stall(track: Track, stays: Process, end: Callable[[], object]) -> float:
    since = time.time()
    end()
    shared_out([stays])
    track.settled([stays])
    return track.longest_stall(since, time.time())
