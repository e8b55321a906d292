"""Two releases beside each other on the same topics and in the same store, as in a rollout, its way back and again.

Events are sent all the while, some through each front door, and somebody looks customers up at both. After each step
what is on the topics, and what both releases answer, is held against the oracle.

WorkerPaused         a worker could not go on with a partition
"""

import asyncio
import json
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final, Literal, NamedTuple

import httpx

from shared.event_log.topics import CONTACT_EVENTS, FLAGS
from tests.chaos.driver import Acknowledged, Driver
from tests.chaos.onlooker import Onlooker, looking_on
from tests.chaos.stories import Planned, plan
from tests.chaos.verifier import Left, Log, everything_said, judge
from tests.e2e.release import Release
from tests.e2e.system import NAMES, PARTITIONS, WITH_WORKER, Name, System, running
from tests.waiting import eventually
from tools.stack import LOOPBACK

Side = Literal["old", "new"]
BOTH: Final[tuple[Side, ...]] = ("old", "new")
WORKERS: Final[tuple[Name, ...]] = ("journey worker", "followup worker")
APIS: Final[tuple[Name, ...]] = ("routing api", "journey api", "followup api")
_DESK: Final = "desk-rollout"
_SENDING_S: Final = 5.0  # twice in each step
_ONCE_MORE: Final = 100  # to the number of a step, for another seed
_NEW_CUSTOMERS: Final = 20  # with each step
_READY_WITHIN_S: Final = 60.0
_PAUSED: Final = '"partition.paused"'


class WorkerPaused(Exception):
    """With what it said."""


class Judged(NamedTuple):
    """After a step, in all so far. partitions: that each side's workers have, journey's and followup's. wrong: in
    words; none when all is as the oracle has it."""

    sent: dict[Side, int]
    records: int
    flags: int
    customers: int
    partitions: dict[Side, tuple[int, ...]]
    wrong: list[str]


@dataclass
class Rollout:
    """systems: with the same servers, each with its own processes. sent: events, by front door."""

    systems: dict[Side, System]
    folder: Path
    seed: int
    customers: list[str] = field(default_factory=list)
    ledger: set[Acknowledged] = field(default_factory=set)
    sent: dict[Side, int] = field(default_factory=lambda: {"old": 0, "new": 0})

    async def play(self, step: "Step") -> Judged:
        """Raises WorkerPaused, and AssertionError when it does not come to an end."""
        playing, watching = asyncio.create_task(self._play(step)), asyncio.create_task(self._first_pause())
        await asyncio.wait((playing, watching), return_when=asyncio.FIRST_COMPLETED)
        paused = watching.result() if watching.done() else ""
        for task in (playing, watching):
            task.cancel()
        told = await asyncio.gather(playing, watching, return_exceptions=True)
        if paused:
            raise WorkerPaused(paused)
        if isinstance(told[0], BaseException):
            raise told[0]
        return told[0]

    async def _play(self, step: "Step") -> Judged:
        number = len(self.customers) // _NEW_CUSTOMERS
        self.customers += [f"rollout-{self.seed}-{number}-{one}" for one in range(_NEW_CUSTOMERS)]
        drivers = {
            side: Driver(self.systems[side], self.folder / f"ledger-{number}-{side}.jsonl") for side in step.answering
        }
        lookers = {side: Onlooker(self.systems[side], self.customers, _DESK, self.seed) for side in step.answering}
        async with AsyncExitStack() as looking:
            for one in lookers.values():
                await looking.enter_async_context(looking_on(one))
            await asyncio.gather(self._send(number, drivers), step.act(self))
            await self._send(
                number + _ONCE_MORE, drivers
            )  # on a busy machine all else was sent before the act was over
        for side, driver in drivers.items():
            self.ledger |= driver.ledger()
            self.sent[side] += driver.sent
        misled = [f"at the {side} APIs: {what}" for side, one in lookers.items() for what in one.misled[:3]]
        return await self._judged(step, misled)

    async def start(self, side: Side, *names: Name) -> None:
        """Each when the one before is ready."""
        for name in names:
            await self.systems[side].start(name)
            await eventually(partial(_is_ready, self.systems[side], name), _READY_WITHIN_S, every=0.1)

    async def _first_pause(self) -> str:
        """Never returns while all goes well."""
        while True:
            for side, system in self.systems.items():
                for name in WORKERS:
                    said = [line for line in system.processes[name].output().splitlines() if _PAUSED in line]
                    if said:
                        return f"{side} {name}: {said[0][:400]}"
            await asyncio.sleep(1.0)

    async def stop(self, side: Side, *names: Name) -> None:
        """SIGTERM. Raises AssertionError for another exit code than 0."""
        await self.systems[side].stop(*names)

    async def _send(self, number: int, drivers: dict[Side, Driver]) -> None:
        """Each event through any of the doors. Customers of the step before go on: what one release has stored, the
        other has to read and to add to."""
        seed, began, customers = self.seed + number, time.monotonic(), self.customers[-2 * _NEW_CUSTOMERS :]
        rng, told = random.Random(seed), plan(seed, customers, _DESK, datetime.now(UTC), _SENDING_S)
        shares: dict[Side, list[Planned]] = {side: [] for side in drivers}
        for one in told:
            shares[rng.choice(list(shares))].append(one)
        await asyncio.gather(*(driver.drive(shares[side], began) for side, driver in drivers.items()))

    async def _judged(self, step: "Step", wrong: list[str]) -> Judged:
        some, starts = self.systems[step.answering[0]], dict.fromkeys(range(PARTITIONS), 0)
        events, flags = (Log(some, topic.name, starts, self.customers) for topic in (CONTACT_EVENTS, FLAGS))
        await everything_said(events)
        for side in step.answering:
            await self.systems[side].caught_up()
        left = Left(await events.read(), [flag for flag, _ in await flags.read()])
        for side in step.answering:
            verdict = await judge(self.systems[side], left, self.ledger, self.customers, _DESK, may_repeat=False)
            wrong += [f"by the {side} APIs: {note}" for note in verdict.notes]
        held = {side: tuple(partitions_of(self.systems[side], name) for name in WORKERS) for side in BOTH}
        reading = tuple(side for side in BOTH if all(held[side]))
        if reading != step.reading or {sum(both) for both in zip(*held.values(), strict=True)} != {PARTITIONS}:
            wrong.append(f"partitions are with {held}, and should be with {' and '.join(step.reading)}")
        return Judged(dict(self.sent), len(left.log), len(left.flags), len(self.customers), held, wrong)


