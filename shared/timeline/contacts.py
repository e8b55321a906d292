"""What a contact's events say about it, wherever in the order they stand.

A contact is attributed as a whole at its first event, but by what all of its events say. `learn` gathers that;
`survey` does so for a whole set of events before they are folded.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import IntEnum
from typing import NamedTuple

import msgspec

from shared.events import (
    ContactConnected,
    ContactQueued,
    ContactStarted,
    ContactTransferFailed,
    ContactTransferred,
    Event,
)
from shared.timeline.addresses import normalized
from shared.timeline.mentions import mention_of
from shared.timeline.order import Identity, identity_of


class Rule(IntEnum):
    """Which rule attributed a contact (the numbers are those of definitions.md); NONE: outbound, none fitted."""

    NONE = 0
    NAMED = 1
    REDIRECTED = 2
    CONTINUED = 3
    NEW = 4


class Contact(msgspec.Struct, frozen=True, array_like=True, gc=False):
    contact_id: str
    outbound: bool | None = None  # None: nobody said, read as inbound
    topic: str | None = None
    named: str | None = None  # the first issue_id that an event of it, or a promise or resolution naming it, carries
    begun: bool = False
    issue: str | None = None
    rule: Rule = Rule.NONE
    redirects_before: int = 0  # how many redirects the customer had been given when this contact began
    followed: int = 0  # the number of the redirect it follows


class Touchpoint(NamedTuple):
    """Where a contact was seen: the address it entered by, or a desk it waited at or was connected to."""

    time: datetime
    address: str | None
    desk: str | None


class Survey(NamedTuple):
    contacts: dict[str, Contact]
    touchpoints: Mapping[str, Sequence[Touchpoint]]
    failed: frozenset[Identity]  # transfers that a transfer_failed voids


def learn(contact: Contact, event: Event, issue_id: str | None) -> Contact:
    """Add what one event says, which names this issue; the first in the order to say a thing is right."""
    named = contact.named or issue_id
    if type(event) is ContactStarted:
        outbound = event.data.direction == "outbound" if contact.outbound is None else contact.outbound
        topic = contact.topic or event.data.topic
        return msgspec.structs.replace(contact, named=named, outbound=outbound, topic=topic)
    return contact if named == contact.named else msgspec.structs.replace(contact, named=named)


def touchpoint_of(event: Event) -> Touchpoint | None:
    match event:
        case ContactStarted():
            return Touchpoint(event.time, normalized(event.data.entry_point), None)
        case ContactQueued() | ContactConnected():
            return Touchpoint(event.time, None, event.data.desk)
        case _:
            return None


def survey(events: Iterable[Event]) -> Survey:
    """Look over a whole set of standing events, in order, before folding it."""
    contacts: dict[str, Contact] = {}
    touchpoints: dict[str, list[Touchpoint]] = defaultdict(list)
    transfers: dict[tuple[str | None, str | None, str | None], list[Identity]] = defaultdict(list)
    failed: set[Identity] = set()
    for event in events:
        mention = mention_of(event)
        if contact_id := mention.contact_id:
            known = contacts.get(contact_id) or Contact(contact_id)
            if (learnt := learn(known, event, mention.issue_id)) is not known:
                contacts[contact_id] = learnt
            if mention.is_of_contact and (touchpoint := touchpoint_of(event)):
                touchpoints[contact_id].append(touchpoint)
        if isinstance(event, ContactTransferred | ContactTransferFailed):
            same = transfers[(event.data.contact_id, event.data.from_desk, event.data.to_desk)]
            if isinstance(event, ContactTransferred):
                same.append(identity_of(event))
            elif same:
                failed.add(same.pop())
    return Survey(contacts, touchpoints, frozenset(failed))
