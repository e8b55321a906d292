"""What followup measures: what concerned it, how late the clock spoke, and how many promises are still to be kept."""

import time
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Final

from services.followup.store import PROMISES
from shared.projection import CountByScore
from shared.stream.lease import Lease
from shared.telemetry.meter import Meter, Reading
from shared.telemetry.metrics import ANNOUNCEMENT_LATE, CLOCK_TRUSTED, EVENTS_APPLIED, OPEN_PROMISES
from shared.work_list.row import scores_name

# Three counts in one read, which takes Redis some microseconds.
COUNT_EVERY_S: Final = 10.0
_DAY_S: Final = 24 * 3600.0


class FollowupMeasures:
    """`clock_is_off`: as the handler finds it. `monotonic`: seconds, for when to count again."""

    def __init__(
        self, meter: Meter, clock_is_off: Callable[[], bool], monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._meter = meter
        self._monotonic = monotonic
        self._open: dict[int, dict[str, int]] = {}
        self._counted_at: dict[int, float] = {}
        meter.begin(ANNOUNCEMENT_LATE)
        meter.read_from(OPEN_PROMISES, self._promises)
        meter.read_from(CLOCK_TRUSTED, lambda: [((), 0.0 if clock_is_off() else 1.0)])

    def saved(self, applied: int) -> None:
        self._meter.count(EVENTS_APPLIED, applied)

    def announced(self, due: Iterable[float], now: datetime) -> None:
        """due: after which moments there was something to announce, epoch seconds."""
        for moment in due:
            self._meter.observe(ANNOUNCEMENT_LATE, max(0.0, now.timestamp() - moment))

    async def count_promises(self, lease: Lease, now: datetime) -> None:
        """Now and then. Raises ProjectionUnavailable."""
        began = self._monotonic()
        if began - self._counted_at.get(lease.partition, -COUNT_EVERY_S) < COUNT_EVERY_S:
            return
        name, moment = scores_name(PROMISES, None), now.timestamp()
        overdue, by_tomorrow, all_of_them = await lease.read(
            [CountByScore(name, high=moment), CountByScore(name, high=moment + _DAY_S), CountByScore(name)]
        )
        self._counted_at[lease.partition] = began
        self._open[lease.partition] = {
            "overdue": overdue,
            "within_a_day": by_tomorrow - overdue,
            "later": all_of_them - by_tomorrow,
        }

    def given_up(self, partition: int) -> None:
        self._open.pop(partition, None)
        self._counted_at.pop(partition, None)

    def _promises(self) -> Iterator[Reading]:
        for partition, counts in self._open.items():
            for state, count in counts.items():
                yield (partition, state), count
