"""Journey's work on a chunk of the log: load, evolve, append, save. The order of effects is decided here only."""

from collections.abc import Sequence
from typing import NamedTuple

from shared.event_log.dead_letters import DeadLetterLimit, dead_letter
from shared.event_log.log import EventLog, Message, Record

from services.journey.domain.announcement import announcement
from services.journey.domain.flags import changes
from services.journey.domain.journey import Journey
from services.journey.store import JourneyFold
from services.journey.voice import Voice
from shared.customers.customer import Customer, Received, Verdict
from shared.customers.customers import Customers
from shared.customers.incoming import Incoming, SetAside, open_record, wanted
from shared.event_log.topics import FLAGS
from shared.event_log.wire import encode
from shared.events import Cause
from shared.stream.lease import Lease

CONFLICT = SetAside("conflict", "an event of this source and id is known with another content; the first one counts")


class Partition(NamedTuple):
    customers: Customers[Journey]
    voice: Voice


class JourneyHandler:
    """`shared.stream.handler.Handler`: one timeline per customer, flags on journey.flags.v1."""

    def __init__(self, log: EventLog, partitions: int, limit: DeadLetterLimit | None = None) -> None:
        self._log = log
        self._partitions = partitions
        self._limit = limit
        self._owned: dict[int, Partition] = {}

    async def begin(self, lease: Lease) -> None:
        self._owned[lease.partition] = Partition(Customers(JourneyFold()), await Voice.hear(self._log, lease))

    async def handle(self, lease: Lease, records: Sequence[Record]) -> None:
        customers, voice = self._owned[lease.partition]
        chunk = [open_record(record, self._partitions) for record in records]
        loaded = await customers.load(lease, wanted(chunk))
        messages: list[Message] = []
        for record, incoming in zip(records, chunk, strict=True):
            messages += await self._receive(record, incoming, loaded, voice)
        said = await voice.say(messages)
        writes = customers.writes(loaded.values())
        await lease.save([*writes, said] if said else writes, next=records[-1].offset + 1)
        customers.remember(loaded.values())

    async def tick(self, lease: Lease) -> None:
        """Journey has no clock: what time shows missed, followup says on the log."""

    async def end(self, partition: int) -> None:
        self._owned.pop(partition, None)

    async def _receive(
        self, record: Record, incoming: Incoming | SetAside, loaded: dict[str, Customer[Journey]], voice: Voice
    ) -> list[Message]:
        if isinstance(incoming, SetAside):
            return self._set_aside(record, incoming, voice)
        received = await loaded[incoming.event.customer_id].receive(incoming.event, incoming.entry)
        if received.verdict is Verdict.CONFLICT:
            return self._set_aside(record, CONFLICT, voice)
        if self._limit:
            self._limit.good(record.timestamp_ms)
        return _flag_messages(record, incoming, received, voice)

    def _set_aside(self, record: Record, why: SetAside, voice: Voice) -> list[Message]:
        if not voice.may_set_aside(record.offset):
            return []
        if self._limit:
            self._limit.bad(record.timestamp_ms)
        return [dead_letter(record, why.code, why.detail)]


def _flag_messages(record: Record, incoming: Incoming, received: Received[Journey], voice: Voice) -> list[Message]:
    found = changes(received.before.flags, received.after.flags)
    if not found:
        return []
    cause = Cause(topic=record.topic, partition=record.partition, offset=record.offset, event_id=incoming.event.id)
    events = [announcement(change, received.after, incoming.event, cause) for change in found]
    key = incoming.event.customer_id.encode()
    return [Message(FLAGS.name, key, encode(event)) for event in events if voice.may_say_flag(record.offset, event.id)]
