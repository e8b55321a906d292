"""Pieces of a customer's story that lead to where the rules bite; hypothesis draws the details.

Each episode writes a few events through a pen, which gives sources, ids and order.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from tests.histories import words
from tests.histories.builders import DAY, HOUR, MINUTE, TICK, WEEK, Event, an_event

KINDS = (
    *("contact.started", "contact.queued", "contact.connected", "contact.ended"),
    *("contact.wait_choice", "contact.re_explained", "contact.consulted"),
    *("contact.transferred", "contact.transferred", "contact.transfer_failed", "redirect.advised", "redirect.advised"),
    *("issue.opened", "issue.assigned", "issue.assigned", "issue.resolved", "issue.reopened", "issue.dropped"),
    *("promise.made", "promise.made", "promise.kept", "promise.attempted", "promise.rescheduled"),
    *("promise.cancelled", "promise.reassigned", "promise.missed", "situation.noted", "feedback.given"),
)
UNKNOWN_KINDS = ("contact.waved", "promise.sworn", "issue.pondered", "weather.changed")


@dataclass
class Pen:
    """Writes a customer's events. Ids repeat over sources, and their order is not that of writing."""

    draw: st.DrawFn
    customer: str
    events: list[Event] = field(default_factory=list)

    def write(self, kind: str, at: timedelta, /, **fields: Any) -> Event:
        source = fields.pop("source", None) or self.draw(st.sampled_from(words.SOURCES))
        letter = self.draw(st.sampled_from("abc"))
        number = sum(each["source"] == source for each in self.events)
        event = an_event(kind, at, customer=self.customer, source=source, id=f"{letter}{number}", **fields)
        self.events.append(event)
        return event

    def fields(self, kind: str) -> dict[str, Any]:
        return {name: self.draw(each) for name, each in words.fields_of(kind, self.customer).items()}

    def moment(self) -> timedelta:
        return self.draw(words.moments())

    def pause(self) -> timedelta:
        return self.draw(words.pauses())

    def one_of(self, *choices: Any) -> Any:
        return self.draw(st.sampled_from(choices))


Episode = Callable[[Pen], None]


def anything(pen: Pen) -> None:
    """Any event, related to nothing but by chance."""
    kind = pen.one_of(*KINDS)
    pen.write(kind, pen.moment(), **pen.fields(kind))


def unknown(pen: Pen) -> None:
    """A type that nobody knows yet, with fields that look familiar."""
    fields = {
        "contact_id": pen.one_of("k1", "k9"),
        "issue_id": "i1",
        "promise_id": "p1",
        "odd": [1, None, {"ä": "\u0000"}],
    }
    pen.write(pen.one_of(*UNKNOWN_KINDS), pen.moment(), **fields)


def call(pen: Pen) -> None:
    """A contact that starts, waits, and is handed on."""
    at, contact = pen.moment(), pen.one_of(*words.CONTACTS)
    if pen.one_of(True, True, False):
        pen.write("contact.started", at, **{**pen.fields("contact.started"), "contact_id": contact})
    for kind in ("contact.queued", "contact.connected", "contact.transferred", "contact.transferred"):
        at += pen.pause()
        if pen.one_of(True, True, False):
            pen.write(kind, at, **{**pen.fields(kind), "contact_id": contact})


def back_and_forth(pen: Pen) -> None:
    """An issue that changes hands between two desks or three, perhaps resolved on the way."""
    at, issue = pen.moment(), pen.one_of("i1", "i2")
    for desk in pen.one_of(
        ("front", "tech", "front", "tech"),
        ("front", "tech", "billing"),
        ("tech", "billing", "tech", "tech", "billing", "front"),
    ):
        kind = pen.one_of("issue.assigned", "issue.assigned", "issue.opened")
        pen.write(kind, at, issue_id=issue, desk=desk)
        if pen.one_of(True, *[False] * 5):
            pen.write("issue.resolved", at, issue_id=issue)
        at += pen.pause()


