"""Does a rollout from the release that is out there to this checkout go well, and its way back?

Real processes of both releases, from git's history and from here, on the same Kafka and in the same store: they come
and go as in a rollout and back, under load; after each step all that is stored, said and answered is held against the
oracle. Once as they are; once with an old release whose states are of another version, so that each finds the other's;
and once with one that writes states in another way and does not say so, which must be noticed.
Exit codes: 0 passed, 1 something was lost, extra or wrong, or (with CI=true, unless --allow-not-run) it could not run.
"""

import argparse
import asyncio
import os
import random
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from tests.e2e.release import PRESENT, Release
from tests.e2e.system import ProcessEnded
from tests.upgrade.released import (
    ANOTHER_VERSION,
    FOLDER,
    READS_OURS,
    RELEASED,
    WITHOUT_A_WORD,
    Change,
    NotThere,
    released,
)
from tests.upgrade.rollout import BOTH, SIDE_BY_SIDE, WORKERS_TO_NONE, Judged, Step, WorkerPaused, a_rollout
from tools.stack import StackError, pids


class Kind(NamedTuple):
    """changes: to the old release. good: whether the rollout must go well."""

    name: str
    steps: Sequence[Step]
    changes: Sequence[Change] = ()
    good: bool = True


def kinds(*, reads_ours: bool) -> list[Kind]:
    steps = SIDE_BY_SIDE if reads_ours else WORKERS_TO_NONE
    found = [Kind("as released", steps), Kind("states of another version", steps, ANOTHER_VERSION)]
    if not reads_ours:  # else nobody would know that it is not enough
        found.append(Kind("as released, side by side", SIDE_BY_SIDE, good=False))
    return [*found, Kind("states changed without a word", SIDE_BY_SIDE, WITHOUT_A_WORD, good=False)]


def main(arguments: Sequence[str] | None = None) -> int:
    asked = _parser().parse_args(arguments)
    seed = random.SystemRandom().randrange(10**6) if asked.seed is None else asked.seed
    began = time.monotonic()
    failed = []
    try:
        for kind in kinds(reads_ours=READS_OURS and not asked.cannot_read):
            name = kind.name.replace(" ", "-").replace(",", "")
            old = released(asked.released, name if kind.changes else "", kind.changes)
            _sweep()
            _say(f"from {asked.released[:7]} ({kind.name}) to this checkout, seed {seed}", began)
            folder = FOLDER / f"run-{os.getpid()}-{name}"
            good = asyncio.run(_rolled(old, kind.steps, folder, seed, began))
            if not kind.good:
                _say("NOT NOTICED" if good else "noticed, as it must be", began)
            if good == kind.good:
                shutil.rmtree(folder)
            else:
                failed.append(f"{kind.name} (logs: {folder})")
    except NotThere as missing:
        print(f"not run: {missing}")
        return 1 if os.environ.get("CI") == "true" and not asked.allow_not_run else 0
    again = f"make check-upgrade ARGS='--seed {seed}'"
    _say(f"FAILED: {', '.join(failed)}; again: {again}" if failed else f"ok, from {asked.released[:7]}", began)
    return 1 if failed else 0


async def _rolled(old: Release, steps: Sequence[Step], folder: Path, seed: int, began: float) -> bool:
    """Whether all went well; it says what happened."""
    try:
        async with a_rollout(folder, old, PRESENT, seed) as rollout:
            for step in steps:
                judged = await rollout.play(step)
                _say(_told(step, judged), began)
                if judged.wrong:
                    print(*(f"          {line}" for line in judged.wrong), sep="\n", flush=True)
                    return False
    except (WorkerPaused, AssertionError, StackError, ProcessEnded) as error:
        _say(f"went wrong: {str(error)[:600]}", began)
        return False
    return True


def _told(step: Step, judged: Judged) -> str:
    held = ", ".join(f"{side} {'/'.join(map(str, judged.partitions[side]))}" for side in BOTH)
    sent = ", ".join(f"{judged.sent[side]} by the {side} door" for side in BOTH)
    found = "WRONG" if judged.wrong else "nothing lost, extra or wrong"
    counted = f"{judged.records} records, {judged.flags} flags, {judged.customers} customers"
    return f"{step.name}: {found} (partitions of journey/followup: {held}; sent {sent}; {counted})"


def _sweep() -> None:
    """Delete what failed runs left, of processes that no longer run."""
    for left in FOLDER.glob("run-*"):
        if pids.born(int(left.name.split("-")[1])) is None:
            shutil.rmtree(left, ignore_errors=True)


def _say(what: str, began: float) -> None:
    print(f"{time.monotonic() - began:6.1f} s  {what}", flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.upgrade", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--released", default=RELEASED, metavar="COMMIT", help=f"the old release ({RELEASED[:7]})")
    parser.add_argument("--cannot-read", action="store_true", help="the old release cannot read what this one stores")
    parser.add_argument("--seed", type=int, help="of what is sent; without it, any")
    parser.add_argument("--allow-not-run", action="store_true", help="pass in CI though the commit is not there")
    return parser


if __name__ == "__main__":
    sys.exit(main())
