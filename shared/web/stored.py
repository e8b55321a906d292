"""What the APIs that answer from a projection have in common: when they are ready, and what lives with them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import structlog
from fastapi import FastAPI

from shared.access.recording import Recording
from shared.projection import Projection, ProjectionUnavailable
from shared.web.application import Lifespan, Readiness

log = structlog.get_logger()


def ready_by(stored: Projection) -> Readiness:
    """Kafka is not asked: what is stored can be read while it is away."""

    async def ready() -> str | None:
        try:
            await stored.status(0)
        except ProjectionUnavailable as error:
            log.warning("api.not_ready", detail=str(error))
            return "Redis does not answer."
        return None

    return ready


def living_with(stored: Projection, recording: Recording) -> Lifespan:
    """An API without Redis starts all the same, and says 503 until it comes."""

    @asynccontextmanager
    async def living(_: FastAPI) -> AsyncIterator[None]:
        with suppress(ProjectionUnavailable):
            await stored.start()
        async with recording.running():
            yield
        await stored.stop()

    return living
