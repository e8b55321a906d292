"""Redis loses everything, something, or its readiness to write."""

import asyncio
import shutil
import time

from tests.chaos.faults.fault import fault
from tests.chaos.scene import Scene
from tests.waiting import eventually

WIPED = "Redis wiped"


@fault("redis-flushed", WIPED, redis=True)
async def flushed(scene: Scene) -> float:
    """FLUSHALL; look-ups must have said 503."""
    began = await scene.some_moment()
    await scene.system.lose_redis()
    await _unavailable(scene)
    return began


@fault("redis-killed-and-empty", WIPED, redis=True)
async def killed_and_empty(scene: Scene) -> float:
    """kill -9 of the server, which comes back without its data; look-ups must have said 503."""
    await scene.some_moment()
    await asyncio.to_thread(scene.system.valkey.erase)
    await scene.a_while(0.5, 2.0)
    await asyncio.to_thread(scene.system.valkey.start)
    began = time.monotonic()
    await _unavailable(scene)
    return began


@fault("redis-older-copy", "Redis restored from an older copy", seconds=8.0, redis=True)
async def older_copy(scene: Scene) -> float:
    """BGSAVE, a copy put aside, events go on for a while; then that copy is all there is."""
    await scene.some_moment(0.1, 0.4)
    valkey = scene.system.valkey
    dump, copy = valkey.folder / "dump.rdb", valkey.folder / "older.rdb"
    before = await scene.redis("LASTSAVE")
    await asyncio.sleep(1.0)  # LASTSAVE counts in seconds
    await scene.redis("BGSAVE")
    await eventually(lambda: _later(scene, before), 20, every=0.05)
    shutil.copyfile(dump, copy)
    await scene.a_while(1.5, 8.0)  # under load, or when all is quiet
    await asyncio.to_thread(valkey.erase)
    shutil.move(copy, dump)
    await asyncio.to_thread(valkey.start)
    began = time.monotonic()
    dump.unlink()
    return began


async def _later(scene: Scene, before: object) -> bool:
    return bool(await scene.redis("LASTSAVE") != before)


async def _unavailable(scene: Scene) -> None:
    """Look-ups must have said so."""
    before = scene.onlooker.statuses["503"]
    try:
        await eventually(lambda: scene.onlooker.statuses["503"] > before, 5)
    except AssertionError:
        scene.expect(before > 0, "no look-up was told 503 while Redis was being rebuilt")


@fault("redis-full", "Kafka disk full / Redis maxmemory (noeviction)", redis=True)
async def full(scene: Scene) -> float:
    """maxmemory below what is used: positions must stand still and the front door go on. Then there is room again."""
    await scene.some_moment()
    await scene.redis("CONFIG", "SET", "maxmemory", "1mb")
    await asyncio.sleep(0.3)  # what was in the air
    before, acknowledged = await _saved(scene), len(scene.driver.acknowledged_at)
    await scene.a_while(2.0, 3.0)
    scene.expect(await _saved(scene) == before, "positions moved although nothing could be saved")
    scene.expect(len(scene.driver.acknowledged_at) > acknowledged, "the front door refused although Kafka was well")
    await scene.redis("CONFIG", "SET", "maxmemory", "0")
    return time.monotonic()


async def _saved(scene: Scene) -> list[int]:
    found = [await scene.positions("journey"), await scene.positions("followup")]
    return [one["next"] for service in found for one in service.values()]