def sent_elsewhere(pen: Pen) -> None:
    """The customer is told another number, and rings there: around a day later, or a week."""
    at, told = pen.moment(), pen.one_of(*words.ADDRESSES, *words.DESKS)
    advice = {"told": told, "issue_id": pen.one_of(None, None, "i1"), "contact_id": pen.one_of(None, "k1")}
    pen.write("redirect.advised", at, **advice, to_desk=pen.one_of(None, *words.DESKS))
    at += pen.one_of(timedelta(0), MINUTE, DAY - TICK, DAY, DAY, DAY + TICK, WEEK - TICK, WEEK)
    contact = pen.one_of("k2", "k3", "k4", "k5")
    topic = pen.one_of(None, *words.TOPICS)
    entry_point = pen.draw(words.addresses_like(told))
    pen.write("contact.started", at, contact_id=contact, entry_point=entry_point, topic=topic)
    for kind in pen.one_of(("contact.queued",), ("contact.queued", "contact.connected"), ("contact.connected",)):
        at += pen.pause()
        pen.write(kind, at, contact_id=contact, desk=pen.one_of(*words.DESKS))


def failed_transfers(pen: Pen) -> None:
    """Transfers and failures between the same desks, in one contact or in none."""
    at, contact = pen.moment(), pen.one_of("k1", "k1", None)
    for _ in range(pen.one_of(2, 3, 4)):
        kind = pen.one_of("contact.transferred", "contact.transferred", "contact.transfer_failed")
        desks = {"from_desk": pen.one_of("front", None), "to_desk": pen.one_of("tech", "billing")}
        pen.write(kind, at, contact_id=contact, issue_id=pen.one_of(None, "i1"), **desks)
        at += pen.pause()


def cut_off(pen: Pen) -> None:
    """A wait that the system ends, at about the minute from which we owe a callback; perhaps another was promised."""
    at, contact = pen.moment(), pen.one_of(*words.CONTACTS)
    if pen.one_of(True, False):
        pen.write("contact.started", at, contact_id=contact)
    if pen.one_of(True, False):
        pen.write("contact.queued", at, contact_id=contact, desk=pen.one_of(*words.DESKS))
    at += pen.one_of(MINUTE - TICK, MINUTE, MINUTE + TICK)
    fields = {"wait_s": pen.one_of(None, None, 59, 60), "phase": pen.one_of("queue", "menu")}
    pen.write("contact.ended", at, contact_id=contact, ended_by="system", **fields)
    if pen.one_of(True, False, False):
        at += pen.one_of(-HOUR, timedelta(0), HOUR)
        pen.write("promise.made", at, promise_id=pen.one_of(*words.PROMISES), contact_id=contact)


def promised(pen: Pen) -> None:
    """A promise whose facts fall on its start, its due time, its deadline, or a microsecond beside."""
    at, promise, grace = pen.moment(), pen.one_of(*words.PROMISES), pen.one_of(None, 60, 3600)
    due = at + pen.one_of(HOUR, DAY, WEEK)
    fields = {**pen.fields("promise.made"), "promise_id": promise, "due_by": due, "grace_s": grace}
    pen.write("promise.made", at, **fields)
    deadline = due + timedelta(seconds=grace or 0)
    for _ in range(pen.one_of(1, 2, 3)):
        kind = pen.one_of("promise.attempted", "promise.kept", "promise.rescheduled", "promise.cancelled")
        when = pen.one_of(at, due - DAY, due, deadline, deadline + TICK, deadline + HOUR)
        pen.write(kind, when, **{**pen.fields(kind), "promise_id": promise})


def superseded(pen: Pen) -> None:
    """A promise on an issue, and the customer who rings, or an end of the issue, in time or not."""
    at, issue, promise = pen.moment(), pen.one_of("i1", None), pen.one_of(*words.PROMISES)
    pen.write("contact.connected", at, contact_id="k1", issue_id=issue)
    due = at + DAY
    kind = pen.one_of("callback", "reply", "visit", "repair")
    made = {"kind": kind, "contact_id": pen.one_of("k1", None), "issue_id": issue}
    pen.write("promise.made", at + pen.pause(), promise_id=promise, due_by=due, **made)
    when = pen.one_of(at, due, due + TICK, due + HOUR)
    contact = pen.one_of("k1", "k2")
    if pen.one_of(True, False):
        pen.write("contact.started", when, contact_id=contact, direction=pen.one_of("inbound", "inbound", "outbound"))
        pen.write("contact.connected", when, contact_id=contact, issue_id=issue)
    else:
        confirmed_by = pen.one_of("customer", "agent")
        pen.write("issue.resolved", when, issue_id=issue, contact_id=pen.one_of(None, "k1"), confirmed_by=confirmed_by)


EPISODES: tuple[Episode, ...] = (
    anything,
    anything,
    anything,
    unknown,
    call,
    call,
    back_and_forth,
    sent_elsewhere,
    sent_elsewhere,
    failed_transfers,
    cut_off,
    promised,
    promised,
    superseded,
)
