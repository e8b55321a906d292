"""Which issue an event belongs to, and what that makes of the issues: one walk over the facts in the order.

definitions.md, "Which issue an event belongs to". Rules 1 and 2, direction and topic look at all of a contact's events;
all else looks only at what precedes in the order.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.oracle import desks
from tests.oracle.contacts import CONTACT_TYPES, REDIRECT, Contact, contacts, is_contact_event
from tests.oracle.corrections import effective
from tests.oracle.facts import Fact, Key
from tests.oracle.ids import derive

WEEK = timedelta(days=7)

ISSUE_TYPES = frozenset({"issue.opened", "issue.assigned", "issue.resolved", "issue.reopened", "issue.dropped"})
PROMISE_TYPES = frozenset(
    {
        "promise.made",
        "promise.rescheduled",
        "promise.reassigned",
        "promise.cancelled",
        "promise.attempted",
        "promise.kept",
        "promise.missed",
    }
)
USES_ISSUE_ID = CONTACT_TYPES | {REDIRECT} | ISSUE_TYPES | PROMISE_TYPES
GIVES_TOPIC = frozenset({"contact.started", "issue.opened", "issue.assigned"})


@dataclass
class Issue:
    """An issue as of a place in the order; `touched` is the time of its last touch, `touch_place` the place."""

    id: str
    implicit: bool = False
    is_open: bool = True
    topic: str | None = None
    touched: datetime | None = None
    touch_place: int = -1
    sequences: list[desks.DeskSequence] = field(default_factory=list)

    def lapsed(self, now: datetime) -> bool:
        """An implicit issue with 7 quiet days."""
        return self.implicit and self.touched is not None and now - self.touched >= WEEK

    def takes(self, topic: str | None) -> None:
        """The issue takes the first topic given."""
        self.topic = topic if self.topic is None else self.topic


@dataclass
class Timeline:
    """One customer by all facts: the facts that count in the order, and the issue of each (None: the customer only)."""

    facts: list[Fact]
    contacts: dict[str, Contact]
    issue_of: dict[Key, str | None] = field(default_factory=dict)
    issues: dict[str, Issue] = field(default_factory=dict)
    contact_issue: dict[str, str | None] = field(default_factory=dict)
    by_redirect: set[str] = field(default_factory=set)


def timeline(accepted: Iterable[Fact]) -> Timeline:
    """`accepted`: the facts of one customer, in any order."""
    facts = effective(accepted)
    walk = _Walk(Timeline(facts, contacts(facts)))
    for place, fact in enumerate(facts):
        walk.read(fact, place)
    walk.settle_promises()
    return walk.line


class _Walk:
    def __init__(self, line: Timeline) -> None:
        self.line = line
        self.void = desks.voided_transfers(line.facts)
        self.made: dict[str, Fact] = {}
        for fact in line.facts:
            if fact.type == "promise.made":
                self.made.setdefault(fact.says("promise_id"), fact)

    def read(self, fact: Fact, place: int) -> None:
        if is_contact_event(fact) and fact.says("contact_id") not in self.line.contact_issue:
            self.attribute(self.line.contacts[fact.says("contact_id")], fact)
        issue_id = self.belongs(fact)
        self.line.issue_of[fact.key] = issue_id
        if issue_id is not None:
            self.happens(fact, self.issue(issue_id), place)

    def issue(self, issue_id: str) -> Issue:
        """An issue exists from the first event that belongs to it."""
        return self.line.issues.setdefault(issue_id, Issue(issue_id))

    def attribute(self, contact: Contact, first: Fact) -> None:
        """A contact is attributed as a whole, at its first event in the order; the first rule that fits decides.

        # reading: its issue takes the contact's topic here, by whatever rule (else: where contact.started stands).
        # reading: rule 2 is for contacts of any direction.
        """
        issue_id = contact.given_issue
        if issue_id is None:
            issue_id = self.redirected(contact)
            if issue_id is not None:
                self.line.by_redirect.add(contact.id)
        if issue_id is None and not contact.outbound:
            issue_id = self.recent(first, contact.topic) or self.new(["issue", first.customer, contact.id])
        self.line.contact_issue[contact.id] = issue_id
        if issue_id is not None:
            self.issue(issue_id).takes(contact.topic)

    def redirected(self, contact: Contact) -> str | None:
        """Rule 2: the redirect's issue; of several that fit, the last. A redirect without an issue does not count."""
        redirects = [each for each in self.line.facts if each.type == REDIRECT and contact.follows(each)]
        issues = [self.line.issue_of[each.key] for each in redirects]
        return next((issue_id for issue_id in reversed(issues) if issue_id is not None), None)

    def recent(self, fact: Fact, topic: str | None) -> str | None:
        """Rule 3: last touch less than 7 days old, topic equal, or one of the two has none."""
        return self.last_touched(
            each
            for each in self.line.issues.values()
            if self.is_current(each, fact.time)
            and each.touched is not None
            and fact.time - each.touched < WEEK
            and (each.topic == topic or each.topic is None or topic is None)
        )

    def new(self, parts: list[str]) -> str:
        """Rule 4: a new implicit issue.

        # reading: it is implicit from here on, also when an earlier event has named this very id by itself.
        """
        issue = self.issue(derive(parts))
        issue.implicit = True
        return issue.id

    def belongs(self, fact: Fact) -> str | None:
        """An event with issue_id belongs to that issue; all that is not named here belongs to the customer only."""
        if fact.type not in USES_ISSUE_ID:
            return None
        given: str | None = fact.says("issue_id")
        if given is not None:
            return given
        if is_contact_event(fact):
            return self.line.contact_issue[fact.says("contact_id")]
        if fact.type in (REDIRECT, "contact.transferred"):
            return self.recent(fact, None) or self.new(["issue", fact.customer, fact.source, fact.id])
        if fact.type == "issue.resolved":
            return self.begun(fact) or self.last_touched(each for each in self.line.issues.values() if each.is_open)
        if fact.type == "promise.made" and self.made[fact.says("promise_id")] is fact:
            return self.begun(fact) or self.last_touched(
                each for each in self.line.issues.values() if self.is_current(each, fact.time)
            )
        return None

    def begun(self, fact: Fact) -> str | None:
        """The issue of the contact that a fact names, if the contact's first event precedes the fact in the order."""
        return self.line.contact_issue.get(fact.says("contact_id"))

    def is_current(self, issue: Issue, now: datetime) -> bool:
        """Open, not lapsed."""
        return issue.is_open and not issue.lapsed(now)

    def last_touched(self, issues: Iterable[Issue]) -> str | None:
        """# reading: an issue that nothing has touched yet cannot be the one touched last."""
        touched = [each for each in issues if each.touched is not None]
        return max(touched, key=lambda each: each.touch_place).id if touched else None

    def happens(self, fact: Fact, issue: Issue, place: int) -> None:
        """What a fact does to its issue: topic, touch, open or resolved, desks.

        # reading: contact.started gives its topic also to an issue that it names beside its contact's issue.
        """
        if fact.type in GIVES_TOPIC:
            issue.takes(fact.says("topic"))
        if self.touches(fact, issue):
            issue.touched, issue.touch_place = fact.time, place
        if fact.type in ("issue.opened", "issue.reopened"):
            issue.is_open = True
        if fact.type == "issue.resolved":
            issue.is_open = False
            desks.close(issue.sequences)
        for desk in self.asserted(fact, issue):
            issue.is_open = True
            desks.add(issue.sequences, desk, fact)

    def touches(self, fact: Fact, issue: Issue) -> bool:
        """# reading: a transfer voided by transfer_failed still touches: the customer was there.

        # reading: contact.transfer_failed that names an issue and no contact is not known to be outbound: it touches.
        """
        if fact.type in ("contact.transferred", REDIRECT):
            return True
        if fact.type in CONTACT_TYPES:
            return not self.outbound(fact)
        return fact.type in ("issue.opened", "issue.assigned", "issue.reopened") and not issue.implicit

    def asserted(self, fact: Fact, issue: Issue) -> list[str]:
        return desks.asserted(
            fact,
            outbound=self.outbound(fact),
            by_redirect=fact.says("contact_id") in self.line.by_redirect,
            void=self.void,
            last=desks.last_desk(issue.sequences),
        )

    def outbound(self, fact: Fact) -> bool:
        contact = self.line.contacts.get(fact.says("contact_id"))
        return contact is not None and contact.outbound

    def settle_promises(self) -> None:
        """A promise.* without issue_id belongs to its promise's issue, also where it precedes the promise.made."""
        for fact in self.line.facts:
            made = self.made.get(fact.says("promise_id")) if fact.type in PROMISE_TYPES else None
            if made is not None and fact.says("issue_id") is None:
                self.line.issue_of[fact.key] = self.line.issue_of[made.key]
