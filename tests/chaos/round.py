"""One round: events are sent at a steady rate, one thing is broken and put right, and what is left is judged."""

import asyncio
import random
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from shared.event_log.topics import CONTACT_EVENTS, FLAGS
from tests.chaos.driver import Driver
from tests.chaos.faults.fault import Fault, Unshown
from tests.chaos.onlooker import Onlooker, looking_on
from tests.chaos.outcome import Outcome
from tests.chaos.scene import PATIENCE_S, Scene
from tests.chaos.stage import Stage
from tests.chaos.stories import plan
from tests.chaos.verifier import Left, Log, everything_said, judge
from tests.e2e.system import System

CUSTOMERS: Final = 60


async def play(stage: Stage, fault: Fault, seed: int) -> Outcome:
    """Never raises: what went wrong is in the outcome. After a round that came to no end the next gets a new system."""
    outcome = Outcome(fault.name, fault.row, seed, fault.world)
    began = time.monotonic()
    try:
        system = await stage.system(fault.world)
        began = time.monotonic()
        await _play(system, fault, outcome, stage.folder / f"ledger-{fault.name}-{seed}.jsonl")
    except Unshown as reason:
        outcome.not_run = str(reason)
    except Exception as error:  # noqa: BLE001 - the other rounds are to be played
        outcome.trouble = f"{type(error).__name__}: {error}"[:600]
    outcome.seconds = time.monotonic() - began
    if outcome.failed:
        stage.keep_logs()
    if outcome.trouble:
        await stage.clear()
    return outcome


async def _play(system: System, fault: Fault, outcome: Outcome, ledger: Path) -> None:
    name = f"{fault.name}-{outcome.seed}"
    desk, customers = f"desk-{name}", [f"{name}-{number}" for number in range(CUSTOMERS)]
    starts = {topic.name: await system.log.end_offsets(topic.name) for topic in (CONTACT_EVENTS, FLAGS)}
    events, flags = (Log(system, topic, ends, customers) for topic, ends in starts.items())
    driver, onlooker = Driver(system, ledger), Onlooker(system, customers, desk, outcome.seed)
    scene = Scene(system, random.Random(outcome.seed), driver, onlooker, customers, desk, fault.seconds)
    planned = plan(outcome.seed, customers, desk, datetime.now(UTC), fault.seconds)
    async with looking_on(onlooker):
        driving = asyncio.create_task(driver.drive(planned, time.monotonic()))
        try:
            outcome.recovery_s = await scene.recovered(await fault.strike(scene))
            await driving
        finally:
            driving.cancel()
            with suppress(asyncio.CancelledError):
                await driving
        await everything_said(events)
        await system.caught_up(PATIENCE_S)
    left = Left(await events.read(), [flag for flag, _ in await flags.read()])
    verdict = await judge(system, left, driver.ledger(), customers, desk, may_repeat=fault.may_repeat)
    outcome.sent, outcome.stored = driver.sent, len(left.log)
    outcome.lost, outcome.extra, outcome.wrong = verdict.lost, verdict.extra, verdict.wrong
    outcome.repeated, outcome.notes = verdict.repeated, verdict.notes + onlooker.misled[:3]
    outcome.misled, outcome.unmet, outcome.facts = len(onlooker.misled), scene.unmet, scene.facts
    outcome.door, outcome.look_ups = dict(driver.answers), dict(onlooker.statuses)
    driver.forget()
