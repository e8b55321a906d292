"""Kafka's disk is full; then there is room again. (Redis without room: stores.py.)"""

import asyncio
import shutil
import time
from pathlib import Path
from typing import Final

from tests.chaos.faults.fault import fault
from tests.chaos.scene import Scene
from tests.waiting import eventually

_LEFT: Final = 32 * 1024


@fault(
    "kafka-disk-full",
    "Kafka disk full / Redis maxmemory (noeviction)",
    world="small-disk",
    seconds=8.0,
    may_repeat=True,
)
async def disk_full(scene: Scene) -> float:
    """The broker ends itself at the first write that fails. With room again, and started again, it has lost nothing."""
    await scene.some_moment(0.1, 0.3)
    node = scene.system.kafka.nodes[0]
    filler = node.folder / "data" / "filler"
    told = scene.driver.answers["503"]
    await asyncio.to_thread(_fill, filler)
    try:
        await eventually(lambda: scene.driver.answers["503"] > told, 60)
        # Until then what little room there is may still take a record, and be acknowledged rightly.
        await eventually(lambda: not node.running, 60, what="the broker has ended itself")
        since = time.monotonic()
        await scene.a_while(1.0, 2.0)
        scene.nothing_acknowledged(since, time.monotonic())
    finally:
        filler.unlink()
    await asyncio.to_thread(node.kill)
    await asyncio.to_thread(scene.system.kafka.start)
    return time.monotonic()


def _fill(filler: Path) -> None:
    """All but a little, which the next records need."""
    free = shutil.disk_usage(filler.parent).free
    with filler.open("wb") as file:
        while free > _LEFT:
            piece = min(free - _LEFT, 1 << 20)
            file.write(b"\0" * piece)
            free -= piece
