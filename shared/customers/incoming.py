"""From a record to an event that its customer may receive, or to the reason why it is set aside."""

from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache

import msgspec

from shared.customers.entry import Entry, fingerprint
from shared.event_log.log import Record, partition_of
from shared.event_log.wire import Unreadable, read, structured
from shared.events import Event


class Incoming(msgspec.Struct, frozen=True, gc=False):
    """`mark`: what a known identity is told by; two may share a mark."""

    event: Event
    entry: Entry
    mark: bytes


class SetAside(msgspec.Struct, frozen=True, gc=False):
    """`code`: too_large, not_json, not_cloudevents, schema, misrouted or conflict. `detail` holds no personal data."""

    code: str
    detail: str


# The same customers come again and again, and the hash is pure Python.
_partition_of = lru_cache(maxsize=65_536)(partition_of)


def open_record(record: Record, partitions: int) -> Incoming | SetAside:
    """`partitions`: how many the topic has. Unknown types and odd text are no reason to set a record aside."""
    try:
        raw = structured(record.value, record.headers)
        event = read(raw)
    except Unreadable as error:
        return SetAside(error.code, str(error))
    key = event.subject.encode()
    if record.key != key:
        return SetAside("misrouted", "the record's key is not the event's subject; send it with the subject as key")
    if record.partition != _partition_of(key, partitions):
        return SetAside("misrouted", "the record lies in another partition than its key's; use murmur2 of the key")
    return Incoming(event, Entry(record.offset, record.timestamp_ms, raw), fingerprint(event.source, event.id))


def wanted(chunk: Iterable[Incoming | SetAside]) -> dict[str, list[Incoming]]:
    """A chunk's customers, with what came for them."""
    found: dict[str, list[Incoming]] = defaultdict(list)
    for one in chunk:
        if isinstance(one, Incoming):
            found[one.event.subject].append(one)
    return found