class Step(NamedTuple):
    """act: what happens while events are sent. reading: whose workers read afterwards. answering: whose APIs are there,
    front doors included."""

    name: str
    act: Callable[[Rollout], Awaitable[None]]
    reading: tuple[Side, ...]
    answering: tuple[Side, ...] = BOTH


async def _nothing(_: Rollout) -> None:
    pass


async def _new_comes(rollout: Rollout) -> None:
    await rollout.start("new", *APIS, *WORKERS)


async def _old_workers_go(rollout: Rollout) -> None:
    await rollout.stop("old", *WORKERS)


async def _back(rollout: Rollout) -> None:
    await rollout.start("old", *WORKERS)
    await rollout.stop("new", *WORKERS)


async def _on_again(rollout: Rollout) -> None:
    await rollout.start("new", *WORKERS)
    await rollout.stop("old", *WORKERS)


async def _apis(rollout: Rollout, come: Side, go: Side) -> None:
    await rollout.start(come, *APIS)
    await rollout.stop(go, *APIS)


async def _new_apis(rollout: Rollout) -> None:
    await _apis(rollout, "new", "old")


async def _workers_one_after_the_other(rollout: Rollout) -> None:
    await rollout.stop("old", *WORKERS)
    await rollout.start("new", *WORKERS)


async def _back_by_a_rebuild(rollout: Rollout) -> None:
    await rollout.stop("new", *WORKERS)
    for service in WITH_WORKER:
        said = await rollout.systems["new"].ashiato("rebuild", service, "--yes")
        assert said.code == 0, said.err
    await _apis(rollout, "old", "new")
    await rollout.start("old", *WORKERS)


async def _on_again_by_way_of_none(rollout: Rollout) -> None:
    await _new_apis(rollout)
    await _workers_one_after_the_other(rollout)


_OLD_ALONE: Final = Step("old alone", _nothing, ("old",), ("old",))
SIDE_BY_SIDE: Final = (
    _OLD_ALONE,
    Step("new comes beside old", _new_comes, BOTH),
    Step("old workers go", _old_workers_go, ("new",)),
    Step("back: old workers come, new go", _back, ("old",)),
    Step("on again: new workers come, old go", _on_again, ("new",)),
)
# Where old cannot read what new stores: new APIs first, no old worker beside a new one, and back by a rebuild.
WORKERS_TO_NONE: Final = (
    _OLD_ALONE,
    Step("new APIs come, old go", _new_apis, ("old",), ("new",)),
    Step("old workers go, then new come", _workers_one_after_the_other, ("new",), ("new",)),
    Step("back: new workers go, rebuild, old come", _back_by_a_rebuild, ("old",), ("old",)),
    Step("on again: APIs, old workers go, new come", _on_again_by_way_of_none, ("new",), ("new",)),
)


@asynccontextmanager
async def a_rollout(folder: Path, old: Release, new: Release, seed: int) -> AsyncIterator[Rollout]:
    """The old release is up and serving, of the new one nothing is. Raises StackError, ProcessEnded."""
    async with running(System(folder / "old", PARTITIONS, release=old)) as first:
        second = System(folder / "new", PARTITIONS, release=new, beside=first)
        try:
            await second.log.start()
            yield Rollout({"old": first, "new": second}, folder, seed)
        finally:  # its processes, not the servers
            await second.kill(*NAMES)
            await second.log.stop()
            for client in second.clients.values():
                await client.aclose()


def partitions_of(system: System, name: Name) -> int:
    """How many this worker was given last; 0 when it does not run."""
    process = system.processes[name]
    lines = [line for line in process.output().splitlines() if '"worker.assigned"' in line]
    return len(json.loads(lines[-1])["partitions"]) if process.running and lines else 0


async def _is_ready(system: System, name: Name) -> bool:
    service, kind = name.upper().split()
    port = system.environment[f"ASHIATO_{service}_{'HEALTH_PORT' if kind == 'WORKER' else 'PORT'}"]
    assert system.processes[name].running, f"{name} ended: {system.processes[name].output()[-600:]}"
    async with httpx.AsyncClient(trust_env=False) as client:
        try:
            return (await client.get(f"http://{LOOPBACK}:{port}/health/ready")).status_code == 200
        except httpx.TransportError:
            return False
