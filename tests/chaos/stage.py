"""Whole systems for the rounds, kept up from one to the next until another kind is wanted or a round came to no end."""

import asyncio
import os
import shutil
import subprocess
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

from tests.chaos.faults.fault import Unshown, World
from tests.chaos.pace import PACE
from tests.e2e.release import ROOT
from tests.e2e.system import PARTITIONS, System, running
from tools.stack import pids

STATE: Final = ROOT / ".state" / "chaos"
_KEPT: Final = "kept"
_SMALL_DISK: Final = "size=96m"


class Stage:
    """`folder`: data and logs of all systems of this run, numbered."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._held: AsyncExitStack | None = None
        self._world: World | None = None
        self._system: System | None = None
        self._mounted: Path | None = None
        self._number = 0

    async def system(self, world: World) -> System:
        """Up and serving. Raises Unshown when this machine cannot have such a world."""
        if self._system is not None and self._world == world:
            return self._system
        await self.clear()
        self._number += 1
        folder = self.folder / f"{self._number}-{world}"
        system = System(
            folder,
            PARTITIONS,
            brokers=3 if world == "three" else 1,
            store=_redis() if world == "redis" else None,
            settings=PACE,
        )
        if world == "small-disk":
            self._mount(system.kafka.nodes[0].folder / "data")
        self._held = AsyncExitStack()
        self._system, self._world = await self._held.enter_async_context(running(system)), world
        return self._system

    def keep_logs(self) -> None:
        """Of the present system's processes, for whoever wants to know what happened."""
        if self._system is not None:
            (self._system.folder / _KEPT).touch()

    async def clear(self) -> None:
        """End the present system; its data go, and its logs unless they are to be kept."""
        held, self._held = self._held, None
        system, self._system = self._system, None
        if held is not None:
            await held.aclose()
        if self._mounted is not None:
            _run("umount", str(self._mounted))
            self._mounted = None
        if system is not None:
            await asyncio.to_thread(_clean, system.folder)

    def _mount(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        said = _run("mount", "-t", "tmpfs", "-o", _SMALL_DISK, "tmpfs", str(folder))
        if said:
            raise Unshown(f"a small disk cannot be mounted here: {said}")
        self._mounted = folder


def sweep() -> None:
    """Delete what earlier runs left, of those that no longer run and none of whose rounds failed."""
    for left in STATE.glob("run-*"):
        if pids.born(int(left.name.removeprefix("run-"))) is None and not list(left.glob(f"*/{_KEPT}")):
            shutil.rmtree(left, ignore_errors=True)


def new_folder() -> Path:
    folder = STATE / f"run-{os.getpid()}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def _redis() -> Path:
    found = shutil.which("redis-server")
    if found is None:
        raise Unshown("there is no redis-server here (Debian: apt-get install redis-server)")
    return Path(found)


def _clean(folder: Path) -> None:
    if not (folder / _KEPT).exists():
        shutil.rmtree(folder, ignore_errors=True)
        return
    for data in folder.glob("kafka/*/data"):
        shutil.rmtree(data, ignore_errors=True)


def _run(*command: str) -> str:
    """What it said when it failed; "" when it did not."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - fixed commands
    except OSError as error:
        return str(error)
    return done.stderr.strip() if done.returncode else ""
