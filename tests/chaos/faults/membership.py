"""Workers come and go, fall silent, and come back too late."""

import asyncio
import itertools
import json
import os
import time
from datetime import datetime
from pathlib import Path
from typing import Final

from tests.chaos.faults.fault import fault
from tests.chaos.pace import SESSION_S
from tests.chaos.scene import Scene
from tests.e2e.system import Name, Service
from tests.waiting import eventually
from tools.stack import Process

WORKER: Final[dict[Service, Name]] = {"journey": "journey worker", "followup": "followup worker"}


@fault("workers-join-and-leave", "rebalance", seconds=16.0)
async def join_and_leave(scene: Scene) -> float:
    """A second worker of both services joins under load and leaves, by SIGTERM or by kill -9, and again."""
    await scene.some_moment(0.02, 0.05)
    second = [_second(scene, name) for name in WORKER.values()]
    try:
        for _ in range(2):
            for process in second:
                await asyncio.to_thread(process.start)
            await asyncio.gather(*(_has_some(process) for process in second))
            await scene.a_while(0.2, 1.5)
            began = time.monotonic()
            for process in second:
                if scene.rng.random() < 0.5:
                    await asyncio.to_thread(process.kill)
                else:
                    await scene.stopped(process)
    finally:
        for process in second:
            process.kill()
    return began


@fault("zombie-journey-worker", "zombie", seconds=12.0, may_repeat=True)
async def journey_zombie(scene: Scene) -> float:
    """SIGSTOP past its session, another takes over, SIGCONT: it must be refused, or hear that it was dropped."""
    return await _zombie(scene, "journey")


@fault("zombie-followup-worker", "zombie", seconds=12.0, may_repeat=True)
async def followup_zombie(scene: Scene) -> float:
    """SIGSTOP past its session, another takes over, SIGCONT: it must be refused, or hear that it was dropped."""
    return await _zombie(scene, "followup")


async def _zombie(scene: Scene, service: Service) -> float:
    first, second = scene.system.processes[WORKER[service]], _second(scene, WORKER[service])
    await asyncio.to_thread(second.start)
    try:
        await _has_some(second)
        await scene.a_while(0.0, 1.0)
        mine = _assigned(first)
        first.freeze()
        await eventually(lambda: len(_assigned(second)) == scene.system.partitions, 30 + SESSION_S)
        await eventually(lambda: _serves(scene, service), 30, every=0.1)
        before = _told(first)
        first.thaw()
        began = time.monotonic()
        await eventually(lambda: _told(first) > before, 30, what="the zombie was refused, or dropped by its group")
        await scene.a_while(0.0, 1.0)
        scene.facts["frozen_partitions"] = len(mine)
        scene.facts["refused"] = first.output().count('"partition.refused"')
    finally:
        first.thaw()
        await scene.stopped(second)
    return began


async def _serves(scene: Scene, service: Service) -> bool:
    states = [one["state"] for one in (await scene.positions(service)).values()]
    assert states == ["running"] * scene.system.partitions
    return True


def _told(process: Process) -> int:
    """How often the fence or the group has put it in its place, whichever it met first."""
    words = ('"partition.refused"', '"partition.gone"', '"worker.assigned"')
    return sum(process.output().count(word) for word in words)


@fault("slow-consumer", "slow consumer", seconds=10.0)
async def slow(scene: Scene) -> float:
    """SIGSTOP of the only journey worker for 8 s: readers must be able to tell that nothing is read."""
    worker = scene.system.processes["journey worker"]
    await scene.some_moment(0.02, 0.1)
    frozen_at = time.time()
    worker.freeze()
    await asyncio.sleep(scene.seconds - 2)
    items = (await scene.positions("journey")).values()
    ages = [time.time() - _seconds(one["at"]) for one in items]
    scene.expect(min(ages) >= time.time() - frozen_at - 2, "readers cannot tell that nothing is read")
    worker.thaw()
    began = time.monotonic()
    scene.facts["resident_mib"] = await eventually(lambda: _resident_mib(worker.pid), 5)
    return began


def _second(scene: Scene, name: Name) -> Process:
    """Beside the first, with a log of its own."""
    number = next(_numbers)
    process = scene.system.another(name)
    process.log = process.log.with_name(f"{process.log.stem}-{number}.log")
    return process


_numbers = itertools.count(2)


async def _has_some(process: Process) -> None:
    await eventually(lambda: _assigned(process), 60)


def _assigned(process: Process) -> list[int]:
    """What it was given last, by its log."""
    lines = [json.loads(line) for line in process.output().splitlines() if '"worker.assigned"' in line]
    return list(lines[-1]["partitions"]) if lines else []


def _resident_mib(pid: int) -> float:
    pages = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE") / 2**20


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
