"""CPU seconds of processes and their threads, from /proc (Linux), which counts in hundredths of a second."""

import os
from pathlib import Path
from typing import Final

_TICK_S: Final = 1 / os.sysconf("SC_CLK_TCK")


def cpu_of(pid: int) -> float:
    """User and system time of all threads, also of those that have ended."""
    return _seconds(Path(f"/proc/{pid}/stat"))


def main_thread_of(pid: int) -> float:
    """Python's main thread: for a worker the loop in which Faust, our tasks and the handler run."""
    return _seconds(Path(f"/proc/{pid}/task/{pid}/stat"))


def resident_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def _seconds(stat: Path) -> float:
    fields = stat.read_text(encoding="utf-8", errors="replace").rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) * _TICK_S
