"""Events to send to the front door, and a door to send them to."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
from fastapi import FastAPI

from services.routing.api import build
from services.routing.settings import RoutingSettings
from shared.event_log.memory import MemoryLog
from shared.event_log.topics import CONTACT_EVENTS

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
ADDRESS = "http://127.0.0.1:8080"
PARTITIONS = 4


def an_event(**attributes: object) -> dict[str, Any]:
    """A contact.queued on the wire. An attribute given as None is left out."""
    event = {
        "specversion": "1.0",
        "id": "e1",
        "source": "urn:example:pbx",
        "type": "contact.queued",
        "subject": "c1",
        "time": "2026-03-02T08:59:00Z",
        "data": {"contact_id": "k1", "desk": "front"},
        **attributes,
    }
    return {name: value for name, value in event.items() if value is not None}


def written(event: object) -> bytes:
    return json.dumps(event).encode()


def a_log() -> MemoryLog:
    return MemoryLog({CONTACT_EVENTS.name: PARTITIONS})


def values(log: MemoryLog) -> list[bytes | None]:
    return [record.value for record in log.records(CONTACT_EVENTS.name)]


@asynccontextmanager
async def a_client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """Speaks to the application without a server; its lifespan is kept."""
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url=ADDRESS, timeout=20) as client:
            yield client


@asynccontextmanager
async def a_door(log: MemoryLog, **settings: Any) -> AsyncIterator[httpx.AsyncClient]:
    async with a_client(build(RoutingSettings(**settings), log, lambda: NOW)) as client:
        yield client


async def post(
    client: httpx.AsyncClient, body: bytes, content_type: str = STRUCTURED, **headers: str
) -> httpx.Response:
    return await client.post("/events", content=body, headers={"content-type": content_type, **headers})
