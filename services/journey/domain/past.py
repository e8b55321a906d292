"""What is over is put away, so that what every event touches stays small however long a customer's story gets.

A matter is an issue with its contacts, sequences, promises and flags; these go together. It is over when the issue is
closed, or quiet for so long that no contact continues it, and nothing that may still go on leads to it. An event that
names something of it, or for which it may count (NeedsPast), brings all that is away back. `whole` is the journey as it
would be if nothing was ever put away: what is away changes no answer.

Source: architecture.md, "State stays small".
"""

from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence, Set
from datetime import UTC, datetime
from itertools import islice
from typing import Final, NamedTuple, TypeVar

import msgspec

from services.journey.domain.journey import Away, Journey
from services.journey.domain.standing import Standing
from shared.events import Event
from shared.events.promise import PromiseWords
from shared.promises.life import life
from shared.promises.promise import Promise
from shared.timeline.issues import Issue, recently_touched
from shared.timeline.mentions import mention_of
from shared.timeline.timeline import Timeline

K = TypeVar("K")
V = TypeVar("V")

_NEVER: Final = datetime.min.replace(tzinfo=UTC)


class Limits(NamedTuple):
    """newest: so many contacts, issues and promises each stay, because what follows soon is mostly about them; with
    each promise stay its issue and all contacts of it, so that twice as many make states half as large again.
    enough: fewer of all three together are not worth a second place."""

    newest: int = 4
    enough: int = 48


class Names(NamedTuple):
    contacts: Set[str]
    issues: Set[str]
    promises: Set[str]


