"""One customer problem: when it is open, touched or lapsed, and which desks an event asserts for it.

Source: definitions.md, "Which issue an event belongs to" and "Hand-offs, ping-pong, runaround".
"""

from datetime import datetime, timedelta

import msgspec

from shared.events import (
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


class Issue(msgspec.Struct, frozen=True, array_like=True):
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
    match event:
        case ContactTransferred() | RedirectAdvised():
            return True
        case IssueOpened() | IssueAssigned() | IssueReopened():
            return not issue.implicit
        case _:
            return event.type.startswith("contact.") and not outbound


def take_topic(issue: Issue, topic: str | None) -> Issue:
    """An issue takes the first topic given."""
    return issue if issue.topic or topic is None else msgspec.structs.replace(issue, topic=topic)


def evolve(issue: Issue, event: Event, *, outbound: bool, desks: tuple[str, ...], touch: int) -> Issue:
    """`touch`: the number this event's touch has if it is one."""
    changes: dict[str, object] = {}
    if touches(event, issue, outbound=outbound):
        changes |= {"touched": event.time, "touches": touch}
    if isinstance(event, IssueResolved):
        changes["open"] = False
    elif desks or isinstance(event, IssueOpened | IssueReopened):
        changes["open"] = True
    if isinstance(event, ContactStarted | IssueOpened):
        changes |= {"topic": issue.topic or event.data.topic, "product": issue.product or event.data.product}
    return msgspec.structs.replace(issue, **changes) if changes else issue
