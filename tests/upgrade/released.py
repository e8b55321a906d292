"""The release that is out there: its code out of git's history, with an environment of its own where it needs another.

NotThere     this checkout has no such commit
"""

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from tests.e2e.release import ROOT, Release

# The last commit whose events and stored states somebody may have. To be named anew with each release.
RELEASED: Final = "18763d0c7df632103eae0eea446667db39f27dee"
# Whether it can read what this checkout stores, so that they may work beside each other. If not, workers of one must be
# gone before those of the other come (docs/operations.md, Upgrade); 63f1beaa could not read what is compressed.
READS_OURS: Final = True
_LOCK: Final = "requirements.lock"
FOLDER: Final = ROOT / ".state" / "upgrade"


class NotThere(Exception):
    """With what to do about it."""


class Change(NamedTuple):
    """In a file of a release: the one line that begins with `begins` becomes `instead`."""

    file: str
    begins: str
    instead: str


# A state says which version of rules and schema made it: whoever finds one of another folds it anew.
ANOTHER_VERSION: Final = (
    Change("services/journey/store.py", "SCHEMA_VERSION = ", "SCHEMA_VERSION = 99"),
    Change("services/followup/store.py", "VERSION = ", 'VERSION = "99"'),
)
# What must never be released: states written in another way, and the same version said of them.
WITHOUT_A_WORD: Final = (
    Change("services/journey/store.py", "_encode = ", "_encode = lambda state: msgspec.msgpack.encode([state])"),
    Change(
        "services/journey/store.py",
        "_decode = ",
        "_decode = lambda stored: msgspec.msgpack.decode(stored, type=tuple[Journey])[0]",
    ),
)


def released(commit: str, name: str = "", changes: Sequence[Change] = (), folder: Path = FOLDER) -> Release:
    """As it was committed, but for `changes`. name: of the changed one. folder: where to. Raises NotThere."""
    found = _run("git", "rev-parse", "--verify", "--quiet", f"{commit}^{{commit}}")
    if found.returncode:
        raise NotThere(f"commit {commit} is not in this checkout (a shallow clone? git fetch --unshallow)")
    root = folder / "-".join(filter(None, (found.stdout.strip()[:12], name)))
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    packed = root.with_suffix(".tar")
    _must("git", "archive", f"--output={packed}", found.stdout.strip())
    _must("tar", "-x", "-f", str(packed), "-C", str(root))
    packed.unlink()
    for change in changes:
        _make(change, root)
    return Release(root, _python(root))


def _make(change: Change, root: Path) -> None:
    file = root / change.file
    lines = file.read_text("utf-8").splitlines()
    [place] = [at for at, line in enumerate(lines) if line.startswith(change.begins)]
    lines[place] = change.instead
    file.write_text("\n".join(lines) + "\n", "utf-8")


def _python(root: Path) -> str:
    """Ours, when it asks for the same packages."""
    wanted = (root / _LOCK).read_bytes()
    if wanted == (ROOT / _LOCK).read_bytes():
        return sys.executable
    home = FOLDER / f"environment-{hashlib.sha256(wanted).hexdigest()[:12]}"
    python = home / "bin" / "python"
    if not (home / "ready").exists():
        shutil.rmtree(home, ignore_errors=True)
        _must(sys.executable, "-m", "venv", str(home))
        install = ("-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check", "--require-hashes")
        _must(str(python), *install, "--only-binary", ":all:", "-r", str(root / _LOCK))
        (home / "ready").touch()
    return str(python)


def _must(*command: str) -> None:
    """Raises CalledProcessError, with what it said on stderr before it."""
    subprocess.run(command, cwd=ROOT, check=True)  # noqa: S603 - our own commands, no shell


def _run(*command: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
