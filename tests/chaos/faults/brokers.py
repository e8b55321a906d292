"""Kafka goes away and comes back, with its data or, of three, without."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from aiokafka.admin import AIOKafkaAdminClient

from shared.event_log.topics import CONTACT_EVENTS, FLAGS
from tests.chaos.faults.fault import fault
from tests.chaos.scene import Scene
from tests.waiting import eventually

ONE = "broker SIGTERM and kill -9, same data"


@fault("broker-stopped", ONE, seconds=6.0, may_repeat=True)
async def stopped(scene: Scene) -> float:
    """SIGTERM; away until somebody was told 503, and a moment more. Nobody may be told 202 meanwhile."""
    return await _away(scene, lambda: asyncio.to_thread(scene.system.kafka.stop))


@fault("broker-killed", ONE, seconds=6.0, may_repeat=True)
async def killed(scene: Scene) -> float:
    """kill -9; away until somebody was told 503, and a moment more. Nobody may be told 202 meanwhile."""
    return await _away(scene, lambda: asyncio.to_thread(scene.system.kafka.kill))


async def _away(scene: Scene, end: Callable[[], Awaitable[None]]) -> float:
    await scene.some_moment(0.1, 0.4)
    told = scene.driver.answers["503"]
    await end()
    since = time.monotonic()
    await eventually(lambda: scene.driver.answers["503"] > told, 30)
    await scene.a_while(0.0, 2.0)
    scene.nothing_acknowledged(since, time.monotonic())
    await asyncio.to_thread(scene.system.kafka.start)
    return time.monotonic()


@fault("one-broker-of-three-emptied", "one of three brokers killed, then its disk emptied", world="three", seconds=8.0)
async def one_of_three(scene: Scene) -> float:
    """kill -9 of one, its disk emptied: the other two must go on acknowledging, until all three are in sync again."""
    began = await scene.some_moment(0.1, 0.3)
    kafka = scene.system.kafka
    node = scene.rng.choice(kafka.nodes)
    await asyncio.to_thread(node.erase)
    before = len(scene.driver.acknowledged_at)
    await eventually(lambda: len(scene.driver.acknowledged_at) > before + 3, 60)
    scene.facts["two_brokers_answer_s"] = scene.driver.acknowledged_at[before] - began
    await asyncio.to_thread(kafka.start)
    await eventually(lambda: _all_in_sync(kafka.bootstrap), 60, every=0.5)
    scene.facts["in_sync_s"] = time.monotonic() - began
    return began


async def _all_in_sync(bootstrap: str) -> bool:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        topics = await admin.describe_topics([CONTACT_EVENTS.name, FLAGS.name])
    finally:
        await admin.close()
    short = [one for topic in topics for one in topic["partitions"] if len(one["isr"]) < 3]
    assert not short, f"{len(short)} partitions are not in sync"
    return True
