"""docs/performance.md: the tables between its marks, made from the newest full results. `python -m benchmarks.report`.

Figures are never typed by hand. `--check` writes nothing and says by exit code 1 that the page is not up to date.
"""

import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from benchmarks.figures import Outcome
from benchmarks.stack import ROOT
from benchmarks.table import markdown

PAGE: Final = ROOT / "docs" / "performance.md"
RESULTS: Final = Path(__file__).with_name("results")
_MARKED: Final = re.compile(r"(<!-- figures: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def main(arguments: Sequence[str]) -> int:
    page = PAGE.read_text(encoding="utf-8")
    filled = _MARKED.sub(lambda found: f"{found[1]}{_section(found[2])}\n{found[3]}", page)
    if "--check" in arguments:
        return int(filled != page)
    PAGE.write_text(filled, encoding="utf-8")
    return 0


def newest(name: str, folder: Path = RESULTS) -> Outcome | None:
    """Of a full run: what --quick wrote says nothing about speed."""
    full = [path for path in sorted(folder.glob(f"{name}-*.json")) if not path.stem.endswith("-quick")]
    return Outcome.read(full[-1]) if full else None


def _section(name: str) -> str:
    outcome = newest(name)
    if outcome is None:
        return f"Not run yet: `python -m benchmarks --only {name}`."
    notes = " ".join(outcome.notes)
    return "\n\n".join([_where(outcome), markdown(outcome), *([notes] if notes else [])])


def _where(outcome: Outcome) -> str:
    on = outcome.machine
    settings = ", ".join(f"{name.replace('_', ' ')} {_value(value)}" for name, value in outcome.settings.items())
    versions = ", ".join(f"{name} {version}" for name, version in on["versions"].items())
    changed = " with changes not committed" if on["changed_since"] else ""
    return (
        f"{on['date']}, commit {on['commit']}{changed}: {on['cores']} cores of {on['cpu']}, {on['memory_gib']} GiB, "
        f"{on['system']}; load before {on['load_before']}. {settings}. {versions}."
    )


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return "(" + ", ".join(f"{name}: {_value(one)}" for name, one in value.items()) + ")"
    return f"{value:,}" if isinstance(value, int | float) else str(value)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
