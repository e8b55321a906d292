"""Which code a system's processes run, and on what interpreter."""

import sys
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).resolve().parents[2]


class Release(NamedTuple):
    """root: of a checkout. python: the interpreter of its environment."""

    root: Path = ROOT
    python: str = sys.executable


PRESENT: Final = Release()
