"""The life of a promise (definitions.md, "Promises"): told once from its facts, up to a moment or to the end."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.oracle.facts import Fact, parse_time
from tests.oracle.timeline import PROMISE_TYPES, Timeline

DAY = timedelta(hours=24)
BY_ALL_FACTS = datetime.max.replace(tzinfo=UTC)

_KEEPS = ("reached", "refused")
_ATTEMPTS = ("no_answer", "busy", "machine")
_ENDED_BY_CONTACT = ("callback", "reply")
_ENDED_ONLY_IF_CUSTOMER_CONFIRMS = ("callback", "reply", "visit")


@dataclass(frozen=True)
class Window:
    """[start, due_by], with the grace that follows; `due_from` is None where it was not given."""

    start: datetime
    due_from: datetime | None
    due_by: datetime
    grace_s: float

    @property
    def deadline(self) -> datetime:
        """due_by + grace: at or before it is in time, everywhere."""
        return self.due_by + timedelta(seconds=self.grace_s)

    @property
    def due(self) -> datetime:
        """min(due_from, due_by - 24 h)."""
        return min(self.due_from or self.due_by, self.due_by - DAY)


@dataclass(frozen=True)
class Promise:
    """`facts`: all that can move it after it was made, in the order of its life. `issue_id`: the promise's issue."""

    id: str
    made: Fact
    issue_id: str | None
    facts: tuple[Fact, ...]

    @property
    def historic(self) -> bool:
        return bool(self.made.says("historic"))


@dataclass
class Life:
    """A promise as of `until`.

    `first` is the window that passed first, None while none has. `ended` is why it is closed: kept, cancelled,
    superseded, late, late_by_customer or issue_resolved. `moves`: by whom, for each move in time.
    """

    promise: Promise
    until: datetime
    window: Window
    owner: Any
    first: Window | None = None
    passed_as: str | None = None
    ended: str | None = None
    moves: list[str] = field(default_factory=list)
    attempts: list[datetime] = field(default_factory=list)

    @property
    def outcome(self) -> str | None:
        """At due_by + grace: kept, attempted_in_time, missed; or before it: cancelled, superseded.

        # reading: kept, too, is an outcome only once due_by + grace has passed; a promise kept early is closed with no
        # outcome until then (else: kept as soon as it is kept).
        """
        if self.passed_as is not None:
            return self.passed_as
        if self.ended == "kept" and not self.until > self.window.deadline:
            return None
        return self.ended

    @property
    def made_good(self) -> str | None:
        return self.ended if self.ended in ("late", "late_by_customer") else None

    @property
    def state(self) -> str:
        """Of the current window."""
        if self.ended is not None:
            return "closed"
        if self.until > self.window.deadline:
            return "overdue"
        return "due" if self.until >= self.window.due else "open"


def promises(line: Timeline) -> dict[str, Promise]:
    """A promise is made by the first promise.made in the order; without one there is no promise."""
    found: dict[str, Fact] = {}
    for each in line.facts:
        if each.type == "promise.made":
            found.setdefault(each.says("promise_id"), each)
    return {promise_id: _promise(promise_id, made, line) for promise_id, made in found.items()}


def _promise(promise_id: str, made: Fact, line: Timeline) -> Promise:
    """# reading: what is said of the promise itself counts also where it precedes promise.made in the order; what
    happens to its issue (a contact, a resolution) counts only if it follows.
    """
    issue_id = line.issue_of[made.key]
    facts = [
        each
        for each in line.facts
        if (each.type in PROMISE_TYPES and each.type != "promise.made" and each.says("promise_id") == promise_id)
        or (
            each.type in ("contact.connected", "issue.resolved")
            and each.place > made.place
            and issue_id is not None
            and line.issue_of[each.key] == issue_id
            and _ends(each, made, line)
        )
    ]
    return Promise(promise_id, made, issue_id, tuple(sorted(facts, key=lambda each: (moment(each), each.place))))


def _ends(fact: Fact, made: Fact, line: Timeline) -> bool:
    """Whether a contact or a resolution on the promise's issue ends a promise of this kind.

    # reading: a promise made in no named contact is superseded by any contact.
    """
    kind = made.says("kind")
    if fact.type == "contact.connected":
        contact = line.contacts[fact.says("contact_id")]
        return kind in _ENDED_BY_CONTACT and not contact.outbound and contact.id != made.says("contact_id")
    return kind not in _ENDED_ONLY_IF_CUSTOMER_CONFIRMS or fact.says("confirmed_by") == "customer"


def moment(fact: Fact) -> datetime:
    """`at` replaces `time` in every rule."""
    at = fact.says("at") if fact.type == "promise.kept" else None
    return fact.time if at is None else parse_time(at)


def life(promise: Promise, until: datetime = BY_ALL_FACTS) -> Life:
    """By what had occurred until then (inclusive): made first, then the other facts by their moment, then the order.

    # reading: attribution, corrections and retractions are by all facts, whatever `until`.
    # reading: what comes after the end of a promise changes nothing about it, its owner neither.
    """
    told = Life(promise, until, _made_window(promise.made), promise.made.says("owner"))
    for fact in promise.facts:
        if moment(fact) <= until and told.ended is None:
            _pass(told, moment(fact))
            _happens(told, fact)
    _pass(told, until)
    return told


def _made_window(made: Fact) -> Window:
    """Without due_by: made + 24 h (and explicit: false)."""
    if made.says("due_by") is None:
        return _window(made, made.time + DAY)
    return _window(made, parse_time(made.says("due_by")))


def _window(fact: Fact, due_by: datetime) -> Window:
    """Grace default 0; without due_from the window starts when it was promised or moved."""
    due_from = None if fact.says("due_from") is None else parse_time(fact.says("due_from"))
    return Window(due_from or fact.time, due_from, due_by, fact.says("grace_s") or 0)


def _pass(told: Life, now: datetime) -> None:
    """The outcome belongs to the first window that passed, and stays.

    # reading: every attempt counts whose time lies in that window, also one that preceded the move into it.
    """
    if told.ended is None and told.first is None and now > told.window.deadline:
        told.first = told.window
        tried = any(told.first.start <= attempt <= told.first.deadline for attempt in told.attempts)
        told.passed_as = "attempted_in_time" if tried else "missed"


def _happens(told: Life, fact: Fact) -> None:
    in_time = told.first is None
    match fact.type:
        case "promise.kept":
            told.ended = "kept" if in_time else "late"
        case "promise.attempted" if fact.says("result") in _KEEPS:
            told.ended = "kept" if in_time else "late"
        case "promise.attempted" if fact.says("result") in _ATTEMPTS:
            told.attempts.append(fact.time)
        case "promise.cancelled":
            told.ended = "cancelled"
        case "promise.rescheduled":
            told.window = _window(fact, parse_time(fact.says("due_by")))
            told.moves += [fact.says("by")] if in_time else []
        case "promise.reassigned":
            told.owner = fact.says("owner")
        case "contact.connected":
            told.ended = "superseded" if in_time else "late_by_customer"
        case "issue.resolved":
            told.ended = "superseded" if in_time else "issue_resolved"


def standing(told: Life) -> tuple[str, str | None]:
    """[state, outcome or null], as the digest has it."""
    return (told.state, told.outcome)


def made_by(all_promises: Iterable[Promise], until: datetime) -> list[Promise]:
    return [each for each in all_promises if each.made.time <= until]
