"""What is known of a contact when all of its events are looked at (definitions.md, rules 1 and 2 of "Which issue")."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta

from tests.oracle.addresses import same_address
from tests.oracle.facts import Fact

CONTACT_TYPES = frozenset(
    {
        "contact.started",
        "contact.queued",
        "contact.wait_choice",
        "contact.connected",
        "contact.ended",
        "contact.re_explained",
        "contact.transferred",
        "contact.transfer_failed",
        "contact.consulted",
    }
)
REDIRECT = "redirect.advised"
REDIRECT_HOLDS = timedelta(hours=24)


@dataclass
class Contact:
    """A contact's own events, and the promises and resolutions that name it, each in the order."""

    id: str
    events: list[Fact] = field(default_factory=list)
    naming: list[Fact] = field(default_factory=list)

    @property
    def outbound(self) -> bool:
        """Known to be outbound: contact.started says so, wherever it stands; the first in the order counts."""
        starts = [each for each in self.events if each.type == "contact.started"]
        return bool(starts) and starts[0].says("direction") == "outbound"

    @property
    def topic(self) -> str | None:
        """# reading: of several contact.started the first that gives a topic (else: the first, topic or not)."""
        given = [each.says("topic") for each in self.events if each.type == "contact.started"]
        return next((topic for topic in given if topic is not None), None)

    @property
    def given_issue(self) -> str | None:
        """Rule 1: the first of its events, or of a promise.made or issue.resolved naming it, that has an issue_id.

        # reading: any promise.made, also one that repeats a promise made before.
        """
        telling = sorted(self.events + self.naming, key=lambda each: each.place)
        return next((each.says("issue_id") for each in telling if each.says("issue_id") is not None), None)

    def follows(self, redirect: Fact) -> bool:
        """Rule 2: an event within 24 h (inclusive) after a redirect that precedes the first event fits it."""
        return redirect.place < self.events[0].place and any(
            each.time - redirect.time <= REDIRECT_HOLDS and _fits(each, redirect) for each in self.events
        )


def is_contact_event(fact: Fact) -> bool:
    """# reading: a redirect.advised naming a contact is an event of the contact, unknown contact.* types are not."""
    return fact.type in (*CONTACT_TYPES, REDIRECT) and fact.says("contact_id") is not None


def contacts(facts: Iterable[Fact]) -> dict[str, Contact]:
    """The contacts that have an event of their own; `facts` in the order."""
    found: dict[str, Contact] = {}
    naming: list[Fact] = []
    for each in facts:
        if is_contact_event(each):
            found.setdefault(each.says("contact_id"), Contact(each.says("contact_id"))).events.append(each)
        elif each.type in ("promise.made", "issue.resolved"):
            naming.append(each)
    for each in naming:
        if each.says("contact_id") in found:
            found[each.says("contact_id")].naming.append(each)
    return found


def _fits(fact: Fact, redirect: Fact) -> bool:
    """entry_point equals `told`; or queued or connected at `to_desk`, or at `told` if that names a desk.

    # reading: `told` names a desk when it is written exactly like the desk.
    """
    if fact.type == "contact.started":
        return same_address(fact.says("entry_point"), redirect.says("told"))
    if fact.type in ("contact.queued", "contact.connected"):
        return fact.says("desk") in (redirect.says("to_desk"), redirect.says("told"))
    return False
