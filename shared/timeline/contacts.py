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
    IssueResolved,
    PromiseMade,
    UnknownEvent,
)
from shared.timeline.addresses import normalized
from shared.timeline.order import Identity, identity_of

FAMILIES_WITH_ISSUES = ("contact.", "redirect.", "issue.", "promise.")


class Rule(IntEnum):
    """Which rule attributed a contact (the numbers are those of definitions.md); NONE: outbound, none fitted."""

    NONE = 0
    NAMED = 1
    REDIRECTED = 2
    CONTINUED = 3
    NEW = 4


class Contact(msgspec.Struct, frozen=True, array_like=True):
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


def named_issue(event: Event) -> str | None:
    """The issue that an event names itself. Other families than these may carry the word, but do not belong by it."""
    if isinstance(event, UnknownEvent) or not event.type.startswith(FAMILIES_WITH_ISSUES):
        return None
    issue_id: str | None = getattr(event.data, "issue_id", None)
    return issue_id


def contact_of(event: Event) -> str | None:
    """The contact that an event is one of the events of."""
    if isinstance(event, UnknownEvent):
        return None
    if not event.type.startswith(("contact.", "redirect.")):
        return None
    contact_id: str | None = getattr(event.data, "contact_id", None)
    return contact_id


def contact_named_by(event: Event) -> str | None:
    """The contact whose attribution an event speaks for: its own, or the one a promise or resolution names."""
    if isinstance(event, PromiseMade | IssueResolved):
        return event.data.contact_id
    return contact_of(event)


def learn(contact: Contact, event: Event) -> Contact:
    """Add what one event says; the first in the order to say a thing is right."""
    named = contact.named or named_issue(event)
    outbound, topic = contact.outbound, contact.topic
    if isinstance(event, ContactStarted):
        outbound = event.data.direction == "outbound" if outbound is None else outbound
        topic = topic or event.data.topic
    if (named, outbound, topic) == (contact.named, contact.outbound, contact.topic):
        return contact
    return msgspec.structs.replace(contact, named=named, outbound=outbound, topic=topic)


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
        if contact_id := contact_named_by(event):
            known = contacts.get(contact_id) or Contact(contact_id)
            if (learnt := learn(known, event)) is not known:
                contacts[contact_id] = learnt
        if (touchpoint := touchpoint_of(event)) and (contact_id := contact_of(event)):
            touchpoints[contact_id].append(touchpoint)
        if isinstance(event, ContactTransferred | ContactTransferFailed):
            same = transfers[(event.data.contact_id, event.data.from_desk, event.data.to_desk)]
            if isinstance(event, ContactTransferred):
                same.append(identity_of(event))
            elif same:
                failed.add(same.pop())
    return Survey(contacts, touchpoints, frozenset(failed))
