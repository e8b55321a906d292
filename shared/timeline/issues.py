"""One customer problem: when it is open, touched or lapsed, and which desks an event asserts for it.

Source: definitions.md, "Which issue an event belongs to" and "Hand-offs, ping-pong, runaround".
"""

from datetime import datetime, timedelta

import msgspec

from shared.events import (
    BY_TYPE,
    ContactConnected,
    ContactQueued,
    ContactStarted,
    ContactTransferred,
    Event,
    IssueAssigned,
    IssueOpened,
    IssueReopened,
    IssueResolved,
    RedirectAdvised,
)

QUIET = timedelta(days=7)

# Every event is asked: to look for its class in a set takes a tenth of what `isinstance` of several models does.
_ASSERTING = frozenset({ContactConnected, ContactQueued, ContactTransferred, IssueAssigned, IssueOpened})
_OF_CONTACTS = frozenset(model for name, model in BY_TYPE.items() if name.startswith("contact."))
_ABOUT_GIVEN_ISSUES = frozenset({IssueOpened, IssueAssigned, IssueReopened})
_OPENING = frozenset({IssueOpened, IssueReopened})


class Issue(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """`touches` counts the customer's touches, so that the issue with the highest number was touched last."""

    issue_id: str
    implicit: bool = False
    open: bool = True
    touched: datetime | None = None
    touches: int = 0
    topic: str | None = None
    product: str | None = None


def lapsed(issue: Issue, now: datetime) -> bool:
    """An implicit issue with 7 quiet days leaves the default work list; a given one never lapses."""
    return issue.implicit and issue.touched is not None and now - issue.touched >= QUIET


def recently_touched(issue: Issue, now: datetime) -> bool:
    return issue.touched is not None and now - issue.touched < QUIET


def asserted_desks(event: Event, *, outbound: bool, redirected: bool) -> tuple[str, ...]:
    """The desks that an event says own its issue, in order. Consults, menus and outbound calls say nothing.

    `redirected`: its contact came here because a redirect was advised; then waiting in the queue is owning.
    Whether a transfer's arrival was reported before the transfer itself is for the sequence to see.
    """
    if type(event) not in _ASSERTING:
        return ()
    match event:
        case ContactConnected() if not outbound:
            return (event.data.desk,)
        case ContactQueued() if redirected:
            return (event.data.desk,)
        case IssueOpened() | IssueAssigned() if event.data.desk:
            return (event.data.desk,)
        case ContactTransferred():
            return tuple(desk for desk in (event.data.from_desk, event.data.to_desk) if desk)
        case _:
            return ()


def touches(event: Event, issue: Issue, *, outbound: bool) -> bool:
    kind = type(event)
    if kind in _OF_CONTACTS:
        return not outbound or kind is ContactTransferred
    return kind is RedirectAdvised or (kind in _ABOUT_GIVEN_ISSUES and not issue.implicit)


def take_topic(issue: Issue, topic: str | None) -> Issue:
    """An issue takes the first topic given."""
    return issue if issue.topic or topic is None else msgspec.structs.replace(issue, topic=topic)


def evolve(issue: Issue, event: Event, *, outbound: bool, desks: tuple[str, ...], touch: int) -> Issue:
    """`touch`: the number this event's touch has if it is one."""
    if touches(event, issue, outbound=outbound):
        issue = msgspec.structs.replace(issue, touched=event.time, touches=touch)
    if type(event) is IssueResolved:
        return msgspec.structs.replace(issue, open=False)
    if not issue.open and (desks or type(event) in _OPENING):
        issue = msgspec.structs.replace(issue, open=True)
    if type(event) is ContactStarted or type(event) is IssueOpened or type(event) is IssueAssigned:
        topic, product = issue.topic or event.data.topic, issue.product or event.data.product
        issue = msgspec.structs.replace(issue, topic=topic, product=product)
    return issue
