"""Ids that anybody can compute again from the same facts, and the sources that are our own."""

from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha1
from typing import Final
from uuid import NAMESPACE_URL, UUID, uuid5

import msgspec

from shared.events.envelope import Envelope

NAMESPACE: Final[UUID] = uuid5(NAMESPACE_URL, "urn:ashiato")
_NAMESPACE: Final = NAMESPACE.bytes

ROUTING: Final = "urn:ashiato:routing"
JOURNEY: Final = "urn:ashiato:journey"
FOLLOWUP: Final = "urn:ashiato:followup"
DERIVED_SOURCES: Final = frozenset({ROUTING, JOURNEY, FOLLOWUP})

_json: Final = msgspec.json.Encoder().encode


def derive(parts: Sequence[str]) -> str:
    """UUIDv5 of the parts as a compact JSON array of strings, UTF-8, unescaped.

    The array, not a joined text, because ["a:b", "c"] and ["a", "b:c"] must differ.
    """
    named = sha1(_NAMESPACE + _json(parts), usedforsecurity=False).hexdigest()
    # RFC 9562, 5.5: version and variant take the place of six bits. `uuid5` makes a UUID of it to be written as text
    # again, at three times the cost, for most of our events.
    variant = "89ab"[int(named[16], 16) & 3]
    return f"{named[:8]}-{named[8:12]}-5{named[13:16]}-{variant}{named[17:20]}-{named[20:32]}"


def time_part(moment: datetime) -> str:
    """How an aware moment is written in `derive`: UTC, always six decimals, and Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def is_derived(event: Envelope) -> bool:
    """Whether one of our own services says it. Such events are refused at the front door."""
    return event.source in DERIVED_SOURCES
