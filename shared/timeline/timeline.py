"""The fold of one customer's events: `lay` a whole set, or `place` one event after the last.

`place` is the fast path. It raises NeedsRefold where only a look at all events can tell: an event that comes late, an
amendment, a contact that changes its issue. The caller then reads the events and calls `lay`; both give the same.
It raises NeedsPast where it lacks what was put away of a long timeline.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TypeVar

import msgspec

from shared.events import (
    ContactTransferFailed,
    ContactTransferred,
    Event,
    IssueResolved,
    PromiseMade,
    RedirectAdvised,
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
    learn,
    survey,
    touchpoint_of,
)
from shared.timeline.corrections import Amended, amend, is_amendment
from shared.timeline.issues import Issue, asserted_desks, take_topic
from shared.timeline.issues import evolve as evolve_issue
from shared.timeline.mentions import Mention, mention_of
from shared.timeline.order import Identity, Place, identity_of, place_of

V = TypeVar("V")


class NeedsRefold(Exception):
    """The stored fold and this one event do not suffice; lay all events anew."""


class NeedsPast(Exception):
    """What was put away may decide; bring it back and ask again."""


class Timeline(msgspec.Struct, frozen=True, array_like=True, gc=False):
    customer_id: str
    last: Place | None = None
    issues: dict[str, Issue] = {}
    contacts: dict[str, Contact] = {}
    redirects: tuple[Redirect, ...] = ()  # those that a contact may still follow
    redirects_given: int = 0
    touches: int = 0
    awaited: frozenset[Identity] = frozenset()  # named by amendments that came before them
    away: int = 0  # the highest touch of an open issue that was put away; 0: none was


class Placed(msgspec.Struct, frozen=True, gc=False):
    """An event in its place: the issue it belongs to, and the desks it asserts for that issue."""

    event: Event
    issue_id: str | None
    outbound: bool = False
    desks: tuple[str, ...] = ()


def place(timeline: Timeline, event: Event) -> tuple[Timeline, Placed]:
    """Place an event that no accepted event equals. Raises NeedsRefold, NeedsPast."""
    here = place_of(event)
    late = timeline.last is not None and here <= timeline.last
    if late or is_amendment(event) or type(event) is ContactTransferFailed:
        raise NeedsRefold
    if timeline.awaited and identity_of(event) in timeline.awaited:
        raise NeedsRefold
    return _place(timeline, event, here, None)


def lay(customer_id: str, events: Iterable[Event]) -> tuple[Timeline, list[Placed], Amended]:
    """Fold a whole set of accepted events, given in any order."""
    accepted = list(events)
    amended = amend(accepted)
    surveyed = survey(amended.standing)
    timeline = Timeline(customer_id, contacts=surveyed.contacts, awaited=amended.awaited)
    placed: list[Placed] = []
    for event in amended.standing:
        timeline, one = _place(timeline, event, place_of(event), surveyed)
        placed.append(one)
    last = max((place_of(event) for event in accepted), default=None)
    return msgspec.structs.replace(timeline, last=last), placed, amended


def _place(timeline: Timeline, event: Event, here: Place, surveyed: Survey | None) -> tuple[Timeline, Placed]:
    mention = mention_of(event)
    heard = _hear(timeline, event, mention, surveyed)
    issue_id, by_rule_4 = (mention.issue_id, False) if mention.issue_id else _issue_of(timeline, event, heard)
    contact = heard.contact
    outbound = contact is not None and contact.outbound is True
    redirected = contact is not None and contact.rule is Rule.REDIRECTED
    voided = surveyed is not None and identity_of(event) in surveyed.failed
    no_desks = voided or issue_id is None
    desks = () if no_desks else asserted_desks(event, outbound=outbound, redirected=redirected)
    placed = Placed(event, issue_id, outbound, desks)
    issues, touches = _touch(timeline, placed, heard, by_rule_4=by_rule_4, ours=surveyed is not None)
    redirects = _redirects(timeline, placed)
    changed = Timeline(
        timeline.customer_id,
        last=here,
        issues=issues,
        contacts=heard.contacts,
        redirects=redirects,
        redirects_given=redirects[-1].number if redirects else timeline.redirects_given,
        touches=touches,
        awaited=timeline.awaited,
        away=timeline.away,
    )
    return changed, placed


class _Heard(msgspec.Struct, frozen=True, gc=False):
    """`contact`: the one that the event is an event of, if any, after hearing it; `began`: with this event."""

    contact: Contact | None
    contacts: dict[str, Contact]
    began: bool = False


def _hear(timeline: Timeline, event: Event, mention: Mention, surveyed: Survey | None) -> _Heard:
    """Learn what the event says of its contact, and attribute the contact if this is its first event."""
    contact_id = mention.contact_id
    if contact_id is None:
        return _Heard(None, timeline.contacts)
    known = timeline.contacts.get(contact_id) or Contact(contact_id)
    contact = learn(known, event, mention.issue_id)
    began = mention.is_of_contact and not known.begun
    if mention.is_of_contact:
        points = list(_touchpoints(event, contact, surveyed)) if timeline.redirects else ()
        contact = _begin(timeline, contact, event, points) if began else _continue(known, contact, timeline, points)
    elif contact.begun:
        contact = _continue(known, contact, timeline, ())
    contacts = timeline.contacts
    if not (contact is known or contact == known):
        contacts = _put(contacts, contact_id, contact, ours=surveyed is not None)
    return _Heard(contact if mention.is_of_contact else None, contacts, began)


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
    if contact is known and not timeline.redirects:
        return contact
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


def _issue_of(timeline: Timeline, event: Event, heard: _Heard) -> tuple[str | None, bool]:
    """The issue of an event that names none, and whether it is one by rule 4."""
    if (contact := heard.contact) is not None:
        return contact.issue, contact.rule is Rule.NEW
    match event:
        case RedirectAdvised() | ContactTransferred():
            if issue := to_continue(timeline.issues, None, event.time):
                return issue.issue_id, False
            return implicit_issue_id(timeline.customer_id, event.source, event.id), True
        case PromiseMade(data=data, time=time):
            begun = _begun_issue(timeline, data.contact_id)
            return begun or _open_issue(timeline, time), False
        case IssueResolved(data=data):
            begun = _begun_issue(timeline, data.contact_id)
            return begun or _open_issue(timeline), False
        case _:
            return None, False


def _open_issue(timeline: Timeline, now: datetime | None = None) -> str | None:
    """Raises NeedsPast where an issue that was put away may have been touched later."""
    last = open_issue_touched_last(timeline.issues, now)
    if timeline.away > (last.touches if last else 0):
        raise NeedsPast
    return last.issue_id if last else None


def _begun_issue(timeline: Timeline, contact_id: str | None) -> str | None:
    contact = timeline.contacts.get(contact_id) if contact_id else None
    return contact.issue if contact and contact.begun else None


def _touch(
    timeline: Timeline, placed: Placed, heard: _Heard, *, by_rule_4: bool, ours: bool
) -> tuple[dict[str, Issue], int]:
    """Let the issue see its event; the first one creates it. The issues, and the number of touches so far."""
    issues, contact, issue_id = timeline.issues, heard.contact, placed.issue_id
    if heard.began and contact is not None and contact.issue in issues:
        issues = _put(issues, contact.issue, take_topic(issues[contact.issue], contact.topic), ours=ours)
    if issue_id is None:
        return issues, timeline.touches
    before = issues.get(issue_id) or Issue(issue_id)
    if contact is not None and contact.issue == issue_id:
        before = take_topic(before, contact.topic)
    if by_rule_4 and not before.implicit:
        before = msgspec.structs.replace(before, implicit=True)
    touch = timeline.touches + 1
    after = evolve_issue(before, placed.event, outbound=placed.outbound, desks=placed.desks, touch=touch)
    return _put(issues, issue_id, after, ours=ours), max(timeline.touches, after.touches)


def _put(named: dict[str, V], name: str, value: V, *, ours: bool) -> dict[str, V]:
    """ours: a whole set is laid, and nobody else holds its parts. To copy them for each event would take quadratic
    time."""
    if not ours:
        return {**named, name: value}
    named[name] = value
    return named


def _redirects(timeline: Timeline, placed: Placed) -> tuple[Redirect, ...]:
    """Those that a contact may still follow; one that belongs to no issue leads nowhere."""
    event, redirects = placed.event, timeline.redirects
    if redirects and event.time - redirects[0].time > REDIRECT_LEADS_FOR:
        redirects = tuple(one for one in redirects if event.time - one.time <= REDIRECT_LEADS_FOR)
    if type(event) is RedirectAdvised and placed.issue_id is not None:
        told, number = event.data.told, timeline.redirects_given + 1
        new = Redirect(number, event.time, told, normalized(told), event.data.to_desk, placed.issue_id)
        return (*redirects, new)
    return redirects
