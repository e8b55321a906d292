"""What a placed event changes of a customer's promises: which event is which moment of which promise."""

from bisect import insort
from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec

from shared.events import (
    ContactConnected,
    IssueResolved,
    PromiseAttempted,
    PromiseCancelled,
    PromiseKept,
    PromiseMade,
    PromiseMissed,
    PromiseReassigned,
    PromiseRescheduled,
)
from shared.promises import promise as moments
from shared.promises.life import life
from shared.promises.promise import UNSTATED_WINDOW, Made, Moment, Owner, Promise, Window
from shared.timeline.timeline import Placed

ATTEMPTS = ("no_answer", "busy", "machine")
Ledger = Mapping[str, Promise]
Changed = dict[str, Promise]  # some of a ledger

_CONCERNING = frozenset(
    {
        ContactConnected,
        IssueResolved,
        PromiseAttempted,
        PromiseCancelled,
        PromiseKept,
        PromiseMade,
        PromiseMissed,
        PromiseReassigned,
        PromiseRescheduled,
    }
)


def changed(ledger: Ledger, placed: Placed) -> Changed:
    """The promises that the event concerns, as they are after it."""
    if type(placed.event) not in _CONCERNING:
        return {}
    match placed.event:
        case PromiseMade(data=data):
            return _make(ledger, data.promise_id, _made(placed.event, placed.issue_id))
        case PromiseMissed(data=data):
            return _announced(ledger, data.promise_id, data.due_by + timedelta(seconds=data.grace_s))
        case (
            PromiseRescheduled(data=data)
            | PromiseReassigned(data=data)
            | PromiseCancelled(data=data)
            | PromiseAttempted(data=data)
            | PromiseKept(data=data)
        ):
            moment = _moment(placed.event)
            return {data.promise_id: _lived(_known(ledger, data.promise_id), moment)} if moment else {}
        case ContactConnected(data=data) if placed.issue_id and not placed.outbound:
            moment = moments.CustomerConnected(placed.event.time)
            return _issue_moment(ledger, placed.issue_id, moment, other_than=data.contact_id)
        case IssueResolved(data=data) if placed.issue_id:
            return _issue_moment(ledger, placed.issue_id, moments.IssueResolved(placed.event.time, data.confirmed_by))
        case _:
            return {}


def _made(event: PromiseMade, issue_id: str | None) -> Made:
    data = event.data
    due_by = data.due_by or event.time + UNSTATED_WINDOW
    return Made(
        time=event.time,
        source=event.source,
        id=event.id,
        kind=data.kind,
        window=Window(data.due_from or event.time, due_by, data.grace_s or 0, data.due_from),
        owner=Owner(data.owner.desk, data.owner.agent),
        channel=data.channel,
        stated=data.due_by is not None,
        explicit=data.explicit and data.due_by is not None,
        historic=bool(data.historic),
        contact_id=data.contact_id,
        issue_id=issue_id,
        wording=data.wording,
    )


def _moment(
    event: PromiseRescheduled | PromiseReassigned | PromiseCancelled | PromiseAttempted | PromiseKept,
) -> Moment | None:
    data, at = event.data, event.time
    match event:
        case PromiseKept():
            return moments.Reached(event.data.at or at)
        case PromiseAttempted():
            if event.data.result in ("reached", "refused"):
                return moments.Reached(at)
            return moments.Attempted(at) if event.data.result in ATTEMPTS else None
        case PromiseRescheduled(data=data):
            window = Window(data.due_from or at, data.due_by, data.grace_s or 0, data.due_from)
            return moments.Rescheduled(at, window, data.by)
        case PromiseReassigned(data=data):
            return moments.Reassigned(at, Owner(data.owner.desk, data.owner.agent))
        case PromiseCancelled(data=data):
            return moments.Cancelled(at, data.by)


def _make(ledger: Ledger, promise_id: str, made: Made) -> Changed:
    """A promise is made by the first promise.made in the order; a second one changes nothing."""
    known = _known(ledger, promise_id)
    return {} if known.made else {promise_id: msgspec.structs.replace(known, made=made)}


def _announced(ledger: Ledger, promise_id: str, deadline: datetime) -> Changed:
    known = _known(ledger, promise_id)
    if deadline in known.announced:
        return {}
    return {promise_id: msgspec.structs.replace(known, announced=(*known.announced, deadline))}


def _known(ledger: Ledger, promise_id: str) -> Promise:
    return ledger.get(promise_id) or Promise(promise_id)


def _lived(promise: Promise, moment: Moment) -> Promise:
    lived = list(promise.moments)
    insort(lived, moment, key=lambda one: one.at)  # right of its equals: those come first in the order too
    return msgspec.structs.replace(promise, moments=tuple(lived))


def _issue_moment(ledger: Ledger, issue_id: str, moment: Moment, other_than: str | None = None) -> Changed:
    """What happens to an issue happens to the promises on it that are not closed by then."""
    found: Changed = {}
    for promise_id, promise in ledger.items():
        made = promise.made
        if made is None or made.issue_id != issue_id or (other_than is not None and made.contact_id == other_than):
            continue
        ends = life(promise)
        if ends is None or ends.closed_at is None or ends.closed_at > moment.at:
            found[promise_id] = _lived(promise, moment)
    return found
