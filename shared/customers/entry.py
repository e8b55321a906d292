"""One accepted event as it is stored: the bytes received, and where and when the log recorded them."""

import json
from hashlib import blake2b
from typing import Any

import msgspec

from shared.customers.compact import ENTRIES
from shared.events.canonical import canonical
from shared.timeline.order import Identity


class Entry(msgspec.Struct, frozen=True, array_like=True, gc=False):
    offset: int
    recorded_ms: int  # the log's timestamp
    raw: bytes  # structured mode JSON

    def pack(self) -> bytes:
        return ENTRIES.compact(_PACKER.encode(self))

    @property
    def identity(self) -> Identity:
        """The event's, at a tenth of what reading all of it takes."""
        named = _NAMED.decode(self.raw)
        return Identity(named.source, named.id)


class _Named(msgspec.Struct):
    source: str
    id: str


_NAMED = msgspec.json.Decoder(_Named)
_PACKER = msgspec.msgpack.Encoder()
_UNPACKER = msgspec.msgpack.Decoder(Entry)
# A copy of it takes three quarters of the time (0.36 of 0.50 µs) of making one anew.
_NOTHING_HASHED = blake2b(digest_size=8)


def unpack(stored: bytes) -> Entry:
    """Raises NotCompact (shared.customers.compact) or msgspec.DecodeError for what `pack` did not write."""
    return _UNPACKER.decode(ENTRIES.plain(stored))


def fingerprint(source: str, event_id: str) -> bytes:
    """8 bytes that tell whether an identity may be known; equal ones send the event to be compared in full."""
    hashed = _NOTHING_HASHED.copy()
    hashed.update(f"{source}\0{event_id}".encode("utf-8", "surrogatepass"))
    return hashed.digest()


def same_content(one: bytes, other: bytes) -> bool:
    """Content is type, corrects and data; a copy may be stamped anew and written in another way."""
    return one == other or _content(one) == _content(other)


def _content(raw: bytes) -> bytes:
    event: dict[str, Any] = json.loads(raw)
    return canonical([event.get("type"), event.get("corrects"), event.get("data"), event.get("data_base64")])
