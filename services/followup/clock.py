"""The clock speaks only for what has been read. Source: definitions.md, "The clock"; architecture.md, rule 6.

A deadline is announced once the partition's position has reached an end offset that was asked for after it: then every
fact that was on the log by the deadline is folded. Late is fine; early or twice is not. What was said comes back as a
fact and takes its deadline off the index; `_said` keeps us from saying it again until then.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from services.followup.domain.missed import announce
from services.followup.domain.obligations import Obligations
from services.followup.measures import FollowupMeasures
from services.followup.store import CLOCK
from services.followup.trusted_clock import TrustedClock
from shared.customers.customers import Customers
from shared.event_log.log import EventLog, Message
from shared.event_log.topics import CONTACT_EVENTS
from shared.event_log.wire import encode
from shared.events import PromiseMissed
from shared.projection import ByScore, DropScore
from shared.promises.life import to_announce
from shared.stream.lease import Lease

AT_ONCE = 500


class _Asked(NamedTuple):
    end: int
    at: datetime


class _Due(NamedTuple):
    """A row of the index: when the deadline of a promise moves, it is another one."""

    member: bytes
    after: float

    @property
    def customer_id(self) -> str:
        return self.member.decode().partition("\t")[0]

    @property
    def promise_id(self) -> str:
        return self.member.decode().partition("\t")[2]


class Clock:
    """One partition's. `time`: what o'clock it is, and whether that may be believed."""

    def __init__(self, log: EventLog, time: TrustedClock, measures: FollowupMeasures) -> None:
        self._log = log
        self._measures = measures
        self._time = time
        self._asked: _Asked | None = None
        self._read_until = datetime.fromtimestamp(0, UTC)
        self._said: set[_Due] = set()

    async def tick(self, lease: Lease, customers: Customers[Obligations]) -> None:
        [passed] = await lease.read([ByScore(CLOCK, high=self._time.now().timestamp(), limit=AT_ONCE)])
        listed = [_Due(member, score) for member, score in passed]
        self._said &= set(listed)
        due = [one for one in listed if one not in self._said]
        if not due or not await self._time.trusted():
            return
        await self._look_how_far(lease)
        ready = [one for one in due if datetime.fromtimestamp(one.after, UTC) < self._read_until]
        if ready:
            await self._announce(lease, customers, ready)

    async def _look_how_far(self, lease: Lease) -> None:
        """Ask for the end, or see whether the end that was asked for is reached."""
        if self._asked is None:
            now = self._time.now()
            self._asked = _Asked(await self._log.end_offset(CONTACT_EVENTS.name, lease.partition), now)
        if lease.next >= self._asked.end:
            self._read_until, self._asked = self._asked.at, None

    async def _announce(self, lease: Lease, customers: Customers[Obligations], ready: Sequence[_Due]) -> None:
        loaded = await customers.load(lease, {due.customer_id: [] for due in ready})
        promises = {due: loaded[due.customer_id].state.promises.get(due.promise_id) for due in ready}
        never = [due for due, promise in promises.items() if promise is None or to_announce(promise) is None]
        # Refused if the partition is no longer ours to speak for.
        await lease.save([DropScore(CLOCK, due.member) for due in never])
        now = self._time.now()
        found = {due: announce(due.customer_id, promise, now) for due, promise in promises.items() if promise}
        said = {due: _message(missed) for due, missed in found.items() if missed is not None}
        if said:
            await self._log.append(list(said.values()))
            self._said |= said.keys()
            self._measures.announced((due.after for due in said), self._time.now())


def _message(missed: PromiseMissed) -> Message:
    return Message(CONTACT_EVENTS.name, missed.customer_id.encode(), encode(missed))
