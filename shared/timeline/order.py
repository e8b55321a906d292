"""The order of a timeline: (occurred_at, rank, source, id). Source: definitions.md, "Envelope"."""

from datetime import datetime
from typing import NamedTuple

import msgspec

from shared.events import Event

# Many sources stamp whole seconds; within one second a contact still begins before it ends.
RANKS = {
    "contact.started": 0,
    "issue.opened": 1,
    "contact.queued": 2,
    "contact.wait_choice": 3,
    "contact.connected": 4,
    "issue.assigned": 5,
    "contact.transferred": 6,
    "contact.transfer_failed": 7,
    "contact.ended": 9,
    "issue.resolved": 10,
}
OTHER_RANK = 8


class Identity(NamedTuple):
    """What makes an event that event, for ever, within one customer."""

    source: str
    id: str


class Place(msgspec.Struct, frozen=True, array_like=True, order=True, gc=False):
    """An event's place in its customer's timeline; places compare as the events are ordered."""

    time: datetime
    rank: int
    source: str
    id: str


def identity_of(event: Event) -> Identity:
    return Identity(event.source, event.id)


def place_of(event: Event) -> Place:
    return Place(event.time, RANKS.get(event.type, OTHER_RANK), event.source, event.id)
