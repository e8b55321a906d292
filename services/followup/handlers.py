"""Followup's work: fold what was promised, say what is owed, let the clock speak. The order of effects is here only.

Both kinds of saying go to contact.events.v1 and come back to us as facts:

- An owed callback (or its cancellation) is decided event by event. What is decided while we read what lay on the log
  when the partition was taken may have been said before: it waits in the index `to_say` until all that has been read,
  and only what then is not on the timeline is said.
- promise.missed is said by `tick`, and only for deadlines before an instant up to which the whole log has been read.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from services.followup.clock import Clock
from services.followup.domain.obligations import Obligations
from services.followup.domain.owed import OwedRules, decide, hear
from services.followup.measures import FollowupMeasures
from services.followup.store import ObligationsFold
from services.followup.trusted_clock import TrustedClock
from shared.customers.customer import Accepted, Customer
from shared.customers.customers import Customers
from shared.customers.incoming import Incoming, open_record, wanted
from shared.customers.speech import Speech
from shared.event_log.log import EventLog, Message, Record
from shared.event_log.topics import CONTACT_EVENTS
from shared.event_log.wire import encode
from shared.events import FOLLOWUP, Event, UnknownEvent
from shared.present import utc_now
from shared.projection import ByScore, DropField, DropScore, GetFields, SetField, SetScore, Write
from shared.stream.lease import Lease
from shared.telemetry.meter import Meter
from shared.timeline.corrections import is_amendment
from shared.work_list.row import member_of

CONCERNING = ("contact.", "redirect.", "issue.", "promise.")
TO_SAY = "to_say"  # decided, perhaps said before; by offset of the cause
AT_ONCE = 200


def concerns(event: Event) -> bool:
    """Whether an event can change what we owe; others are not kept here."""
    return not isinstance(event, UnknownEvent) and (event.type.startswith(CONCERNING) or is_amendment(event))


class _Owned:
    def __init__(self, clock: Clock, speech: Speech, speaks_from: int) -> None:
        self.customers: Customers[Obligations] = Customers(ObligationsFold())
        self.clock = clock
        self.speech = speech
        self.speaks_from = speaks_from  # the log's end when the partition was taken


class FollowupHandler:
    """`shared.stream.handler.Handler`. `now`: the clock on the wall, aware UTC."""

    def __init__(
        self,
        log: EventLog,
        partitions: int,
        rules: OwedRules = OwedRules(),  # noqa: B008  immutable
        now: Callable[[], datetime] = utc_now,
        meter: Meter | None = None,
    ) -> None:
        self._log = log
        self._partitions = partitions
        self._rules = rules
        self._time = TrustedClock(log, now)
        self._measures = FollowupMeasures(meter or Meter(), lambda: self._time.is_off)
        self._owned: dict[int, _Owned] = {}

    def trouble(self) -> str | None:
        """What keeps us silent although every partition is read."""
        return "the clock differs from Kafka's" if self._time.is_off else None

    async def begin(self, lease: Lease) -> None:
        end = await self._log.end_offset(CONTACT_EVENTS.name, lease.partition)
        self._owned[lease.partition] = _Owned(Clock(self._log, self._time, self._measures), Speech(self._log), end)

    async def handle(self, lease: Lease, records: Sequence[Record]) -> None:
        owned = self._owned[lease.partition]
        opened = [(record, open_record(record, self._partitions)) for record in records]
        chunk = [(r, one) for r, one in opened if isinstance(one, Incoming) and concerns(one.event)]
        loaded = await owned.customers.load(lease, wanted(one for _, one in chunk))
        messages: list[Message] = []
        writes: list[Write] = []
        for record, incoming in chunk:
            say, index = await self._receive(record, incoming, loaded[incoming.event.customer_id], owned)
            messages += say
            writes += index
        writes += await owned.customers.writes(lease, loaded.values())
        await owned.speech.say(messages)
        await lease.save(writes, next=records[-1].offset + 1)
        owned.speech.saved()
        owned.customers.remember(loaded.values(), sharing=len(self._owned))
        self._measures.saved(len(chunk))

    async def tick(self, lease: Lease) -> None:
        owned = self._owned[lease.partition]
        await self._measures.count_promises(lease, self._time.now())
        if lease.next < owned.speaks_from:
            return
        await self._say_what_waited(lease, owned.speech)
        await owned.clock.tick(lease, owned.customers)

    async def end(self, partition: int) -> None:
        self._owned.pop(partition, None)
        self._measures.given_up(partition)

    async def _receive(
        self, record: Record, incoming: Incoming, customer: Customer[Obligations], owned: _Owned
    ) -> tuple[list[Message], list[Write]]:
        """What to say now, and what to put into, or take from, the index of what waits."""
        event = incoming.event
        received = customer.append(incoming) or await customer.receive(incoming)
        if not isinstance(received, Accepted):
            return [], []
        heard: list[Write] = []
        if event.source == FOLLOWUP:
            heard = _forget(member_of(event.customer_id, event.id))
        decision = decide(hear(received.after, event), self._rules, received.before)
        customer.carry(decision.state)
        if record.offset >= owned.speaks_from:
            return [_message(said) for said in decision.events], heard
        return [], [*heard, *(write for said in decision.events for write in _let_wait(said, record.offset))]

    async def _say_what_waited(self, lease: Lease, speech: Speech) -> None:
        """Nobody said it, although the log is read past where it would lie: then it is ours to say. Should we die
        before it is off the index, it is said again as the same event."""
        [waiting] = await lease.read([ByScore(TO_SAY, limit=AT_ONCE)])
        if not waiting:
            return
        members = [member for member, _ in waiting]
        [events] = await lease.read([GetFields(TO_SAY, tuple(member.decode() for member in members))])
        await lease.save([])  # refused if the partition is no longer ours to speak for
        await speech.say(
            [
                Message(CONTACT_EVENTS.name, member.partition(b"\t")[0], event)
                for member, event in zip(members, events, strict=True)
                if event is not None
            ]
        )
        await lease.save([write for member in members for write in _forget(member.decode())])
        speech.saved()


def _message(event: Event) -> Message:
    return Message(CONTACT_EVENTS.name, event.customer_id.encode(), encode(event))


def _let_wait(event: Event, offset: int) -> list[Write]:
    member = member_of(event.customer_id, event.id)
    return [SetScore(TO_SAY, member.encode(), float(offset)), SetField(TO_SAY, member, encode(event))]


def _forget(member: str) -> list[Write]:
    return [DropScore(TO_SAY, member.encode()), DropField(TO_SAY, member)]
