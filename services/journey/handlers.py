"""Journey's work on a chunk of the log: load, evolve, append, save. The order of effects is decided here only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from services.journey.domain.announcement import announcement
from services.journey.domain.flags import changes
from services.journey.domain.journey import Journey
from services.journey.measures import JourneyMeasures
from services.journey.store import JourneyFold
from services.journey.voice import Voice
from shared.customers.customer import Accepted, Customer, Known
from shared.customers.customers import Customers
from shared.customers.incoming import Incoming, SetAside, open_record, wanted
from shared.event_log.dead_letters import DeadLetterCount, DeadLetterLimit, set_aside
from shared.event_log.log import EventLog, Message, Record
from shared.event_log.topics import FLAGS
from shared.event_log.wire import encode
from shared.events import Cause
from shared.stream.lease import Lease
from shared.telemetry.meter import Meter
from shared.telemetry.trace_context import of_record, well_formed

CONFLICT = SetAside("conflict", "an event of this source and id is known with another content; the first one counts")


@dataclass
class Owned:
    """What is kept of a partition while it is ours."""

    customers: Customers[Journey]
    voice: Voice
    bad: DeadLetterCount = field(default_factory=DeadLetterCount)


class JourneyHandler:
    """`shared.stream.handler.Handler`: one timeline per customer, flags on journey.flags.v1."""

    def __init__(
        self,
        log: EventLog,
        partitions: int,
        limit: DeadLetterLimit,
        meter: Meter | None = None,
        fold: JourneyFold | None = None,
    ) -> None:
        self._log = log
        self._fold = fold or JourneyFold()
        self._measures = JourneyMeasures(meter or Meter())
        self._partitions = partitions
        self._limit = limit
        self._owned: dict[int, Owned] = {}

    async def begin(self, lease: Lease) -> None:
        self._owned[lease.partition] = Owned(Customers(self._fold), await Voice.hear(self._log, lease))

    async def handle(self, lease: Lease, records: Sequence[Record]) -> None:
        owned = self._owned[lease.partition]
        opened = [open_record(record, self._partitions) for record in records]
        loaded = await owned.customers.load(lease, wanted(opened))
        results = await _received(opened, loaded)
        read = [Read(record, result) for record, result in zip(records, results, strict=True)]
        bad = self._limit.after(owned.bad, (isinstance(one.result, SetAside) for one in read))
        after = records[-1].offset + 1
        messages = [message for one in read for message in _messages(one, owned.voice)]
        writes = await owned.customers.writes(lease, loaded.values())
        said = await owned.voice.say(messages, after)
        await lease.save([*writes, *said], next=after)
        owned.voice.saved()
        owned.customers.remember(loaded.values(), sharing=len(self._owned))
        owned.bad = bad
        anew = records[0].offset < (lease.horizon or 0)
        self._measures.saved([one.result for one in read], messages, anew=anew)

    async def tick(self, lease: Lease) -> None:
        """Journey has no clock: what time shows missed, followup says on the log."""

    async def end(self, partition: int) -> None:
        self._owned.pop(partition, None)


class Read(msgspec.Struct, frozen=True, gc=False):
    """A record and what came of it; None: a copy of what is known."""

    record: Record
    result: Accepted[Journey] | SetAside | None


async def _received(
    opened: Sequence[Incoming | SetAside], loaded: Mapping[str, Customer[Journey]]
) -> list[Accepted[Journey] | SetAside | None]:
    """What came of each, in order."""
    results: list[Accepted[Journey] | SetAside | None] = []
    for one in opened:
        if isinstance(one, SetAside):
            results.append(one)
        else:
            customer = loaded[one.event.subject]
            results.append(customer.append(one) or _unless_known(await customer.receive(one)))
    return results


def _unless_known(received: Accepted[Journey] | Known) -> Accepted[Journey] | SetAside | None:
    match received:
        case Accepted():
            return received
        case Known.CONFLICT:
            return CONFLICT
        case Known.DUPLICATE:
            return None


def _messages(read: Read, voice: Voice) -> list[Message]:
    """What there is to say about a record, and has not been said."""
    match read.result:
        case Accepted() as accepted:
            return _flag_messages(read.record, accepted, voice)
        case SetAside() as why if voice.may_set_aside(read.record.offset):
            return [set_aside(read.record, why.code, why.detail)._replace(partition=read.record.partition)]
        case _:
            return []


def _flag_messages(record: Record, accepted: Accepted[Journey], voice: Voice) -> list[Message]:
    event, after = accepted.event, accepted.after
    changed = [] if voice.has_said_all_of(record.offset) else changes(accepted.before.flags, after.flags)
    if not changed:
        return []
    cause = Cause(topic=record.topic, partition=record.partition, offset=record.offset, event_id=event.id)
    trace = of_record(record.headers) or well_formed(event.traceparent)
    flags = [announcement(change, after, event, cause, trace) for change in changed]
    key = event.customer_id.encode()
    return [
        Message(FLAGS.name, key, encode(flag), partition=record.partition)
        for flag in flags
        if voice.may_say_flag(record.offset, flag.id)
    ]
