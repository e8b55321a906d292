"""`python -m benchmarks [--quick] [--only NAME] [--json FILE]`: measure, write the results, print a table of each."""

import argparse
import json
import sys
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import Final

from benchmarks.bench import Bench
from benchmarks.figures import Outcome
from benchmarks.machine import machine
from benchmarks.stack import NotReady
from benchmarks.table import show
from tools.stack import StackError

NAMES: Final = (
    "engines", "engines_zipf", "where_time_goes", "post_to_visible", "look_ups", "access", "memory", "rebuild",
    "workers", "rebalance",
)  # fmt: skip
# A quarter of an hour more, for a case that not every reader has: only when named.
WHEN_NAMED: Final = ("engines_zipf",)
RESULTS: Final = Path(__file__).with_name("results")


def main(arguments: list[str] | None = None) -> int:
    asked = _parser().parse_args(arguments)
    bench = Bench(
        events=asked.events or (20_000 if asked.quick else 200_000),
        repetitions=asked.repetitions or (2 if asked.quick else 5),
        quick=asked.quick,
    )
    outcomes: list[Outcome] = []
    for name in asked.only or [name for name in NAMES if name not in WHEN_NAMED]:
        try:
            outcomes.append(_measured(name, bench))
        except (StackError, NotReady) as trouble:
            print(f"error: {name}: {trouble}", file=sys.stderr)
            return 2
    for outcome in outcomes:
        show(outcome)
    if asked.json:
        asked.json.write_text(_json([outcome.written() for outcome in outcomes]), encoding="utf-8")
    return 0


def _measured(name: str, bench: Bench) -> Outcome:
    bench.say(f"[bold]{name}[/bold]")
    found_on = machine()
    outcome: Outcome = import_module(f"benchmarks.{name}").run(bench)
    outcome.machine, outcome.quick = found_on, bench.quick
    suffix = "-quick" if bench.quick else ""
    path = RESULTS / f"{name}-{date.today().isoformat()}{suffix}.json"
    path.write_text(_json(outcome.written()), encoding="utf-8")
    bench.say(f"written to benchmarks/results/{path.name}")
    return outcome


def _json(content: object) -> str:
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the events, two repetitions: to try it out")
    parser.add_argument("--only", action="append", choices=NAMES, metavar="NAME", help=f"{', '.join(NAMES)}")
    parser.add_argument("--events", type=int, help="on the topic (200,000; quick: 20,000)")
    parser.add_argument("--repetitions", type=int, help="of each thing compared (5; quick: 2)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="and everything into one file")
    return parser


if __name__ == "__main__":
    sys.exit(main())
