"""What followup owes the log: callbacks after a cut, and announcements of the clock (definitions.md, "Promises")."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.oracle.contacts import Contact
from tests.oracle.facts import Event, Fact, accept, by_customer
from tests.oracle.ids import derive, stamp
from tests.oracle.promises import Promise, Window, life, promises
from tests.oracle.timeline import Timeline, timeline

SOURCE = "urn:ashiato:followup"
DEFAULT_DESK = "front"
LEAST_WAIT_S = 60


@dataclass(frozen=True)
class Cut:
    """A contact ended by the system while the customer waited; `desk` is where it was queued last."""

    contact_id: str
    time: datetime
    desk: str | None


@dataclass(frozen=True)
class Publication:
    """What is published on reading `log[index]`."""

    index: int
    event: dict[str, Any]


@dataclass(frozen=True)
class Missed:
    """An announcement that must have been made by now; `made_good` and `owner` as of now."""

    customer: str
    promise_id: str
    window: Window
    made_good: bool
    attempts_outside: int
    owner: Any

    @property
    def id(self) -> str:
        return derive(["missed", self.customer, self.promise_id, stamp(self.window.deadline)])

    def event(self, detected_at: datetime) -> dict[str, Any]:
        """The promise.missed; its time is due_by + grace."""
        data = {
            "promise_id": self.promise_id,
            "due_by": stamp(self.window.due_by),
            "grace_s": self.window.grace_s,
            "detected_at": stamp(detected_at),
            "attempts_outside": self.attempts_outside,
            "made_good": self.made_good,
            "owner": self.owner,
        }
        return _event(self.customer, self.id, "promise.missed", self.window.deadline, data)


def missed(accepted: Iterable[Fact], now: datetime) -> list[Missed]:
    """Every promise whose outcome is missed, also when made good meanwhile; never historic ones; after due_by + grace.

    By all facts given that had occurred until `now`. Recovery windows are not announced.
    # reading: a promise stamped later than `now` is not announced before it was made.
    """
    return [
        each
        for facts in by_customer(accepted).values()
        for promise in promises(timeline(facts)).values()
        if promise.made.time <= now and not promise.historic
        for each in _missed(promise, now)
    ]


def _missed(promise: Promise, now: datetime) -> list[Missed]:
    told = life(promise, now)
    if told.outcome != "missed" or told.first is None:
        return []
    made_good = told.made_good is not None
    return [Missed(promise.made.customer, promise.id, told.first, made_good, len(told.attempts), told.owner)]


def cuts(line: Timeline) -> dict[str, Cut]:
    """contact.ended by system in menu or queue after a wait of at least a minute, by contact.

    # reading: of several, the first in the order; contacts of any direction.
    """
    found: dict[str, Cut] = {}
    for contact in line.contacts.values():
        for fact in contact.events:
            if _is_cut(fact, contact) and contact.id not in found:
                queued = _last_before(fact, contact, "contact.queued")
                found[contact.id] = Cut(contact.id, fact.time, queued.says("desk") if queued else None)
    return found


def _is_cut(fact: Fact, contact: Contact) -> bool:
    """# reading: queued and started must precede the end in the order; without any, the wait is not known: no cut."""
    if fact.type != "contact.ended" or fact.says("ended_by") != "system" or fact.says("phase") not in ("menu", "queue"):
        return False
    if fact.says("wait_s") is not None:
        return bool(fact.says("wait_s") >= LEAST_WAIT_S)
    since = _last_before(fact, contact, "contact.queued") or _last_before(fact, contact, "contact.started")
    return since is not None and (fact.time - since.time).total_seconds() >= LEAST_WAIT_S


def _last_before(fact: Fact, contact: Contact, kind: str) -> Fact | None:
    before = [each for each in contact.events if each.type == kind and each.place < fact.place]
    return before[-1] if before else None


def owed(line: Timeline) -> dict[str, Cut]:
    """The cuts that owe a callback by these facts: those whose contact has no other promise.made.

    # reading: any promise.made that names the contact, at whatever time, of whatever promise but the owed one.
    """
    return {
        contact_id: cut
        for contact_id, cut in cuts(line).items()
        if not any(
            each.type == "promise.made"
            and each.says("contact_id") == contact_id
            and each.says("promise_id") != owed_id(each.customer, contact_id)
            for each in line.facts
        )
    }


def owed_id(customer: str, contact_id: str) -> str:
    return derive(["owed", customer, contact_id])


def cancelled_id(customer: str, contact_id: str) -> str:
    return derive(["owed", customer, contact_id, "cancelled"])


def callbacks(log: Sequence[Event], default_desk: str = DEFAULT_DESK) -> list[Publication]:
    """Event by event: the promise made when a contact first owes one, and its cancellation when it no more does.

    The cancellation is final. Nothing is published that was published, or is on the log already.
    """
    published: list[Publication] = []
    said: dict[str, dict[str, Fact]] = {}
    prefix: dict[str, list[Event]] = {}
    for index, event in enumerate(log):
        customer = event["subject"]
        prefix.setdefault(customer, []).append(event)
        facts = accept(prefix[customer]).facts
        spoken = said.setdefault(customer, {})
        spoken.update({each.id: each for each in facts if each.source == SOURCE and each.id not in spoken})
        for new in _due_callbacks(customer, timeline(facts), spoken, default_desk):
            published.append(Publication(index, new))
            spoken[new["id"]] = accept([new]).facts[0]
    return published


def _due_callbacks(
    customer: str, line: Timeline, spoken: dict[str, Fact], default_desk: str
) -> Iterable[dict[str, Any]]:
    owing = owed(line)
    promised = {each.says("contact_id") for each in spoken.values() if each.type == "promise.made"}
    for contact_id in sorted(owing.keys() | promised - {None}):
        made, cancelled = owed_id(customer, contact_id), cancelled_id(customer, contact_id)
        if contact_id in owing and made not in spoken and cancelled not in spoken:
            yield _made(customer, owing[contact_id], default_desk)
        if contact_id not in owing and made in spoken and cancelled not in spoken:
            yield _cancelled(customer, contact_id, spoken[made].time)


def _made(customer: str, cut: Cut, default_desk: str) -> dict[str, Any]:
    """# reading: the text names no channel for the owed callback; a callback is by phone."""
    data = {
        "promise_id": owed_id(customer, cut.contact_id),
        "kind": "callback",
        "owner": {"desk": cut.desk or default_desk},
        "channel": "phone",
        "explicit": False,
        "contact_id": cut.contact_id,
    }
    return _event(customer, owed_id(customer, cut.contact_id), "promise.made", cut.time, data)


def _cancelled(customer: str, contact_id: str, time: datetime) -> dict[str, Any]:
    """# reading: the time of the cut is the one the promise was made with, also when the cut is no more."""
    data = {"promise_id": owed_id(customer, contact_id), "by": "system", "reason": "not owed"}
    return _event(customer, cancelled_id(customer, contact_id), "promise.cancelled", time, data)


def _event(customer: str, event_id: str, kind: str, time: datetime, data: dict[str, Any]) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": event_id,
        "source": SOURCE,
        "type": kind,
        "subject": customer,
        "time": stamp(time),
        "data": data,
    }
