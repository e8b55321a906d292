"""docs/reliability.md: the tables between its marks, made from the kept results. `python -m tests.chaos.report`.

Figures are never typed by hand. `--keep FILE` makes the results of a run, as --json wrote them, the kept ones first;
`--add FILE` keeps them beside those of earlier runs; `--check` writes nothing and says by exit code 1 that the page is
not up to date.
"""

import argparse
import json
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any, Final, NamedTuple

from benchmarks.machine import machine
from tests.chaos.faults import FAULTS
from tests.chaos.outcome import Outcome, read
from tests.chaos.pace import SESSION_S
from tests.e2e.release import ROOT

PAGE: Final = ROOT / "docs" / "reliability.md"
KEPT: Final = Path(__file__).with_name("results") / "rounds.json"
HEAD: Final = (
    *("fault", "what is done", "rounds", "events", "lost", "extra", "wrong", "misled", "failed"),
    *("recovery s, p50", "max"),
)
_TEXTS: Final = 2
_MARKED: Final = re.compile(r"(<!-- figures: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
_KILLED_ONCE: Final = (
    *("kill-routing-api", "kill-journey-worker", "kill-followup-worker", "kill-journey-api", "kill-followup-api"),
    "kill-both-workers",
)
_DROPPED: Final = ("row", "door", "look_ups", "notes")


def main(arguments: Sequence[str] | None = None) -> int:
    asked = _parser().parse_args(arguments)
    if asked.keep:
        KEPT.write_text(kept([Run(machine(), read(asked.keep))]), encoding="utf-8")
    if asked.add:
        KEPT.write_text(kept([*_read(), Run(machine(), read(asked.add))]), encoding="utf-8")
    page = PAGE.read_text(encoding="utf-8")
    filled = _MARKED.sub(lambda found: f"{found[1]}{SECTIONS[found[2]](_read())}\n{found[3]}", page)
    if asked.check:
        return int(filled != page)
    PAGE.write_text(filled, encoding="utf-8")
    return 0


class Run(NamedTuple):
    """machine: what it ran on (benchmarks.machine)."""

    machine: dict[str, Any]
    rounds: Sequence[Outcome]

    @property
    def played(self) -> list[Outcome]:
        return [one for one in self.rounds if not one.not_run]


def kept(runs: Iterable[Run]) -> str:
    """JSON, one round a line, without what can be looked up and what is empty."""
    return '{"runs": [\n' + ",\n".join(map(_kept, runs)) + "\n]}\n"


def _kept(run: Run) -> str:
    lines = [
        json.dumps({name: value for name, value in asdict(one).items() if value and name not in _DROPPED})
        for one in run.rounds
    ]
    return f'{{"machine": {json.dumps(run.machine)},\n"rounds": [\n' + ",\n".join(lines) + "\n]}"


def _read() -> list[Run]:
    runs = json.loads(KEPT.read_text(encoding="utf-8"))["runs"]
    return [Run(run["machine"], [Outcome(**{"row": "", **one}) for one in run["rounds"]]) for run in runs]


def matrix(runs: Sequence[Run]) -> str:
    """A table for each row of the matrix, a line for each fault, in the order of the registry."""
    rounds = [one for run in runs for one in run.rounds]
    rows = list(dict.fromkeys(fault.row for fault in FAULTS.values()))
    return "\n\n".join(f"**{row[0].upper()}{row[1:]}**\n\n{_table(row, rounds)}" for row in rows)


def summary(runs: Sequence[Run]) -> str:
    """The sum of all, then each run with what it ran on and each failure."""
    played = [one for run in runs for one in run.played]
    totals = ", ".join(f"{what} {sum(getattr(one, what) for one in played)}" for what in ("lost", "extra", "wrong"))
    return (
        f"{len(played)} faults, {sum(one.sent for one in played):,} events sent: {totals}; look-ups misled "
        f"{sum(one.misled for one in played)}; failed rounds: {sum(one.failed for one in played)}. Session timeout "
        f"{SESSION_S} s instead of 10 s; recovery includes the start of processes on a machine that was busy otherwise."
        "\n\n" + "\n".join(_of_run(run) for run in runs)
    )


def _of_run(run: Run) -> str:
    where = run.machine
    changed = " with changes not committed" if where["changed_since"] else ""
    failed = [one for one in run.played if one.failed]
    return (
        f"- {where['date']}, commit {where['commit']}{changed}: {len(run.played)} faults, failed {len(failed)}; "
        f"{where['cores']} cores of {where['cpu']}, {where['memory_gib']} GiB, {where['system']}, load before "
        f"{where['load_before']}{_after_a_kill(run)}" + "".join(f"\n  - {_confession(one)}" for one in failed)
    )


def _after_a_kill(run: Run) -> str:
    """What is promised of it: the session timeout and 3 s."""
    found = [one.recovery_s for one in run.played if one.fault in _KILLED_ONCE and one.recovery_s is not None]
    return f"; recovered from a kill -9 within {max(found):.1f} s" if found else ""


def _confession(one: Outcome) -> str:
    why = "; ".join(filter(None, [one.trouble.splitlines()[0] if one.trouble else "", *one.unmet]))
    counts = f"lost {one.lost}, extra {one.extra}, wrong {one.wrong}, misled {one.misled}"
    return f"failed: `make chaos ONLY={one.fault} SEED={one.seed}`: {why or counts}"


def _table(row: str, rounds: Sequence[Outcome]) -> str:
    faults = [fault for fault in FAULTS.values() if fault.row == row]
    lines = [HEAD, tuple("---" if place < _TEXTS else "---:" for place in range(len(HEAD)))]
    lines += [
        (f"`{one.name}`", one.how, *_figures([played for played in rounds if played.fault == one.name]))
        for one in faults
    ]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _figures(rounds: Sequence[Outcome]) -> tuple[str, ...]:
    played = [one for one in rounds if not one.not_run]
    if not played:
        why = f"not run: {rounds[0].not_run}" if rounds else "not run"
        return (why, *("" for _ in HEAD[_TEXTS + 1 :]))
    recoveries = [one.recovery_s for one in played if one.recovery_s is not None]
    return (
        str(len(played)),
        f"{sum(one.sent for one in played):,}",
        *(str(sum(getattr(one, what) for one in played)) for what in ("lost", "extra", "wrong", "misled")),
        str(sum(one.failed for one in played)),
        f"{median(recoveries):.1f}" if recoveries else "",
        f"{max(recoveries):.1f}" if recoveries else "",
    )


SECTIONS: Final = {"summary": summary, "matrix": matrix}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.chaos.report", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--keep", action="append", type=Path, metavar="FILE", help="results to keep (--json of a run)")
    parser.add_argument("--add", action="append", type=Path, metavar="FILE", help="results of one more run to keep")
    parser.add_argument("--check", action="store_true", help="write nothing; exit code 1: the page is not up to date")
    return parser


if __name__ == "__main__":
    sys.exit(main())
