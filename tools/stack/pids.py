"""Processes that another run of ours started, known by number and time of birth: a number alone is given again."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path


def born(pid: int) -> str | None:
    """When the process was born, in the system's own words; None when there is none (a zombie is none)."""
    if sys.platform != "linux":
        asked = ["/bin/ps", "-o", "lstart=", "-p", str(pid)]
        said = subprocess.run(asked, capture_output=True, text=True, check=False)  # noqa: S603 - a fixed command
        return said.stdout.strip() or None
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    fields = stat.rpartition(") ")[2].split()  # after the command's name, which may hold anything: state is first
    return None if fields[0] in "ZX" else fields[19]


def end(pid: int, birth: str, grace: float = 15.0) -> None:
    """SIGTERM, then SIGKILL after `grace` seconds; returns when the process is gone. Never touches a later namesake."""
    for number, patience in ((signal.SIGTERM, grace), (signal.SIGKILL, 10.0)):
        deadline = time.monotonic() + patience
        if born(pid) != birth:
            return
        os.kill(pid, number)
        while born(pid) == birth and time.monotonic() < deadline:
            time.sleep(0.02)
