"""docs/performance.md: tables and pictures between its marks, from the newest full results. Run as a module.

Figures are never typed by hand. `--check` writes nothing and says by exit code 1 that the page is not up to date.
"""

import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from benchmarks import environment
from benchmarks.__main__ import NAMES
from benchmarks.figures import Outcome
from benchmarks.stack import ROOT
from benchmarks.table import markdown

PAGE: Final = ROOT / "docs" / "performance.md"
RESULTS: Final = Path(__file__).with_name("results")
PICTURES: Final = ROOT / "docs" / "figures"
# Drawn by plots.py, which only the peers' environment can import.
_PICTURES_OF: Final = {
    "engines": ("engines",),
    "engines_zipf": ("engines_zipf",),
    "post_to_visible": ("post_to_visible",),
    "look_ups": ("look_ups", "appends"),
    "rebalance": ("rebalance",),
}
_MARKED: Final = re.compile(r"(<!-- figures: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def main(arguments: Sequence[str]) -> int:
    page = PAGE.read_text(encoding="utf-8")
    filled = _MARKED.sub(lambda found: f"{found[1]}{_section(found[2])}\n{found[3]}", page)
    if "--check" in arguments:
        return int(filled != page)
    PAGE.write_text(filled, encoding="utf-8")
    return _drawn([path for name in NAMES if (path := newest(name)) is not None])


def newest(name: str, folder: Path = RESULTS) -> Path | None:
    """Of a full run: what --quick wrote says nothing about speed."""
    dated = f"{name}-[0-9]*.json"  # `engines` is not `engines_zipf`
    full = [path for path in sorted(folder.glob(dated)) if not path.stem.endswith("-quick")]
    return full[-1] if full else None


def _drawn(results: Sequence[Path]) -> int:
    """1 when the pictures could not be drawn: the tables are written all the same."""
    if not results:
        return 0
    try:
        command = [environment.python(), "-m", "benchmarks.plots", *results, PICTURES]
    except environment.NotRun as why:
        print(f"no pictures: {why}", file=sys.stderr)
        return 1
    return subprocess.run([str(part) for part in command], cwd=ROOT, check=False).returncode  # noqa: S603 - our own


def _section(name: str) -> str:
    path = newest(name)
    if path is None:
        return f"Not run yet: `python -m benchmarks --only {name}`."
    outcome = Outcome.read(path)
    notes = " ".join(outcome.notes)
    pictures = [f"![{outcome.title}](figures/{picture}.svg)" for picture in _PICTURES_OF.get(name, ())]
    return "\n\n".join([*pictures, markdown(outcome), *([notes] if notes else []), _where(outcome)])


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
