"""Whether our clock may be believed: it is held against the broker's. Source: architecture.md, rule 6.

A worker whose clock runs ahead would announce promises as missed that are not due yet. A record on a topic that the
broker stamps on arrival tells what time it is there; while the two differ by more than a few seconds, followup is
silent.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, NamedTuple

import structlog

from shared.event_log.log import EventLog, Message
from shared.event_log.topics import CLOCK_PROBES

log = structlog.get_logger()

# Machines with NTP differ by milliseconds; an append may take a second. A promise is not missed by 5 s.
TOLERANCE: Final = timedelta(seconds=5)
ASK_AGAIN_AFTER_S: Final = 10.0
# Between two answers the wall clock must go on as the monotonic one does; who steps is asked again at once.
STEP_S: Final = 1.0


class _Asked(NamedTuple):
    at: datetime
    monotonic: float


class TrustedClock:
    """`now`: the clock on the wall, aware UTC. `monotonic`: seconds, for when to ask again."""

    def __init__(
        self, event_log: EventLog, now: Callable[[], datetime], monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self.now = now
        self._log = event_log
        self._monotonic = monotonic
        self._asked: _Asked | None = None
        self._trusted: bool | None = None  # before the first comparison

    @property
    def is_off(self) -> bool:
        """By the last comparison; False before the first."""
        return self._trusted is False

    async def trusted(self) -> bool:
        """Asks the broker every few seconds, and when our clock was put forward or back. Raises LogUnavailable."""
        if self._asked is None or self._must_ask_again(self._asked):
            off = await self._off_by()
            self._asked = _Asked(self.now(), self._monotonic())
            self._note(off)
        return self._trusted is True

    def _must_ask_again(self, asked: _Asked) -> bool:
        passed = self._monotonic() - asked.monotonic
        stepped = (self.now() - asked.at).total_seconds() - passed
        return passed > ASK_AGAIN_AFTER_S or abs(stepped) > STEP_S

    async def _off_by(self) -> timedelta:
        """How far our clock lies outside of what the broker's allows; 0 within the time that the answer took."""
        before = self.now()
        [(partition, offset)] = await self._log.append([Message(CLOCK_PROBES.name, None, b"", partition=0)])
        after = self.now()
        async for records in self._log.read(CLOCK_PROBES.name, partition, offset, offset + 1):
            for record in records:
                there = datetime.fromtimestamp(record.timestamp_ms / 1000, before.tzinfo)
                return max(before - there, there - after, timedelta(0))
        return TOLERANCE * 2  # the probe is gone before it was read: nothing is proven

    def _note(self, off: timedelta) -> None:
        trusted = off <= TOLERANCE
        if trusted != self._trusted:
            log.log(20 if trusted else 40, "clock.trusted" if trusted else "clock.off", off_by_s=off.total_seconds())
        self._trusted = trusted