def put_away(journey: Journey, limits: Limits = Limits()) -> tuple[Journey, Journey | None]:  # noqa: B008  immutable
    """What stays, and what goes now, if anything does."""
    size, away = _size(journey), journey.away
    if size < max(limits.enough, away.look_again) or journey.timeline.last is None:
        return journey, None
    over = _over(journey, journey.timeline.last.time, limits.newest)
    left = size - sum(map(len, over))
    look_again = left + max(left // 2, limits.enough // 2)  # what stays is not searched at every event
    if left == size:
        return msgspec.structs.replace(journey, away=msgspec.structs.replace(away, look_again=look_again)), None
    gone = _only(journey, over)
    away = Away(away.parts + 1, (*away.missed, *gone.missed), look_again, _last_flag(away, gone))
    return msgspec.structs.replace(_without(journey, over), away=away), gone


def whole(journey: Journey, parts: Sequence[Journey]) -> Journey:
    """parts: all that was put away, in that order."""
    if not parts:
        return msgspec.structs.replace(journey, away=Away())
    told, timelines = [*parts, journey], [one.timeline for one in (*parts, journey)]
    return msgspec.structs.replace(
        journey,
        flags=_joined(one.flags for one in told),
        timeline=msgspec.structs.replace(
            journey.timeline,
            issues=_joined(one.issues for one in timelines),
            contacts=_joined(one.contacts for one in timelines),
            away=0,
        ),
        sequences=_joined(one.sequences for one in told),
        promises=_joined(one.promises for one in told),
        replaced=_joined(one.replaced for one in told),
        voided=frozenset().union(*(one.voided for one in told)),
        away=Away(),
    )


def missing(journey: Journey, event: Event) -> Iterator[str]:
    """What an event names and this part of the journey does not have: it is new, or away."""
    mention = mention_of(event)
    promise_id = event.data.promise_id if isinstance(event.data, PromiseWords) else None
    if mention.contact_id is not None and mention.contact_id not in journey.timeline.contacts:
        yield f"contact {mention.contact_id}"
    if mention.issue_id is not None and mention.issue_id not in journey.timeline.issues:
        yield f"issue {mention.issue_id}"
    if promise_id is not None and promise_id not in journey.promises:
        yield f"promise {promise_id}"


def names(gone: Journey) -> Iterator[str]:
    """By which `missing` can tell that something is away."""
    yield from (f"contact {contact_id}" for contact_id in gone.timeline.contacts)
    yield from (f"issue {issue_id}" for issue_id in gone.timeline.issues)
    yield from (f"promise {promise_id}" for promise_id in gone.promises)


def _over(journey: Journey, now: datetime, newest: int) -> Names:
    timeline = journey.timeline
    new_contacts = _newest(newest, timeline.contacts)
    new_promises = _newest(newest, journey.promises)
    going_on = {redirect.issue for redirect in timeline.redirects} | _newest(newest, timeline.issues)
    for contact_id in new_contacts:
        going_on |= {timeline.contacts[contact_id].issue or "", timeline.contacts[contact_id].named or ""}
    for promise_id, promise in journey.promises.items():
        if promise_id in new_promises or not _is_kept_or_lost(promise, now):
            going_on.add(_issue_of(promise))
    issues = {issue_id for issue_id, one in timeline.issues.items() if issue_id not in going_on and _is_quiet(one, now)}
    gone = {*issues, ""}  # "": of no issue
    return Names(
        contacts={
            contact_id
            for contact_id, one in timeline.contacts.items()
            if contact_id not in new_contacts and {one.issue or "", one.named or ""} <= gone
        },
        issues=issues,
        promises={
            promise_id
            for promise_id, one in journey.promises.items()
            if promise_id not in new_promises and _issue_of(one) in gone and _is_kept_or_lost(one, now)
        },
    )


def _is_quiet(issue: Issue, now: datetime) -> bool:
    """No contact continues it."""
    return not issue.open or not recently_touched(issue, now)


def _is_kept_or_lost(promise: Promise, now: datetime) -> bool:
    """Nothing that happens from now on is a moment of it, unless it names it."""
    lived = life(promise)
    return lived is not None and lived.closed_at is not None and lived.closed_at <= now


def _issue_of(promise: Promise) -> str:
    return (promise.made.issue_id if promise.made else None) or ""


def _is_of(flag: Standing, over: Names) -> bool:
    return flag.subject in (over.promises if flag.kind == "missed_promise" else over.issues)


def _only(journey: Journey, over: Names) -> Journey:
    """Of what a journey has as one, not matter by matter, nothing is put away but what amendments did."""
    timeline = journey.timeline
    return Journey(
        {key: flag for key, flag in journey.flags.items() if _is_of(flag, over)},
        Timeline(
            timeline.customer_id,
            issues=_some(timeline.issues, over.issues),
            contacts=_some(timeline.contacts, over.contacts),
        ),
        _some(journey.sequences, over.issues),
        _some(journey.promises, over.promises),
        replaced=journey.replaced,
        voided=journey.voided,
    )


def _without(journey: Journey, over: Names) -> Journey:
    timeline = journey.timeline
    open_ones = (one.touches for issue_id, one in timeline.issues.items() if issue_id in over.issues and one.open)
    return msgspec.structs.replace(
        journey,
        flags={key: flag for key, flag in journey.flags.items() if not _is_of(flag, over)},
        timeline=msgspec.structs.replace(
            timeline,
            issues=_others(timeline.issues, over.issues),
            contacts=_others(timeline.contacts, over.contacts),
            away=max(timeline.away, *open_ones, 0),
        ),
        sequences=_others(journey.sequences, over.issues),
        promises=_others(journey.promises, over.promises),
        replaced={},
        voided=frozenset(),
    )


def _last_flag(away: Away, gone: Journey) -> datetime | None:
    if away.parts and away.last_flag is None:
        return None
    return max((away.last_flag or _NEVER, *(flag.complete for flag in gone.flags.values())))


def _size(journey: Journey) -> int:
    return len(journey.timeline.contacts) + len(journey.timeline.issues) + len(journey.promises)


def _newest(count: int, named: Collection[str]) -> set[str]:
    """They lie in the order in which they first came."""
    return set(islice(reversed(list(named)), count))


def _some(named: Mapping[str, V], these: Container[str]) -> dict[str, V]:
    return {name: one for name, one in named.items() if name in these}


def _others(named: Mapping[str, V], these: Container[str]) -> dict[str, V]:
    return {name: one for name, one in named.items() if name not in these}


def _joined(parts: Iterable[Mapping[K, V]]) -> dict[K, V]:
    found: dict[K, V] = {}
    for part in parts:
        found |= part
    return found
