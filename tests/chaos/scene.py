"""What a fault may lay hands on while a round plays."""

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from redis.asyncio import Redis

from shared.event_log.topics import CONTACT_EVENTS
from tests.chaos.driver import Driver
from tests.chaos.onlooker import Onlooker
from tests.e2e.system import WITH_WORKER, Json, Service, System
from tests.waiting import eventually
from tools.stack import Process

PATIENCE_S = 90.0


@dataclass
class Scene:
    """`seconds`: how long events are sent. `unmet`: what the row promises and did not hold. `facts`: measured."""

    system: System
    rng: random.Random
    driver: Driver
    onlooker: Onlooker
    customers: Sequence[str]
    desk: str
    seconds: float
    unmet: list[str] = field(default_factory=list)
    facts: dict[str, float] = field(default_factory=dict)

    async def some_moment(self, first: float = 0.2, last: float = 0.6) -> float:
        """Wait for a seeded moment between these parts of the sending; what the monotonic clock says then."""
        await asyncio.sleep(self.rng.uniform(first, last) * self.seconds)
        return time.monotonic()

    async def a_while(self, least: float, most: float) -> None:
        await asyncio.sleep(self.rng.uniform(least, most))

    def expect(self, held: bool, what: str) -> None:
        if not held:
            self.unmet.append(what)

    async def positions(self, service: Service) -> dict[int, Json]:
        """An AssertionError while there is no answer."""
        answer = await self.system.answer(service, "/partitions")
        return {one["partition"]: one for one in answer.json()["items"]}

    async def recovered(self, since: float) -> float:
        """Seconds from `since` until every API is ready and both services have stored what is on the log now, by the
        word of a worker that lives."""
        called, marks = time.time(), await eventually(self._ends, PATIENCE_S, every=0.1)

        async def stored() -> bool:
            for service in ("routing", "journey", "followup"):
                await self.system.answer(service, "/health/ready")
            for service in WITH_WORKER:
                for partition, one in (await self.positions(service)).items():
                    assert one["state"] == "running", (service, one)
                    # What a dead one said last still stands there, and one whose clock was off may have said it later.
                    assert called <= datetime.fromisoformat(one["at"]).timestamp() <= time.time() + 1, (service, one)
                    assert (one["next"] or 0) >= marks[partition], (service, one, marks)
            return True

        await eventually(stored, PATIENCE_S, every=0.05)
        return time.monotonic() - since

    async def stopped(self, process: Process, within: float = 20.0) -> None:
        """SIGTERM; exit code 0 in time, or it is noted."""
        began = time.monotonic()
        code = await asyncio.to_thread(process.stop, within)
        took = time.monotonic() - began
        self.facts["stop_s"] = max(took, self.facts.get("stop_s", 0.0))
        self.expect(code == 0, f"{process.name} stopped with {code} after {took:.1f} s")

    def nothing_acknowledged(self, since: float, until: float) -> None:
        """Whoever was told 202 while there was nobody to keep it was told a lie."""
        meanwhile = [at for at in self.driver.acknowledged_at if since + 0.2 < at < until]
        self.expect(not meanwhile, f"{len(meanwhile)} times 202 while the broker was away")

    async def redis(self, *command: Any) -> Any:
        async with Redis.from_url(self.system.valkey.url) as client:
            return await client.execute_command(*command)  # type: ignore[no-untyped-call]

    async def _ends(self) -> dict[int, int]:
        return await self.system.log.end_offsets(CONTACT_EVENTS.name)
