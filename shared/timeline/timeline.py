"""The fold of one customer's events: `lay` a whole set, or `place` one event after the last.

`place` is the fast path. It raises NeedsRefold where only a look at all events can tell: an event that comes late, an
amendment, a contact that changes its issue. The caller then reads the events and calls `lay`; both give the same.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import msgspec

from shared.events import (
    ContactTransferFailed,
    ContactTransferred,
    Event,
    IssueResolved,
    PromiseMade,
    RedirectAdvised,
    UnknownEvent,
)
from shared.timeline.addresses import normalized
from shared.timeline.attribution import (
    REDIRECT_LEADS_FOR,
    Redirect,
    attribute,
    implicit_issue_id,
    last_fitting,
    open_issue_touched_last,
    to_continue,
)
from shared.timeline.contacts import (
    Contact,
    Rule,
    Survey,
    Touchpoint,
    contact_named_by,
    contact_of,
    learn,
    named_issue,
    survey,
    touchpoint_of,
)
from shared.timeline.corrections import Amended, amend, is_amendment
from shared.timeline.issues import Issue, asserted_desks, take_topic
from shared.timeline.issues import evolve as evolve_issue
from shared.timeline.order import Identity, Place, identity_of, place_of


class NeedsRefold(Exception):
    """The stored fold and this one event do not suffice; lay all events anew."""


class Timeline(msgspec.Struct, frozen=True, array_like=True):
    customer_id: str
    last: Place | None = None
    issues: dict[str, Issue] = {}
    contacts: dict[str, Contact] = {}
    redirects: tuple[Redirect, ...] = ()  # those that a contact may still follow
    redirects_given: int = 0
    touches: int = 0
    awaited: frozenset[Identity] = frozenset()  # named by amendments that came before them


class Placed(NamedTuple):
    """An event in its place: the issue it belongs to, and the desks it asserts for that issue."""

    event: Event
    issue_id: str | None
    outbound: bool = False
    desks: tuple[str, ...] = ()


def place(timeline: Timeline, event: Event) -> tuple[Timeline, Placed]:
    """Place an event that no accepted event equals. Raises NeedsRefold."""
    late = timeline.last is not None and place_of(event) <= timeline.last
    if (
        late
        or is_amendment(event)
        or isinstance(event, ContactTransferFailed)
        or identity_of(event) in timeline.awaited
    ):
        raise NeedsRefold
    return _place(timeline, event, None)


def lay(customer_id: str, events: Iterable[Event]) -> tuple[Timeline, list[Placed], Amended]:
    """Fold a whole set of accepted events, given in any order."""
    accepted = list(events)
    amended = amend(accepted)
    surveyed = survey(amended.standing)
    timeline = Timeline(customer_id, contacts=surveyed.contacts, awaited=amended.awaited)
    placed: list[Placed] = []
    for event in amended.standing:
        timeline, one = _place(timeline, event, surveyed)
        placed.append(one)
    last = max((place_of(event) for event in accepted), default=None)
    return msgspec.structs.replace(timeline, last=last), placed, amended


def _place(timeline: Timeline, event: Event, surveyed: Survey | None) -> tuple[Timeline, Placed]:
    timeline = msgspec.structs.replace(timeline, last=place_of(event))
    if isinstance(event, UnknownEvent):
        return timeline, Placed(event, None)
    timeline, contact = _hear(timeline, event, surveyed)
    issue_id = _issue_of(timeline, event, contact)
    outbound = contact is not None and contact.outbound is True
    voided = surveyed is not None and identity_of(event) in surveyed.failed
    redirected = contact is not None and contact.rule is Rule.REDIRECTED
    desks = () if voided or issue_id is None else asserted_desks(event, outbound=outbound, redirected=redirected)
    placed = Placed(event, issue_id, outbound, desks)
    return _remember_redirect(_touch(timeline, placed, contact), placed), placed


def _hear(timeline: Timeline, event: Event, surveyed: Survey | None) -> tuple[Timeline, Contact | None]:
    """Learn what the event says of its contact, and attribute the contact if this is its first event."""
    named_id = contact_named_by(event)
    if named_id is None:
        return timeline, None
    known = timeline.contacts.get(named_id) or Contact(named_id)
    contact = learn(known, event)
    own = contact_of(event) is not None
    if own:
        points = list(_touchpoints(event, contact, surveyed)) if timeline.redirects else ()
        contact = (
            _continue(known, contact, timeline, points) if known.begun else _begin(timeline, contact, event, points)
        )
    elif contact.begun:
        contact = _continue(known, contact, timeline, ())
    if contact != known:
        timeline = msgspec.structs.replace(timeline, contacts={**timeline.contacts, named_id: contact})
    if own and not known.begun and (issue := timeline.issues.get(contact.issue or "")):
        issues = {**timeline.issues, issue.issue_id: take_topic(issue, contact.topic)}
        timeline = msgspec.structs.replace(timeline, issues=issues)
    return timeline, contact if own else None


def _touchpoints(event: Event, contact: Contact, surveyed: Survey | None) -> Iterator[Touchpoint]:
    if surveyed is not None:
        yield from surveyed.touchpoints.get(contact.contact_id, ())
    elif point := touchpoint_of(event):
        yield point


def _begin(timeline: Timeline, contact: Contact, event: Event, points: Iterable[Touchpoint]) -> Contact:
    issue, rule, followed = attribute(
        timeline.customer_id, contact, event.time, timeline.issues, timeline.redirects, points
    )
    return msgspec.structs.replace(
        contact, begun=True, issue=issue, rule=rule, followed=followed, redirects_before=timeline.redirects_given
    )


def _continue(known: Contact, contact: Contact, timeline: Timeline, points: Iterable[Touchpoint]) -> Contact:
    """A contact keeps its issue unless a later event says something that an earlier rule would have gone by."""
    if contact.named != known.named:
        # An issue that somebody names is not implicit, even when it is named by the id that rule 4 derived.
        if known.rule in (Rule.REDIRECTED, Rule.NEW) or contact.issue != contact.named:
            raise NeedsRefold
        contact = msgspec.structs.replace(contact, rule=Rule.NAMED)
    if contact.outbound and not known.outbound:
        raise NeedsRefold
    if contact.topic != known.topic and contact.issue is not None:
        raise NeedsRefold
    if contact.rule is not Rule.NAMED:
        before = [r for r in timeline.redirects if contact.followed < r.number <= contact.redirects_before]
        if before and last_fitting(before, points):
            raise NeedsRefold
    return contact


def _issue_of(timeline: Timeline, event: Event, contact: Contact | None) -> str | None:
    if named := named_issue(event):
        return named
    if contact is not None:
        return contact.issue
    match event:
        case RedirectAdvised() | ContactTransferred():
            found = to_continue(timeline.issues, None, event.time)
            return found.issue_id if found else implicit_issue_id(timeline.customer_id, event.source, event.id)
        case PromiseMade():
            return _begun_issue(timeline, event.data.contact_id) or open_issue_touched_last(timeline.issues, event.time)
        case IssueResolved():
            return _begun_issue(timeline, event.data.contact_id) or open_issue_touched_last(timeline.issues)
        case _:
            return None


def _begun_issue(timeline: Timeline, contact_id: str | None) -> str | None:
    contact = timeline.contacts.get(contact_id) if contact_id else None
    return contact.issue if contact and contact.begun else None


def _touch(timeline: Timeline, placed: Placed, contact: Contact | None) -> Timeline:
    """Let the issue see its event; the first event of an issue creates it."""
    if placed.issue_id is None:
        return timeline
    by_rules = named_issue(placed.event) is None
    new = by_rules and (contact is None or contact.rule is Rule.NEW)
    before = timeline.issues.get(placed.issue_id) or Issue(placed.issue_id)
    if contact is not None and contact.issue == placed.issue_id:
        before = take_topic(before, contact.topic)
    if new and not before.implicit:
        before = msgspec.structs.replace(before, implicit=True)
    touch = timeline.touches + 1
    after = evolve_issue(before, placed.event, outbound=placed.outbound, desks=placed.desks, touch=touch)
    touches = touch if after.touches == touch else timeline.touches
    return msgspec.structs.replace(timeline, issues={**timeline.issues, placed.issue_id: after}, touches=touches)


def _remember_redirect(timeline: Timeline, placed: Placed) -> Timeline:
    event = placed.event
    fresh = tuple(r for r in timeline.redirects if event.time - r.time <= REDIRECT_LEADS_FOR)
    given = timeline.redirects_given
    if isinstance(event, RedirectAdvised) and placed.issue_id is not None:
        given += 1
        told = event.data.told
        redirect = Redirect(given, event.time, told, normalized(told), event.data.to_desk, placed.issue_id)
        fresh = (*fresh, redirect)
    if fresh == timeline.redirects:
        return timeline
    return msgspec.structs.replace(timeline, redirects=fresh, redirects_given=given)
