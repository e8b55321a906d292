"""The pinned packages of a lock."""

import re
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).resolve().parents[2]
# What runs in production or on a user's machine; the dev lock is ours alone.
SHIPPED: Final = ROOT / "requirements.lock"

_PIN: Final = re.compile(r"^([A-Za-z0-9._-]+)==(\S+?)( ;.*)? \\$", re.MULTILINE)


class Pin(NamedTuple):
    """conditional: it is not needed on every platform."""

    name: str
    version: str
    conditional: bool


def pins(lock: Path = SHIPPED) -> list[Pin]:
    return [Pin(name, version, bool(marker)) for name, version, marker in _PIN.findall(lock.read_text("utf-8"))]
