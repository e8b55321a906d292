"""Somebody who looks customers up without a pause, and notes what must never be answered."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import httpx

from tests.e2e.system import Service, System


class Onlooker:
    """`statuses`: how often each was seen, "none" when there was no answer. `misled`: whoever was known and then
    "does not exist"; any status that is neither an answer nor 503 with Retry-After."""

    def __init__(self, system: System, customers: Sequence[str], desk: str, seed: int) -> None:
        self.statuses: Counter[str] = Counter()
        self.misled: list[str] = []
        self._system = system
        self._customers = customers
        self._desk = desk
        self._rng = random.Random(seed)
        self._known: set[str] = set()

    async def look(self) -> None:
        customer = self._rng.choice(self._customers)
        status = await self._ask("journey", f"/journeys/{customer}")
        if status == 200:
            self._known.add(customer)
        elif status == 404 and customer in self._known:
            self.misled.append("404 for a customer who was known")
        if self._rng.random() < 0.2 and await self._ask("followup", f"/promises?desk={self._desk}") == 404:
            self.misled.append("404 for a work list")

    async def _ask(self, service: Service, path: str) -> int | None:
        try:
            answer = await self._system.get(service, path)
        except httpx.TransportError:
            self.statuses["none"] += 1
            return None
        status = answer.status_code
        self.statuses[f"{status}"] += 1
        if status not in (200, 404, 503) or (status == 503 and "Retry-After" not in answer.headers):
            self.misled.append(f"{service}: {status} {answer.text[:200]}")
        return status


@asynccontextmanager
async def looking_on(onlooker: Onlooker, every: float = 0.02) -> AsyncIterator[None]:
    done = asyncio.Event()

    async def go_on() -> None:
        while not done.is_set():
            await onlooker.look()
            await asyncio.sleep(every)

    asking = asyncio.create_task(go_on())
    try:
        yield
    finally:
        done.set()
        await asking
