"""The APIs of journey and followup on a world's store, asked through ASGI."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import httpx

from services.followup import api as followup_api
from services.followup.handlers import FollowupHandler
from services.followup.settings import FollowupApiSettings
from services.journey import api as journey_api
from services.journey.handlers import JourneyHandler
from services.journey.settings import JourneyApiSettings
from shared.event_log.dead_letters import DeadLetterLimit
from tests.properties.worlds import World

Json = dict[str, Any]


def journey_handler(world: World) -> JourneyHandler:
    return JourneyHandler(world.log, world.partitions, DeadLetterLimit())


def followup_handler(world: World) -> FollowupHandler:
    return FollowupHandler(world.log, world.partitions, now=lambda: world.now)


@asynccontextmanager
async def asking_journey(world: World) -> AsyncIterator[httpx.AsyncClient]:
    """The API shows the world's time."""
    app = journey_api.build(JourneyApiSettings(partitions=world.partitions), world.projection, lambda: world.now)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as client:
        yield client


@asynccontextmanager
async def asking_followup(world: World) -> AsyncIterator[httpx.AsyncClient]:
    app = followup_api.build(FollowupApiSettings(partitions=world.partitions), world.projection, lambda: world.now)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as client:
        yield client


async def pages(client: httpx.AsyncClient, path: str, **params: Any) -> list[Json]:
    """All pages of a list, one after the other."""
    found: list[Json] = []
    cursor: str | None = None
    while not found or cursor is not None:
        asked = {name: value for name, value in {**params, "cursor": cursor}.items() if value is not None}
        answer = await client.get(path, params=asked)
        assert answer.status_code == 200, answer.text
        found.append(answer.json())
        cursor = found[-1]["next"]
    return found


def as_time(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
