"""The peers' work, and no more of it, on our own engine and projection: what the engine costs without our rules.

Of each customer the last 20 entries in a ring of 20 fields and the hand-off state, saved with the position, fenced,
once a chunk. Flags are acknowledged before the save. States of owned partitions stay in memory, as the journey
worker keeps them and as Kafka Streams' cache does.

Chunks are twice as large as our own workers': of so little an event, a thousand hold Redis up for 3.3 ms, about as long
as 500 of the journey worker's do (shared/projection/redis.py).
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
from shared.stream.settings import EngineSettings

SERVICE = "peer"


class Data(msgspec.Struct, gc=False):
    desk: str | None = None
    to_desk: str | None = None


class Event(msgspec.Struct, gc=False):
    """What the rule reads; the entry itself is kept as received."""

    id: str
    type: str
    data: Data


class State(msgspec.Struct, array_like=True, gc=False):
    """entries: how many there have ever been, so that the next one's place in the ring is known."""

    entries: int
    desks: list[str]


_event = msgspec.json.Decoder(Event).decode
_state = msgspec.msgpack.Decoder(State).decode
_packed = msgspec.msgpack.Encoder().encode
_json = msgspec.json.Encoder().encode
_PLACES = [str(place) for place in range(ENTRIES)]


class PeerHandler:
    """`shared.stream.handler.Handler`."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._known: dict[int, dict[bytes, State]] = {}

    async def begin(self, lease: Lease) -> None:
        self._known[lease.partition] = {}

    async def handle(self, lease: Lease, records: Sequence[Record]) -> None:
        known = self._known[lease.partition]
        states = await _loaded(lease, {one for record in records if (one := record.key or b"") not in known})
        flags: list[Message] = []
        writes: list[Write] = []
        for _, _, _, _, key, value, _ in records:
            customer, entry = key or b"", value or b""
            event, before = _event(entry), states.get(customer) or known[customer]
            data, entries = event.data, before.entries
            desks = desks_after(before.desks, event.type, data.to_desk or data.desk)
            if desks is not before.desks and is_ping_pong(before.desks, desks):
                flag = {"kind": "ping_pong", "desks": desks, "cause": event.id}
                flags.append(Message(FLAGS, customer, _json(flag)))
            writes.append(SetField(f"entries:{customer.decode()}", _PLACES[entries % ENTRIES], entry))
            states[customer] = State(entries + 1, desks)
        writes += [SetValue(f"state:{customer.decode()}", _packed(state)) for customer, state in states.items()]
        if flags:
            await self._log.append(flags)
        await lease.save(writes, next=records[-1].offset + 1)
        known.update(states)

    async def tick(self, lease: Lease) -> None:
        """No clock."""

    async def end(self, partition: int) -> None:
        self._known.pop(partition, None)


async def _loaded(lease: Lease, unknown: set[bytes]) -> dict[bytes, State]:
    if not unknown:
        return {}
    stored = await lease.read([GetValue(f"state:{customer.decode()}") for customer in unknown])
    fresh = (_state(value) if value else State(0, []) for value in stored)
    return dict(zip(unknown, fresh, strict=True))


def main() -> NoReturn:
    log = KafkaLog(KAFKA)
    projection = RedisProjection(REDIS, service=SERVICE, partitions=PARTITIONS)
    run(
        WorkerApp(
            GROUP,
            TOPIC,
            bootstrap=KAFKA,
            handler=PeerHandler(log),
            event_log=log,
            projection=projection,
            settings=EngineSettings(chunk_size=1000, batch_size=2000),
        )
    )


if __name__ == "__main__":
    main()
