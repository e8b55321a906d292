"""`python -m benchmarks.profile_fold [--events N] [--repetitions N]`: the handler's stages without servers.

CPU time, of the repetition that took least: what else runs on the machine shares its caches, and only ever adds.
"""

import argparse
from datetime import UTC, datetime
from typing import Final

from benchmarks.events import as_it_arrives, history, past
from benchmarks.sampling import shares
from benchmarks.stages import MEMORY, staged

# Of a fixed day, so that two runs fold the same events.
_UNTIL: Final = datetime(2026, 1, 1, tzinfo=UTC)
_SHOWN_FUNCTIONS: Final = 20


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.profile_fold", description=__doc__)
    parser.add_argument("--events", type=int, default=50_000, help="ten for each customer (50,000)")
    parser.add_argument("--repetitions", type=int, default=5)
    asked = parser.parse_args()
    sent = as_it_arrives(past(history(asked.events // 10, asked.events), _UNTIL))
    best = min((staged(sent) for _ in range(asked.repetitions)), key=lambda one: one.seconds)
    each = best.seconds / best.events * 1e6
    parts = shares(best.samples.by_part, each)
    _show(f"the handler, µs of CPU an event ({asked.events:,} events)", each - parts.pop(MEMORY, 0.0))
    for name, value in parts.items():
        _show(f"  {name}", value)
    for name, value in list(shares(best.samples.by_function, each).items())[:_SHOWN_FUNCTIONS]:
        _show(f"    {name}", value)


def _show(name: str, value: float) -> None:
    print(f"{name:<70}{value:6.1f}")


if __name__ == "__main__":
    main()
