"""What an API keeps the record of look-ups with: a log of its own where access is on, nothing where it is not."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime

from shared.access.lookups import WITHIN_S, Records, RecordsOnLog, Unrecorded
from shared.event_log.kafka import KafkaLog
from shared.event_log.log import EventLog, LogUnavailable
from shared.event_log.security import kafka_security
from shared.settings import ApiSettings


class Recording:
    """event_log: Kafka when None. source: of the records, urn:ashiato:<service>."""

    def __init__(
        self,
        settings: ApiSettings,
        source: str,
        now: Callable[[], datetime],
        event_log: EventLog | None = None,
    ) -> None:
        self.records: Records = Unrecorded()
        self._log: EventLog | None = None
        if settings.access_is_on and settings.access_pseudonym_key is not None:
            # An answer waits for its record, so nothing lingers for company.
            self._log = event_log or KafkaLog(
                settings.kafka, timeout=WITHIN_S, linger_ms=0, security=kafka_security(settings)
            )
            self.records = RecordsOnLog(self._log, source, settings.access_pseudonym_key.get_secret_value(), now)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Connects beforehand, so that the first look-up need not wait; an API without Kafka starts all the same."""
        if self._log is None:
            yield
            return
        connecting = asyncio.create_task(_connect(self._log))
        try:
            yield
        finally:
            connecting.cancel()
            await self._log.stop()


async def _connect(log: EventLog) -> None:
    with suppress(LogUnavailable):
        await log.start()
