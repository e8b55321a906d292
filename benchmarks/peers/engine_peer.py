"""The peers' work, and no more of it, on our own engine and projection: what the engine costs without our rules.

Of each customer the last 20 entries in a ring of 20 fields and the hand-off state, saved with the position, fenced,
once a chunk. Flags are acknowledged before the save. States of owned partitions stay in memory, as the journey
worker keeps them and as Kafka Streams' cache does.
"""

from collections.abc import Sequence
from typing import NoReturn

import msgspec

from benchmarks.peers.ping_pong import ENTRIES, desks_after, is_ping_pong
from benchmarks.peers.stopwatch import FLAGS, GROUP, KAFKA, PARTITIONS, REDIS, TOPIC
from shared.event_log.kafka import KafkaLog
from shared.event_log.log import EventLog, Message, Record
from shared.projection import GetValue, SetField, SetValue, Write
from shared.projection.redis import RedisProjection
from shared.stream.app import WorkerApp, run
from shared.stream.lease import Lease

SERVICE = "peer"


class Data(msgspec.Struct):
    desk: str | None = None
    to_desk: str | None = None


class Event(msgspec.Struct):
    """What the rule reads; the entry itself is kept as received."""

    id: str
    type: str
    data: Data


class State(msgspec.Struct, array_like=True):
    """entries: how many there have ever been, so that the next one's place in the ring is known."""

    entries: int
    desks: list[str]


_event = msgspec.json.Decoder(Event).decode
_state = msgspec.msgpack.Decoder(State).decode
_packed = msgspec.msgpack.Encoder().encode
_json = msgspec.json.Encoder().encode


class PeerHandler:
    """`shared.stream.handler.Handler`."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._known: dict[int, dict[str, State]] = {}

    async def begin(self, lease: Lease) -> None:
        self._known[lease.partition] = {}

    async def handle(self, lease: Lease, records: Sequence[Record]) -> None:
        known = self._known[lease.partition]
        keyed = [((record.key or b"").decode(), record.value or b"") for record in records]
        states = await _loaded(lease, known, {customer for customer, _ in keyed})
        flags: list[Message] = []
        writes: list[Write] = []
        for customer, value in keyed:
            event, before = _event(value), states[customer]
            desks = desks_after(before.desks, event.type, event.data.to_desk or event.data.desk)
            if is_ping_pong(before.desks, desks):
                flag = {"kind": "ping_pong", "desks": desks, "cause": event.id}
                flags.append(Message(FLAGS, customer.encode(), _json(flag)))
            writes.append(SetField(f"entries:{customer}", str(before.entries % ENTRIES), value))
            states[customer] = State(before.entries + 1, desks)
        writes += [SetValue(f"state:{customer}", _packed(state)) for customer, state in states.items()]
        if flags:
            await self._log.append(flags)
        await lease.save(writes, next=records[-1].offset + 1)
        known.update(states)

    async def tick(self, lease: Lease) -> None:
        """No clock."""

    async def end(self, partition: int) -> None:
        self._known.pop(partition, None)


async def _loaded(lease: Lease, known: dict[str, State], customers: set[str]) -> dict[str, State]:
    unknown = sorted(customers - known.keys())
    stored = await lease.read([GetValue(f"state:{customer}") for customer in unknown]) if unknown else []
    fresh = {
        customer: _state(value) if value else State(0, []) for customer, value in zip(unknown, stored, strict=True)
    }
    return {customer: known.get(customer) or fresh[customer] for customer in customers}


def main() -> NoReturn:
    log = KafkaLog(KAFKA)
    projection = RedisProjection(REDIS, service=SERVICE, partitions=PARTITIONS)
    run(WorkerApp(GROUP, TOPIC, bootstrap=KAFKA, handler=PeerHandler(log), event_log=log, projection=projection))


if __name__ == "__main__":
    main()
