"""The same log, read again from the beginning by others: another count of partitions, another count of workers."""

import asyncio
import json
import shutil
import time
from collections.abc import Sequence
from datetime import UTC, datetime

from shared.event_log.log import Message
from shared.event_log.topics import CONTACT_EVENTS, FLAGS
from tests import oracle
from tests.chaos.faults.fault import fault
from tests.chaos.pace import PACE
from tests.chaos.scene import Scene
from tests.chaos.verifier import Log, everything_said
from tests.e2e.system import Json, System, read, running
from tests.waiting import eventually


@fault("replay-of-the-log", "replay", seconds=4.0)
async def replay(scene: Scene) -> float:
    """Into 1 and into 8 partitions, there with three journey workers: equal digests, the same flags, nothing new."""
    system = scene.system
    events, flags = (
        Log(system, topic, dict.fromkeys(range(system.partitions), 0), scene.customers)
        for topic in (CONTACT_EVENTS.name, FLAGS.name)
    )
    await eventually(lambda: _all_sent(scene), 60)
    await everything_said(events)
    await system.caught_up()
    log = [event for event, _ in await events.read()]
    said = {flag["id"] for flag, _ in await flags.read()}
    for partitions, workers in ((1, 1), (8, 3)):
        folder = system.folder / f"replay-{partitions}"
        await _replayed(scene, System(folder, partitions, settings=PACE), workers, log, said)
        shutil.rmtree(folder)  # the next round begins with an empty log
        scene.facts[f"into_{partitions}"] = len(log)
    return time.monotonic()


def _all_sent(scene: Scene) -> bool:
    return scene.driver.done


async def _replayed(scene: Scene, other: System, workers: int, log: Sequence[Json], said: set[str]) -> None:
    async with running(other):
        await other.kill("journey worker", "followup worker")  # what is read as it is written is no replay
        more = [other.another("journey worker") for _ in range(workers - 1)]
        try:
            await other.log.append([_message(event) for event in log])
            for process in more:
                await asyncio.to_thread(process.start)
            await other.start("journey worker", "followup worker")
            await other.caught_up()
            as_of = datetime.now(UTC)
            digests = await other.digest(as_of.isoformat())
            again = {flag["id"] for flag, _ in read(await other.records(FLAGS.name))}
            new = await other.on_the_log() - len(log)
        finally:
            for process in more:
                process.kill()
    where = f"into {other.partitions} partitions with {workers} workers"
    differing = oracle.digest(list(log), as_of).customers.items() ^ {(a, b) for a, b in digests.items() if a}
    scene.expect(not differing, f"{len(differing)} digests differ {where}")
    scene.expect(again == said, f"{len(again ^ said)} flag events differ {where}")
    scene.expect(new == 0, f"{new} events were said anew {where}")


def _message(event: Json) -> Message:
    return Message(CONTACT_EVENTS.name, event["subject"].encode(), json.dumps(event).encode())
