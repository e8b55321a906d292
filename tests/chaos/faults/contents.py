"""What is on the log, or what is done with it, is bad: records that cannot be applied, a rule that raises."""

import asyncio
import json
import time
from collections.abc import Sequence

import httpx

from shared.event_log.log import Message, Record, partition_of
from shared.event_log.topics import CONTACT_EVENTS, DEAD_LETTERS
from tests.chaos.broken_worker import BREAKS
from tests.chaos.faults.fault import fault
from tests.chaos.scene import Scene
from tests.e2e.system import Json, read
from tests.histories.builders import a_copy, an_event
from tests.properties.poison import POISON
from tests.waiting import eventually
from tools.stack import LOOPBACK, free_ports

_CONFLICTS = 5


@fault("poison", "poison: not JSON, wrong schema, misrouted, conflicting, 1 MB; also unknown types and hostile strings")
async def poison(scene: Scene) -> float:
    """Each kind once, and copies with another content: as many dead letters, each with the bytes as they came."""
    began = await scene.some_moment(0.3, 0.7)
    system = scene.system
    starts = await system.log.end_offsets(DEAD_LETTERS.name)
    bad = [(one.code, one.message) for one in POISON] + await _conflicts(scene)
    scene.rng.shuffle(bad)
    placed = [(await system.log.append([message]))[0] for _, message in bad]
    wanted = {
        f"{CONTACT_EVENTS.name}:{partition}:{offset}": (code, message.value)
        for (code, message), (partition, offset) in zip(bad, placed, strict=True)
    }

    async def all_set_aside() -> dict[str, tuple[str, bytes]]:
        found = _letters(await system.records(DEAD_LETTERS.name, starts))
        assert len(found) >= len(wanted), f"{len(found)} dead letters of {len(wanted)}"
        return found

    found = await eventually(all_set_aside, 60, every=0.3)
    scene.facts["dead_letters"] = len(found)
    scene.expect(found == wanted, "dead letters are not the bad records, with their codes and bytes")
    return began


async def _conflicts(scene: Scene) -> list[tuple[str, Message]]:
    """Other contents under identities that are known already."""

    async def some() -> list[Json]:
        found = [event for event, _ in read(await scene.system.records(CONTACT_EVENTS.name))]
        known = {(one["subject"], one["id"]): one for one in found if one.get("subject") in scene.customers}
        stated = [one for one in known.values() if one["type"].startswith("contact.") and "desk" in one["data"]]
        assert len(stated) >= _CONFLICTS
        return stated[:_CONFLICTS]

    chosen = await eventually(some, 30, every=0.3)
    values = [json.dumps(a_copy(one, desk="elsewhere")).encode() for one in chosen]
    return [
        ("conflict", Message(CONTACT_EVENTS.name, one["subject"].encode(), value))
        for one, value in zip(chosen, values, strict=True)
    ]


def _letters(records: Sequence[Record]) -> dict[str, tuple[str, bytes]]:
    """By the original's place: code and bytes."""
    headers = [(dict(record.headers), record.value or b"") for record in records]
    return {one["dead-letter-id"].decode(): (one["dead-letter-code"].decode(), value) for one, value in headers}


@fault("rule-that-raises", "a rule that raises", seconds=8.0)
async def broken_rule(scene: Scene) -> float:
    """Its partition pauses, the others go on, readiness fails; with the rule mended nothing has been skipped."""
    system = scene.system
    await scene.some_moment(0.02, 0.05)
    await asyncio.to_thread(system.processes["journey worker"].stop)
    port = free_ports(1)[0]
    broken = system.another("journey worker", "tests.chaos.broken_worker", {"ASHIATO_JOURNEY_HEALTH_PORT": f"{port}"})
    await asyncio.to_thread(broken.start)
    try:
        victim = scene.rng.choice(scene.customers)
        await scene.driver.insist([an_event(BREAKS, customer=victim)])
        partition = partition_of(victim.encode(), system.partitions)
        await eventually(lambda: _only_paused(scene, partition), 60, every=0.1)
        scene.expect(await _not_ready(port), "the worker says that it is ready although a partition has paused")
        await scene.a_while(0.5, 2.0)
        await eventually(lambda: _only_paused(scene, partition), 30, every=0.1)
    finally:
        await scene.stopped(broken)
    began = time.monotonic()
    await system.start("journey worker")
    return began


async def _only_paused(scene: Scene, partition: int) -> bool:
    """And the others have nothing left to read."""
    found = await scene.positions("journey")
    states = {number: one["state"] for number, one in found.items()}
    assert states.pop(partition) == "paused", states
    assert set(states.values()) == {"running"}, states
    ends = await scene.system.log.end_offsets(CONTACT_EVENTS.name)
    ahead = [ends[number] - found[number]["next"] for number in states]
    assert max(ahead) < 50, ahead
    return True


async def _not_ready(port: int) -> bool:
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"http://{LOOPBACK}:{port}/health/ready")
    return answer.status_code == 503
