"""The same with a customer who has a tenth of all events: a hot key, and a hot partition."""

from benchmarks import engines
from benchmarks.bench import Bench
from benchmarks.figures import Outcome


def run(bench: Bench) -> Outcome:
    return engines.measured(bench, 2 * bench.events, zipf=True)
