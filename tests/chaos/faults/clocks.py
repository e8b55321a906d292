"""Clocks that are off, and due times that pass while nobody looks at the clock."""

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import httpx
from aiokafka import AIOKafkaProducer

from shared.event_log.topics import CONTACT_EVENTS
from tests.chaos.faults.fault import Unshown, fault
from tests.chaos.scene import Scene
from tests.e2e.speech import said_by_followup
from tests.e2e.system import Json
from tests.histories.builders import BEGIN, HOUR, MINUTE, a_connection, a_keep, a_promise
from tests.oracle.facts import parse_time
from tests.waiting import eventually
from tools.stack import LOOPBACK, free_ports

CLOCKS: Final = "clocks: producers +2 h and -2 h; followup itself off"
DOWN: Final = "followup down across a due time; whole system down"
_LIBRARIES: Final = "*/faketime/libfaketimeMT.so.1"  # the other one is not for threads


@fault("followup-clock-ahead", CLOCKS)
async def ahead(scene: Scene) -> float:
    """libfaketime, +2 h: silent and not ready, although promises are due by its clock. Then its clock is put right."""
    return await _off(scene, "+2h")


@fault("followup-clock-behind", CLOCKS)
async def behind(scene: Scene) -> float:
    """libfaketime, -2 h: silent and not ready. Then its clock is put right."""
    return await _off(scene, "-2h")


async def _off(scene: Scene, by: str) -> float:
    """Silent and not ready while its clock is off, although much is due; of what is due in an hour nothing is said."""
    system, port = scene.system, free_ports(1)[0]
    await scene.some_moment(0.05, 0.2)
    await asyncio.to_thread(system.processes["followup worker"].stop)
    before = await _missed(scene)
    settings = {"ASHIATO_FOLLOWUP_HEALTH_PORT": f"{port}", "LD_PRELOAD": _library(), "FAKETIME": by}
    # libfaketime holds up a process with threads so much that a short session would run out again and again.
    slow = {"FAKETIME_DONT_FAKE_MONOTONIC": "1", "ASHIATO_SESSION_TIMEOUT": "PT30S"}
    wrong = system.another("followup worker", settings={**settings, **slow})
    await scene.driver.insist([_due_in_an_hour(customer) for customer in scene.customers[::10]])
    await asyncio.to_thread(wrong.start)
    try:
        await eventually(lambda: _not_ready(port), 90, every=0.2)
        await scene.a_while(1.0, 3.0)
        scene.expect('"clock.off"' in wrong.output(), "followup does not say in its log that its clock is off")
        scene.expect(await _missed(scene) == before, "something was announced by a clock that was off")
    finally:
        await scene.stopped(wrong)
    began = time.monotonic()
    await system.start("followup worker")
    return began


def _library() -> str:
    found = sorted(Path("/usr/lib").glob(_LIBRARIES))
    if not found:
        raise Unshown("there is no libfaketime here (Debian: apt-get install faketime)")
    return str(found[0])


def _due_in_an_hour(customer: str) -> Json:
    now = datetime.now(UTC) - BEGIN
    return a_promise(now, customer=customer, promise_id="in-an-hour", due_by=now + HOUR, id=f"in-an-hour-{customer}")


async def _missed(scene: Scene) -> set[str]:
    events = await scene.system.events()
    return {one["id"] for one in events if one["type"] == "promise.missed" and one["subject"] in scene.customers}


async def _not_ready(port: int) -> bool:
    try:
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.get(f"http://{LOOPBACK}:{port}/health/ready")
    except httpx.TransportError as error:
        raise AssertionError("it does not listen yet") from error
    why = answer.json().get("why", [])
    assert (answer.status_code, any("clock" in one for one in why)) == (503, True), answer.text
    return True


@fault("producers-clocks-off", CLOCKS)
async def producers_off(scene: Scene) -> float:
    """Others write to the topic, two hours ahead and two hours behind, in Kafka's timestamps and in the events'."""
    began = await scene.some_moment(0.1, 0.3)
    for sign in (2 * HOUR, -2 * HOUR):
        events = [event for customer in scene.customers[::3] for event in _by_a_clock_off(customer, sign)]
        await _write(scene, events, datetime.now(UTC) + sign)
        scene.driver.note(events)
        scene.driver.sent += len(events)
        await scene.a_while(0.1, 1.0)
    return began


def _by_a_clock_off(customer: str, by: timedelta) -> list[Json]:
    """The keeping first, so that at no moment the clock could rightly announce what the end of the log belies."""
    at, of = datetime.now(UTC) - BEGIN + by, {"customer": customer}
    name = f"off-{by.total_seconds():.0f}"
    return [
        a_connection(at, contact_id=name, desk="front", id=f"{name}-1", **of),
        a_keep(at + MINUTE / 2, promise_id=name, id=f"{name}-2", **of),
        a_promise(at, promise_id=name, due_by=at + MINUTE, owner={"desk": "front"}, id=f"{name}-3", **of),
    ]


async def _write(scene: Scene, events: Sequence[Json], at: datetime) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=scene.system.kafka.bootstrap, enable_idempotence=True)
    await producer.start()
    try:
        for event in events:
            await producer.send_and_wait(
                CONTACT_EVENTS.name,
                json.dumps(event).encode(),
                key=event["subject"].encode(),
                timestamp_ms=int(at.timestamp() * 1000),
            )
    finally:
        await producer.stop()


@fault("followup-down-across-due-times", DOWN, seconds=7.0)
async def down(scene: Scene) -> float:
    """Stopped, or killed, before most promises come due; what it says afterwards admits when it was noticed."""
    await scene.some_moment(0.1, 0.3)
    worker = scene.system.processes["followup worker"]
    if scene.rng.random() < 0.5:
        await scene.stopped(worker)
    else:
        await asyncio.to_thread(worker.kill)
    since = datetime.now(UTC)
    await scene.a_while(3.0, 5.0)
    up, began = datetime.now(UTC), time.monotonic()
    await scene.system.start("followup worker")
    await eventually(lambda: _honest(scene, since, up), 60, every=0.5)
    return began


async def _honest(scene: Scene, since: datetime, up: datetime) -> bool:
    events = [one for one in await scene.system.events() if one["subject"] in scene.customers]
    said: Mapping[str, int] = said_by_followup(events)
    missed = [one for one in events if one["id"] in said and one["type"] == "promise.missed"]
    meanwhile = [one for one in missed if since < parse_time(one["time"]) < up]
    scene.facts["missed_while_down"] = len(meanwhile)
    dishonest = [one for one in meanwhile if parse_time(one["data"]["detected_at"]) < up]
    if dishonest:
        scene.unmet.append(f"{len(dishonest)} misses say that they were noticed while followup was down")
    return bool(meanwhile or dishonest)
