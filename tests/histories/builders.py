"""Events as they stand on the wire (structured CloudEvents, as dicts), with only the fields that matter to a test.

Times are offsets from BEGIN: seconds, or a timedelta. A data field given as None is left out.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import rfc8785

Event = dict[str, Any]
Offset = float | timedelta

BEGIN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PBX = "urn:example:pbx"
CRM = "urn:example:crm"
FOLLOWUP = "urn:ashiato:followup"

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
WEEK = timedelta(days=7)
TICK = timedelta(microseconds=1)

_TIMES = ("due_from", "due_by", "at", "detected_at", "valid_until")
_TRANSFER = {
    "contact_id": "k1",
    "to_desk": "tech",
    "mode": "blind",
    "reason": "not_our_department",
    "context_passed": False,
}
_CHANGE = {"promise_id": "p1", "by": "staff", "reason": "as agreed"}
_OWNER = {"desk": "tech"}

REQUIRED: Mapping[str, Mapping[str, Any]] = {
    "contact.started": {"contact_id": "k1", "channel": "phone", "direction": "inbound", "entry_point": "+81312345678"},
    "contact.queued": {"contact_id": "k1", "desk": "front"},
    "contact.wait_choice": {"contact_id": "k1", "offered": ["wait", "callback"], "chosen": "wait"},
    "contact.connected": {"contact_id": "k1", "desk": "front", "agent": "aoki", "wait_s": 20},
    "contact.ended": {"contact_id": "k1", "ended_by": "customer", "phase": "talk"},
    "contact.re_explained": {"contact_id": "k1", "what": "problem"},
    "contact.transferred": _TRANSFER,
    "contact.transfer_failed": {**_TRANSFER, "cause": "no answer"},
    "contact.consulted": {"contact_id": "k1", "desk": "front", "with_desk": "tech"},
    "redirect.advised": {"told": "+81312345678"},
    "issue.opened": {"issue_id": "i1"},
    "issue.assigned": {"issue_id": "i1"},
    "issue.resolved": {"resolution": "done", "confirmed_by": "agent"},
    "issue.reopened": {"issue_id": "i1", "cause": "not solved"},
    "issue.dropped": {"phase": "queue"},
    "promise.made": {
        "promise_id": "p1",
        "kind": "callback",
        "owner": _OWNER,
        "channel": "phone",
        "explicit": True,
    },
    "promise.rescheduled": {**_CHANGE, "due_by": DAY},
    "promise.reassigned": {**_CHANGE, "owner": {"desk": "billing"}},
    "promise.cancelled": _CHANGE,
    "promise.attempted": {"promise_id": "p1", "result": "no_answer"},
    "promise.kept": {"promise_id": "p1"},
    "promise.missed": {
        "promise_id": "p1",
        "due_by": DAY,
        "grace_s": 0,
        "detected_at": DAY,
        "attempts_outside": 0,
        "made_good": False,
        "owner": _OWNER,
    },
    "situation.noted": {"kind": "worry", "text": "needs it today"},
    "feedback.given": {"kind": "thanks"},
    "event.retracted": {"retracts": "e1", "reason": "by mistake"},
}


def an_event(kind: str, /, at: Offset = 0, **fields: Any) -> Event:
    """`fields`: id, source, customer and corrects are the envelope's, all others data (`kept_at` is the data's `at`).

    Without an id, one is made of the content: the same call builds the same event.
    """
    envelope = {name: fields.pop(name) for name in ("id", "source", "customer", "corrects") if name in fields}
    if "kept_at" in fields:
        fields["at"] = fields.pop("kept_at")
    data = {**REQUIRED.get(kind, {}), **fields}
    event = {
        "specversion": "1.0",
        "id": envelope.get("id") or "",
        "source": envelope.get("source") or PBX,
        "type": kind,
        "subject": envelope.get("customer") or "c-1",
        "time": time(at),
        "data": {name: _written(name, value) for name, value in data.items() if value is not None},
    }
    if envelope.get("corrects"):
        event["corrects"] = envelope["corrects"]
    event["id"] = event["id"] or sha256(rfc8785.dumps(event)).hexdigest()[:12]
    return event


def moment(at: Offset) -> datetime:
    return BEGIN + (at if isinstance(at, timedelta) else timedelta(seconds=at))


def time(at: Offset) -> str:
    """RFC 3339, with a fraction only where there is one."""
    return moment(at).isoformat().replace("+00:00", "Z")


def _written(name: str, value: Any) -> Any:
    return time(value) if name in _TIMES and isinstance(value, int | float | timedelta) else value


def a_contact(at: Offset = 0, **fields: Any) -> Event:
    return an_event("contact.started", at, **fields)


def a_queueing(at: Offset = 0, **fields: Any) -> Event:
    return an_event("contact.queued", at, **fields)


def a_connection(at: Offset = 0, **fields: Any) -> Event:
    return an_event("contact.connected", at, **fields)


def an_end(at: Offset = 0, **fields: Any) -> Event:
    return an_event("contact.ended", at, **fields)


def a_cut(at: Offset = 0, **fields: Any) -> Event:
    """The line that hung up on its own."""
    return an_end(at, **{"ended_by": "system", "phase": "queue", **fields})


def a_transfer(at: Offset = 0, **fields: Any) -> Event:
    return an_event("contact.transferred", at, **fields)


def a_failed_transfer(at: Offset = 0, **fields: Any) -> Event:
    return an_event("contact.transfer_failed", at, **fields)


def a_redirect(at: Offset = 0, **fields: Any) -> Event:
    return an_event("redirect.advised", at, **fields)


def an_opening(at: Offset = 0, **fields: Any) -> Event:
    return an_event("issue.opened", at, **fields)


def an_assignment(at: Offset = 0, **fields: Any) -> Event:
    return an_event("issue.assigned", at, **fields)


def a_resolution(at: Offset = 0, **fields: Any) -> Event:
    return an_event("issue.resolved", at, **fields)


def a_reopening(at: Offset = 0, **fields: Any) -> Event:
    return an_event("issue.reopened", at, **fields)


def a_promise(at: Offset = 0, **fields: Any) -> Event:
    return an_event("promise.made", at, **fields)


def a_reschedule(at: Offset = 0, **fields: Any) -> Event:
    return an_event("promise.rescheduled", at, **fields)


def a_reassignment(at: Offset = 0, **fields: Any) -> Event:
    return an_event("promise.reassigned", at, **fields)


def a_cancellation(at: Offset = 0, **fields: Any) -> Event:
    return an_event("promise.cancelled", at, **fields)


def an_attempt(at: Offset = 0, **fields: Any) -> Event:
    return an_event("promise.attempted", at, **fields)


def a_keep(at: Offset = 0, **fields: Any) -> Event:
    return an_event("promise.kept", at, **fields)


def a_miss(at: Offset = 0, **fields: Any) -> Event:
    return an_event("promise.missed", at, **{"source": FOLLOWUP, "due_by": at, "detected_at": at, **fields})


def a_correction(of: Event, at: Offset = 0, **changes: Any) -> Event:
    """An event that replaces the data of another: all of it, with `changes`."""
    fields = {**of["data"], **changes}
    fields["kept_at"] = fields.pop("at", None)
    return an_event(
        of["type"], at, **{"source": of["source"], "customer": of["subject"], "corrects": of["id"], **fields}
    )


def a_retraction(of: Event, at: Offset = 0, **fields: Any) -> Event:
    return an_event(
        "event.retracted",
        at,
        **{"source": of["source"], "customer": of["subject"], "retracts": of["id"], **fields},
    )


def a_copy(of: Event, at: Offset | None = None, **changes: Any) -> Event:
    """The same identity again; re-stamped with `at`, of other content with `changes`."""
    return {**of, "time": of["time"] if at is None else time(at), "data": {**of["data"], **changes}}
