"""Sends a plan through the front door at its pace, and writes each event into a ledger *after* the 202.

What is not acknowledged is sent again with the same ids, and nothing of that customer goes ahead of it.
"""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import httpx

from shared.event_log.log import partition_of
from tests.chaos.stories import Planned
from tests.e2e.system import BATCH, Json, System

_LANES: Final = 3
_AT_ONCE: Final = 20  # events of a request
_PAUSE_S: Final = 0.1
_GIVES_UP_AFTER_S: Final = 120.0

Acknowledged = tuple[str, str, str]  # customer, source, id


class Driver:
    """`answers`: how often each status was heard, "none" when there was no answer. `acknowledged_at`: when 202 came,
    by the monotonic clock. `done`: the whole plan is."""

    def __init__(self, system: System, ledger: Path) -> None:
        self.answers: Counter[str] = Counter()
        self.acknowledged_at: list[float] = []
        self.sent = 0
        self.done = False
        self._system = system
        self._ledger = ledger
        ledger.parent.mkdir(parents=True, exist_ok=True)
        ledger.touch()

    async def drive(self, plan: Sequence[Planned], began: float) -> None:
        """`began`: the monotonic time that the plan counts from. Raises AssertionError when nothing helps."""
        lanes: list[list[Planned]] = [[] for _ in range(_LANES)]
        for one in plan:
            lanes[partition_of(one.event["subject"].encode(), _LANES)].append(one)
        await asyncio.gather(*(self._lane(lane, began) for lane in lanes))
        self.done = True

    async def _lane(self, lane: list[Planned], began: float) -> None:
        waiting = list(lane)
        while waiting:
            await asyncio.sleep(max(_PAUSE_S, began + waiting[0].at - time.monotonic()))
            due = [one.event for one in waiting if began + one.at <= time.monotonic()][:_AT_ONCE]
            if due:
                await self.insist(due)
                del waiting[: len(due)]

    async def insist(self, events: Sequence[Json]) -> None:
        """Until they are acknowledged."""
        self.sent += len(events)
        deadline = time.monotonic() + _GIVES_UP_AFTER_S
        while not await self._post(events):
            assert time.monotonic() < deadline, f"not acknowledged: {dict(self.answers)}"
            await asyncio.sleep(_PAUSE_S)

    def note(self, events: Sequence[Json]) -> None:
        """Into the ledger: whoever keeps the log has acknowledged them."""
        lines = [json.dumps([event["subject"], event["source"], event["id"]]) + "\n" for event in events]
        with self._ledger.open("a", encoding="utf-8") as ledger:
            ledger.write("".join(lines))

    def ledger(self) -> set[Acknowledged]:
        lines = self._ledger.read_text(encoding="utf-8").splitlines()
        return {(customer, source, name) for customer, source, name in map(json.loads, lines)}

    def forget(self) -> None:
        """The ledger is judged."""
        self._ledger.unlink()

    async def _post(self, events: Sequence[Json]) -> bool:
        try:
            answer = await self._system.clients["routing"].post(
                "/events", content=json.dumps(events).encode(), headers={"content-type": BATCH}
            )
        except httpx.TransportError:
            self.answers["none"] += 1
            return False
        self.answers[f"{answer.status_code}"] += 1
        assert answer.status_code in (202, 503), answer.text[:300]
        if answer.status_code == 202:
            self.acknowledged_at.append(time.monotonic())
            self.note(events)
        return answer.status_code == 202
