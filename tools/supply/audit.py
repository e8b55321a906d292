"""Known weaknesses of what is pinned, by pip-audit.

As strict as `pip-audit --strict`, one that could not be looked up fails it; but when none could, the data was out of
reach, and that is said instead of passed over.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from tools.supply.locks import SHIPPED

_WITHIN_S: Final = 300


class Verdict(NamedTuple):
    """lines: for people. code: 0 nothing known or not run, 1 something to mend."""

    lines: Sequence[str]
    code: int


def audit(lock: Path = SHIPPED) -> Verdict:
    options = ["--require-hashes", "--disable-pip", "--format", "json", "--progress-spinner", "off"]
    command = [sys.executable, "-m", "pip_audit", *options, "--requirement", str(lock)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_WITHIN_S)  # noqa: S603
    return judged(done.stdout, done.stderr)


def judged(out: str, err: str) -> Verdict:
    """What pip-audit printed; without JSON it did not come to an end."""
    try:
        packages: list[dict[str, Any]] = json.loads(out)["dependencies"]
    except (ValueError, KeyError):
        said = err.strip().splitlines()
        return Verdict([f"not run: {said[-1] if said else 'pip-audit said nothing'}"], 0)
    unknown = [one["name"] for one in packages if "skip_reason" in one]
    if len(unknown) == len(packages):
        return Verdict(["not run: the index gives no data on weaknesses of any package"], 0)
    weak = [
        f"{one['name']} {one['version']}: {flaw['id']}, mended in {', '.join(flaw['fix_versions']) or 'no version yet'}"
        for one in packages
        for flaw in one.get("vulns", [])
    ]
    lines = [*weak, *(f"{name}: could not be looked up" for name in unknown)]
    return Verdict(lines or [f"nothing known against {len(packages)} packages"], int(bool(lines)))
