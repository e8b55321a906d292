"""Break what can break, again and again, and count what is lost, extra or wrong.

Kafka, Valkey and the five processes for real; each round breaks one thing while events are sent, and ends with
everything that is left held against the oracle. One line of JSON a round on standard output.
Exit codes: 0 nothing was lost, extra or wrong; 1 something was, or a round did not end well; 2 it could not be done.

example: make chaos ROUNDS=3 ONLY=kill-journey-worker,redis-flushed SEED=7
"""

import argparse
import asyncio
import random
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from rich.console import Console

from tests.chaos.faults import FAULTS, Fault
from tests.chaos.outcome import Outcome
from tests.chaos.round import play
from tests.chaos.stage import Stage, new_folder, sweep
from tests.chaos.table import show
from tools.stack import StackError

_console: Final = Console(stderr=True, highlight=False)


class Turn(NamedTuple):
    fault: Fault
    seed: int


def main(arguments: Sequence[str] | None = None) -> int:
    asked = _parser().parse_args(arguments)
    names = [name for one in asked.only for name in one.split(",") if name]
    if unknown := [name for name in names if name not in FAULTS]:
        print(f"error: there is no fault {unknown[0]}: --list names them all", file=sys.stderr)
        return 2
    if asked.list:
        for fault in FAULTS.values():
            print(f"{fault.name:<28} {fault.row}")
        return 0
    seed = random.SystemRandom().randrange(10**6) if asked.seed is None else asked.seed
    try:
        outcomes = asyncio.run(_all(turns(names or list(FAULTS), asked.rounds, seed), asked.json))
    except StackError as trouble:
        print(f"error: {trouble}", file=sys.stderr)
        return 2
    show(outcomes)
    return int(any(one.failed for one in outcomes))


def turns(names: Sequence[str], rounds: int, seed: int) -> list[Turn]:
    """Each fault once, then each again; those that share a system follow one another. Round n of a fault has the seed
    `seed + n`, whatever else is played: one round alone is replayed by its own seed."""
    faults = [FAULTS[name] for name in dict.fromkeys(names)]  # none twice: a fault and a seed name the customers
    worlds = list(dict.fromkeys(fault.world for fault in faults))
    return [
        Turn(fault, seed + number)
        for world in worlds
        for number in range(rounds)
        for fault in faults
        if fault.world == world
    ]


async def _all(wanted: Sequence[Turn], file: Path | None) -> list[Outcome]:
    sweep()
    stage = Stage(new_folder())
    outcomes: list[Outcome] = []
    try:
        for number, turn in enumerate(wanted, 1):
            outcome = await play(stage, turn.fault, turn.seed)
            outcomes.append(outcome)
            print(outcome.line(), flush=True)
            if file is not None:
                with file.open("a", encoding="utf-8") as lines:
                    lines.write(outcome.line() + "\n")
            _say(f"{number}/{len(wanted)}", outcome, stage)
    finally:
        await stage.clear()
    if not any(one.failed for one in outcomes):
        shutil.rmtree(stage.folder, ignore_errors=True)
    return outcomes


def _say(progress: str, one: Outcome, stage: Stage) -> None:
    if one.not_run:
        _console.print(f"[dim]{progress}[/dim] {one.fault}: not run: {one.not_run}", soft_wrap=True)
        return
    recovery = "" if one.recovery_s is None else f", recovered in {one.recovery_s:.1f} s"
    _console.print(
        f"[dim]{progress}[/dim] {one.fault}: {one.sent} events, lost {one.lost}, extra {one.extra}, "
        f"wrong {one.wrong}{recovery} ({one.seconds:.0f} s)",
        soft_wrap=True,
    )
    if one.failed:
        for why in filter(None, [one.trouble, *one.unmet, *one.notes]):
            _console.print(f"  [red]{why}[/red]", soft_wrap=True, markup=True)
        _console.print(f"  logs: {stage.folder}; again: make chaos ONLY={one.fault} SEED={one.seed}", soft_wrap=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.chaos", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=1, help="of each fault (1)")
    parser.add_argument("--seed", type=int, help="of the first round; without it, any")
    parser.add_argument("--only", action="append", default=[], metavar="NAME[,NAME...]", help="some faults")
    parser.add_argument("--json", type=Path, metavar="FILE", help="append each round's line to it as well")
    parser.add_argument("--list", action="store_true", help="name the faults and their rows, and do nothing")
    return parser


if __name__ == "__main__":
    sys.exit(main())
