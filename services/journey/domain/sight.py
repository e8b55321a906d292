"""What an agent sees of a customer: the journeys that their desks have or lately had, and the words spoken there.

A desk has a matter while an issue is with it or a promise is its own, and had one for some time after that.
"""

from collections.abc import Iterator, Mapping, Set
from datetime import datetime, timedelta
from typing import Any, Final

from services.journey.domain.desks import Sequences
from services.journey.domain.journey import Journey
from shared.events import Event, UnknownEvent
from shared.promises.life import life
from shared.promises.promise import Promise, Reassigned
from shared.timeline.mentions import Mention, mention_of

LATELY: Final = timedelta(days=90)

# What is said about the customer as a whole is for every desk that may see them: it is noted to be passed on.
OF_THE_CUSTOMER: Final = ("situation.", "notice.", "preference.", "feedback.", "outreach.", "identifier.", "customer.")
_DESK_FIELDS: Final = ("desk", "from_desk", "to_desk", "with_desk")
_WHO_FIELDS: Final = ("owner", "about")
_NOTHING: Final[Mapping[str, Any]] = {}


def may_see(journey: Journey, desks: Set[str], now: datetime, lately: timedelta = LATELY) -> bool:
    """Whether one of these desks has a matter of this customer, or had one since `now - lately`."""
    since = now - lately
    return any(desk in desks and until >= since for desk, until in _tenures(journey, now))


def _tenures(journey: Journey, now: datetime) -> Iterator[tuple[str, datetime]]:
    """Desks, and until when each had something: `now` while it has."""
    for issue_id, sequences in journey.sequences.items():
        issue = journey.timeline.issues.get(issue_id)
        touched = issue.touched if issue is not None else None
        yield from _of_issue(sequences, now, touched)
    for promise in journey.promises.values():
        yield from _of_promise(promise, now)
    last = journey.person.last_owner
    if last is not None:
        yield last.desk, last.at


def _of_issue(sequences: Sequences, now: datetime, touched: datetime | None) -> Iterator[tuple[str, datetime]]:
    """Nothing is kept of when a sequence was closed; the issue's last touch is not after it."""
    for sequence in sequences:
        *earlier, last = sequence.steps
        for step, following in zip(earlier, sequence.steps[1:], strict=True):
            yield step.desk, following.time
        yield last.desk, now if not sequence.closed else max(last.time, touched or last.time)


def _of_promise(promise: Promise, now: datetime) -> Iterator[tuple[str, datetime]]:
    lived = life(promise, now)
    if lived is None or promise.made is None:
        return
    yield lived.owner.desk, lived.closed_at or now
    yield promise.made.owner.desk, promise.made.time


def is_theirs(journey: Journey, event: Event, desks: Set[str]) -> bool:
    """Whether the words of an event are for these desks. Whose they are and nobody knows, are for none."""
    named = desks_named(event.data)
    if named:
        return not named.isdisjoint(desks)
    if isinstance(event, UnknownEvent):
        return False
    if event.type.startswith(OF_THE_CUSTOMER):
        return True
    return not desks.isdisjoint(desks_behind(journey, _members(event.data).get("promise_id"), mention_of(event)))


def desks_named(data: Any) -> set[str]:
    """By an event's data: a known event's model, or JSON as read."""
    told = _members(data)
    named = [told[field] for field in _DESK_FIELDS if field in told]
    named += [_members(told[field]).get("desk") for field in _WHO_FIELDS if field in told]
    return {desk for desk in named if isinstance(desk, str)}


def desks_behind(journey: Journey, promise_id: str | None, mention: Mention) -> Iterator[str]:
    """Of the promise and of the issue that an event is about."""
    promise = journey.promises.get(promise_id or "")
    if promise is not None and promise.made is not None:
        yield promise.made.owner.desk
        yield from (moment.owner.desk for moment in promise.moments if isinstance(moment, Reassigned))
    contact = journey.timeline.contacts.get(mention.contact_id or "")
    issue_id = mention.issue_id or (contact.issue if contact is not None else None)
    for sequence in journey.sequences.get(issue_id or "", ()):
        yield from sequence.desks


def _members(data: Any) -> Mapping[str, Any]:
    """By name; of a model those it was read with: to ask it for one that it has not takes a microsecond."""
    return data if isinstance(data, dict) else getattr(data, "__dict__", _NOTHING)
