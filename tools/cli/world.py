"""How commands reach the outside: everything a test replaces is an argument here."""

import asyncio
import logging
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import BinaryIO, Final, TextIO

import httpx
import structlog

from services.followup.settings import FollowupSettings
from services.journey.settings import JourneySettings
from shared.event_log.kafka import KafkaLog
from shared.event_log.log import EventLog
from shared.event_log.security import kafka_security
from shared.projection import Projection
from shared.projection.redis import RedisProjection
from shared.settings import SettingsError, load
from tools.cli.api import Api
from tools.cli.broker import BrokerFacts, look_at_broker
from tools.cli.errors import BadInput
from tools.cli.output import Output
from tools.cli.settings import CliSettings

# The services that keep something in Redis.
STORED: Final[dict[str, type[JourneySettings] | type[FollowupSettings]]] = {
    "journey": JourneySettings,
    "followup": FollowupSettings,
}


def _now() -> datetime:
    return datetime.now(UTC)


def _redis(service: str, partitions: int) -> Projection:
    """Where the service itself keeps it."""
    return RedisProjection.of(load(STORED[service]).model_copy(update={"partitions": partitions}))


def _kafka(settings: CliSettings) -> EventLog:
    return KafkaLog(settings.kafka, security=kafka_security(settings))


@dataclass
class World:
    """transport: None is the network. sleep: seconds. stdin: bytes, for `publish -`."""

    settings: CliSettings
    output: Output
    transport: httpx.AsyncBaseTransport | None = None
    make_log: Callable[[CliSettings], EventLog] = _kafka
    look_at_broker: Callable[[CliSettings], Awaitable[BrokerFacts | None]] = look_at_broker
    make_projection: Callable[[str, int], Projection] = _redis
    now: Callable[[], datetime] = _now
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    stdin: BinaryIO | None = None

    @classmethod
    def real(cls) -> "World":
        """The process's own. Raises BadInput for an environment that cannot be read."""
        _quiet()
        for stream in (sys.stdout, sys.stderr):
            _readable(stream)
        try:
            return cls(load(CliSettings), Output())
        except SettingsError as error:
            raise BadInput(str(error)) from None

    @asynccontextmanager
    async def api(self, service: str, patience: float = 0.0) -> AsyncIterator[Api]:
        """patience: seconds to go on asking while the service is away or says "not now". Raises BadInput."""
        client = httpx.AsyncClient(
            base_url=self.settings.url(service),
            headers=self.settings.authorization(),
            transport=self.transport,
            timeout=30.0,
            trust_env=False,
        )
        async with client:
            yield Api(service, client, patience, self.sleep)

    @asynccontextmanager
    async def log(self) -> AsyncIterator[EventLog]:
        """Raises LogUnavailable."""
        log = self.make_log(self.settings)
        try:
            await log.start()
            yield log
        finally:
            await log.stop()

    @asynccontextmanager
    async def projection(self, service: str, partitions: int) -> AsyncIterator[Projection]:
        """Raises ProjectionUnavailable."""
        projection = self.make_projection(service, partitions)
        try:
            await projection.start()
            yield projection
        finally:
            await projection.stop()


def _quiet() -> None:
    """Logs of libraries are for services; here one line says what is wrong. ASHIATO_DEBUG shows them."""
    level = logging.DEBUG if os.environ.get("ASHIATO_DEBUG") else logging.CRITICAL
    logging.basicConfig(level=level, stream=sys.stderr)
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def _readable(stream: TextIO) -> None:
    """What the terminal's encoding lacks is escaped: in JSON a lone surrogate stays a valid \\u escape."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(encoding="utf-8", errors="backslashreplace")
