"""kill -9 of each process in the middle of its work, and SIGTERM."""

import asyncio
import time
from functools import partial

from tests.chaos.faults.fault import fault
from tests.chaos.scene import Scene
from tests.e2e.system import NAMES, Name

KILLED = "kill -9 of each process"


async def kill(name: Name, scene: Scene) -> float:
    """kill -9 at a seeded moment; started again at once."""
    began = await scene.some_moment()
    await scene.system.kill(name)
    await scene.system.start(name)
    return began


for _name in NAMES:
    fault(f"kill-{_name.replace(' ', '-')}", KILLED)(partial(kill, _name))


@fault("kill-journey-worker-twice", KILLED, seconds=8.0)
async def kill_twice(scene: Scene) -> float:
    """kill -9, and again while it recovers."""
    began = await kill("journey worker", scene)
    await scene.a_while(0.5, 4.0)
    await scene.system.kill("journey worker")
    await scene.system.start("journey worker")
    return began


@fault("kill-both-workers", KILLED)
async def kill_both(scene: Scene) -> float:
    """kill -9 of both at the same moment."""
    began = await scene.some_moment()
    await scene.system.kill("journey worker", "followup worker")
    await scene.system.start("journey worker", "followup worker")
    return began


@fault("stop-everything", "graceful stop")
async def stop_everything(scene: Scene) -> float:
    """SIGTERM to all five under load: each ends with 0 within 20 s."""
    began = await scene.some_moment()
    await asyncio.gather(*(scene.stopped(process) for process in scene.system.processes.values()))
    await scene.system.start()
    return began


@fault("all-down", "followup down across a due time; whole system down", seconds=6.0, may_repeat=True)
async def all_down(scene: Scene) -> float:
    """Everything is killed at once, the servers too, and Redis comes back empty."""
    system = scene.system
    await scene.some_moment()
    await system.kill(*NAMES)
    await asyncio.to_thread(system.valkey.erase)
    await asyncio.to_thread(system.kafka.kill)
    await scene.a_while(1.0, 2.0)
    await asyncio.gather(asyncio.to_thread(system.kafka.start), asyncio.to_thread(system.valkey.start))
    began = time.monotonic()
    await system.start()
    return began
