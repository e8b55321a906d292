"""The two ways for events into the log: through the front door (HTTP), or straight into Kafka. Both may be repeated."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Protocol, TypeVar

import httpx

from services.routing.handlers import Accepted, FrontDoor
from shared.event_log.log import EventLog, LogUnavailable, MessageTooLarge
from tools.cli.api import Api
from tools.cli.errors import Rejected, Unavailable
from tools.cli.world import World

T = TypeVar("T")

BATCH_JSON = "application/cloudevents-batch+json"
# Below the front door's limits (1,000 events, 1 MiB), with room for brackets and commas.
MOST_EVENTS = 500
MOST_BYTES = 900_000


class Way(Protocol):
    async def send(self, events: Sequence[bytes]) -> list[str | None]:
        """Of each event why it was refused, or None: then it is on the log, acknowledged, in this order.

        At most MOST_EVENTS and MOST_BYTES. Raises Unavailable when patience is over: send the same again.
        """


class ThroughTheDoor:
    """POST /events in batches."""

    def __init__(self, routing: Api) -> None:
        self._routing = routing

    async def send(self, events: Sequence[bytes]) -> list[str | None]:
        answer = await self._routing.post(
            "/events", b"[" + b",".join(events) + b"]", BATCH_JSON, or_else=_nothing_accepted
        )
        results = answer.get("results", []) if isinstance(answer, dict) else []
        if len(results) != len(events):
            raise Rejected(f"routing api answers {len(results)} results for {len(events)} events")
        return [None if one.get("status") == "accepted" else _reason(one.get("problem", {})) for one in results]


class Straight:
    """Into Kafka, with the front door's own checks."""

    def __init__(self, log: EventLog, patience: Patience, now: Callable[[], Any]) -> None:
        self._door = FrontDoor(log, now=now)
        self._patience = patience

    async def send(self, events: Sequence[bytes]) -> list[str | None]:
        try:
            outcomes = await self._patience.with_log(lambda: self._door.take(events))
        except MessageTooLarge as error:
            raise Rejected(str(error)) from None
        return [
            None if isinstance(one, Accepted) else _reason({"detail": one.code, "errors": one.problems})
            for one in outcomes
        ]


class Patience:
    """Tries again while Kafka does not acknowledge, for so many seconds."""

    def __init__(self, seconds: float, sleep: Callable[[float], Awaitable[None]]) -> None:
        self._seconds = seconds
        self._sleep = sleep

    async def with_log(self, attempt: Callable[[], Awaitable[T]]) -> T:
        deadline, pause = time.monotonic() + self._seconds, 0.2
        while True:
            try:
                return await attempt()
            except LogUnavailable as error:
                if time.monotonic() + pause > deadline:
                    raise Unavailable(str(error)) from None
                await self._sleep(pause)
                pause = min(5.0, pause * 2)


@asynccontextmanager
async def opened(world: World, *, direct: bool, patience: float) -> AsyncIterator[Way]:
    """Raises LogUnavailable when Kafka cannot be reached at all."""
    if direct:
        async with world.log() as log:
            yield Straight(log, Patience(patience, world.sleep), world.now)
    else:
        async with world.api("routing", patience) as routing:
            yield ThroughTheDoor(routing)


def _nothing_accepted(answer: httpx.Response) -> Any | None:
    """422 for a batch of which every event was refused says why for each."""
    content = answer.json() if answer.status_code == 422 else {}
    return content if isinstance(content, dict) and "results" in content else None


def _reason(problem: dict[str, Any]) -> str:
    fields = "; ".join(f"{one.get('pointer') or '(all)'} {one.get('detail', '')}" for one in problem.get("errors", []))
    return fields or str(problem.get("detail") or "refused")
