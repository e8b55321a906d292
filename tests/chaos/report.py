"""docs/reliability.md: the tables between its marks, made from the kept results. `python -m tests.chaos.report`.

Figures are never typed by hand. `--keep FILE` makes the results of a run, as --json wrote them, the kept ones first;
`--check` writes nothing and says by exit code 1 that the page is not up to date.
"""

import argparse
import json
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any, Final

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
_DROPPED: Final = ("row", "door", "look_ups", "notes")


def main(arguments: Sequence[str] | None = None) -> int:
    asked = _parser().parse_args(arguments)
    if asked.keep:
        KEPT.write_text(kept(read(asked.keep), machine()), encoding="utf-8")
    page = PAGE.read_text(encoding="utf-8")
    filled = _MARKED.sub(lambda found: f"{found[1]}{SECTIONS[found[2]](*_read())}\n{found[3]}", page)
    if asked.check:
        return int(filled != page)
    PAGE.write_text(filled, encoding="utf-8")
    return 0


def kept(rounds: Iterable[Outcome], where: dict[str, Any]) -> str:
    """JSON, one round a line, without what can be looked up and what is empty."""
    lines = [
        json.dumps({name: value for name, value in asdict(one).items() if value and name not in _DROPPED})
        for one in rounds
    ]
    return f'{{"machine": {json.dumps(where)},\n"rounds": [\n' + ",\n".join(lines) + "\n]}\n"


def _read() -> tuple[dict[str, Any], list[Outcome]]:
    content = json.loads(KEPT.read_text(encoding="utf-8"))
    return content["machine"], [Outcome(**{"row": "", **one}) for one in content["rounds"]]


def matrix(_: dict[str, Any], rounds: Sequence[Outcome]) -> str:
    """A table for each row of the matrix, a line for each fault, in the order of the registry."""
    rows = list(dict.fromkeys(fault.row for fault in FAULTS.values()))
    return "\n\n".join(f"**{row[0].upper()}{row[1:]}**\n\n{_table(row, rounds)}" for row in rows)


def summary(where: dict[str, Any], rounds: Sequence[Outcome]) -> str:
    played = [one for one in rounds if not one.not_run]
    failed = [one for one in played if one.failed]
    totals = ", ".join(f"{what} {sum(getattr(one, what) for one in played)}" for what in ("lost", "extra", "wrong"))
    changed = " with changes not committed" if where["changed_since"] else ""
    return (
        f"{len(played)} faults, {sum(one.sent for one in played):,} events sent: {totals}; look-ups misled "
        f"{sum(one.misled for one in played)}; failed rounds: {len(failed)}. {where['date']}, commit {where['commit']}"
        f"{changed}, {where['cores']} cores of {where['cpu']}, {where['memory_gib']} GiB, {where['system']}; session "
        f"timeout {SESSION_S} s instead of 10 s; load before {where['load_before']}: recovery includes the start of "
        "processes on a machine that was busy otherwise." + "".join(f"\n- {_confession(one)}" for one in failed)
    )


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
    parser.add_argument("--check", action="store_true", help="write nothing; exit code 1: the page is not up to date")
    return parser


if __name__ == "__main__":
    sys.exit(main())
