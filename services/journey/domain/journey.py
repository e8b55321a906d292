"""The state of one customer's journey: `evolve` by one event, `fold` from all of them; both give the same."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

import msgspec

from services.journey.domain import desks, flags, missed_promise, person
from services.journey.domain.desks import Sequences
from services.journey.domain.person import Person
from services.journey.domain.standing import Standing
from shared.events import Event
from shared.promises import ledger
from shared.promises.promise import Promise
from shared.timeline.order import Identity
from shared.timeline.timeline import NeedsPast, Placed, Timeline, lay, place


class Away(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What a journey still knows of its past, which lies elsewhere (past.py).

    parts: in how many parts it was put away; 0: all is here. missed: the deadlines of missed promises among it.
    look_again: how many things there may be before more are put away. last_flag: when the last of its flags was
    complete; None: not known, as in states from before this was kept.
    """

    parts: int = 0
    missed: tuple[datetime, ...] = ()
    look_again: int = 0
    last_flag: datetime | None = None


class Journey(msgspec.Struct, frozen=True, array_like=True, gc=False):
    flags: dict[tuple[str, str], Standing]  # by kind and subject; first, so that every version can read them
    timeline: Timeline
    sequences: dict[str, Sequences] = {}  # by issue
    promises: dict[str, Promise] = {}
    person: Person = Person()
    replaced: dict[Identity, str] = {}  # an original -> the correction whose data it carries
    voided: frozenset[Identity] = frozenset()
    away: Away = Away()

    @property
    def customer_id(self) -> str:
        return self.timeline.customer_id

    @property
    def missed(self) -> list[datetime]:
        """The deadlines of all promises that a flag says were missed."""
        return [*self.away.missed, *(flag.complete for flag in self.flags.values() if flag.kind == "missed_promise")]


def begin(customer_id: str) -> Journey:
    return Journey({}, Timeline(customer_id))


def evolve(journey: Journey, event: Event) -> Journey:
    """The fast path: one event after all others. Raises NeedsRefold where only `fold` can tell, NeedsPast where it
    takes what was put away."""
    timeline, placed = place(journey.timeline, event)
    effect, standing = _effect(journey, placed), journey.flags
    if effect.flags:
        standing = {key: flag for key, flag in {**standing, **effect.flags}.items() if flag is not None}
    return Journey(
        standing,
        timeline,
        {**journey.sequences, **effect.sequences} if effect.sequences else journey.sequences,
        {**journey.promises, **effect.promises} if effect.promises else journey.promises,
        person.evolve(journey.person, placed),
        journey.replaced,
        journey.voided,
        journey.away,
    )


def fold(customer_id: str, events: Iterable[Event]) -> Journey:
    """From scratch, whatever the order in which the events are given."""
    timeline, placed, amended = lay(customer_id, events)
    # Nobody else holds these yet: to copy them for each event, as `evolve` does, would take quadratic time.
    standing: dict[tuple[str, str], Standing] = {}
    sequences: dict[str, Sequences] = {}
    promises: dict[str, Promise] = {}
    whoever = Person()
    journey = Journey(standing, timeline, sequences, promises, whoever, amended.replaced, amended.voided)
    for one in placed:
        effect = _effect(journey, one)
        sequences |= effect.sequences
        promises |= effect.promises
        for key, flag in effect.flags.items():
            if flag is None:
                del standing[key]
            else:
                standing[key] = flag
        whoever = person.evolve(whoever, one)
    return msgspec.structs.replace(journey, person=whoever)


class _Effect(msgspec.Struct, frozen=True, gc=False):
    """What an event changes, as it is after it: desks of its issue, promises, flags (None: not true any more)."""

    sequences: Mapping[str, Sequences]
    promises: Mapping[str, Promise]
    flags: Mapping[tuple[str, str], Standing | None]


def _effect(journey: Journey, placed: Placed) -> _Effect:
    sequences = _sequences(journey, placed)
    promises = ledger.changed(journey.promises, placed)
    if not sequences and not promises:
        return _NOTHING
    return _Effect(sequences, promises, _flags(journey, sequences, promises))


_NOTHING: Final = _Effect({}, {}, {})


def _sequences(journey: Journey, placed: Placed) -> Mapping[str, Sequences]:
    if placed.issue_id is None:
        return {}
    before = journey.sequences.get(placed.issue_id, ())
    after = desks.evolve(before, placed)
    return {} if after is before else {placed.issue_id: after}


def _flags(
    before: Journey, sequences: Mapping[str, Sequences], promises: Mapping[str, Promise]
) -> Mapping[tuple[str, str], Standing | None]:
    """Look again only at the issue and the promises that the event changed.

    Sequences only grow here, so a pattern that once showed in an issue shows for good; a missed promise may be mended.
    """
    looked_at: dict[tuple[str, str], Standing | None] = {}
    for issue_id, one in sequences.items():
        for flag in flags.of_issue(issue_id, one):
            looked_at[flag.kind, issue_id] = flag
    for promise_id, promise in promises.items():
        looked_at["missed_promise", promise_id] = missed_promise.standing(promise)
    changed = {key: flag for key, flag in looked_at.items() if before.flags.get(key) != flag}
    if changed and before.away.parts and _reaches_the_past(before, changed):
        raise NeedsPast
    return changed


def _reaches_the_past(before: Journey, changed: Mapping[tuple[str, str], Standing | None]) -> bool:
    """A deadline that comes or goes changes the severity of flags that were complete after it."""
    last = before.away.last_flag
    for key, flag in changed.items():
        if key[0] == "missed_promise":
            deadlines = {one.complete if one else None for one in (before.flags.get(key), flag)}
            if len(deadlines) > 1 and any(one and (last is None or one < last) for one in deadlines):
                return True
    return False
