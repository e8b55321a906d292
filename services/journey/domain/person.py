"""The person before the problem: situation, preferences, thanks, and who spoke with them last.

Source: stories.md S4, S5.
"""

from datetime import datetime

import msgspec

from shared.events import (
    ContactConnected,
    FeedbackGiven,
    NoticeDelivered,
    NoticeRaised,
    PreferenceSet,
    SituationExpired,
    SituationNoted,
)
from shared.timeline.timeline import Placed

NOTICES_SHOWN = 5

_TELLING = frozenset(
    {
        ContactConnected,
        FeedbackGiven,
        NoticeDelivered,
        NoticeRaised,
        PreferenceSet,
        SituationExpired,
        SituationNoted,
    }
)


class Note(msgspec.Struct, frozen=True, array_like=True, gc=False):
    kind: str
    text: str
    noted_at: datetime
    valid_until: datetime | None


class LastOwner(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Who spoke with the customer last: the person to ask, and often the person to ring back."""

    desk: str
    agent: str | None
    at: datetime


class Notice(msgspec.Struct, frozen=True, array_like=True, gc=False):
    cause: str
    explanation: str | None
    product: str | None
    at: datetime
    delivered: bool


class Preference(msgspec.Struct, frozen=True, array_like=True, gc=False):
    preferred_channels: tuple[str, ...]
    never_channels: tuple[str, ...]
    ask_first: bool | None
    set_at: datetime


class Person(msgspec.Struct, frozen=True, array_like=True, gc=False):
    notes: tuple[Note, ...] = ()
    last_owner: LastOwner | None = None
    preference: Preference | None = None
    notices: tuple[Notice, ...] = ()
    thanks: int = 0
    complaints: int = 0


def evolve(person: Person, placed: Placed) -> Person:
    if type(placed.event) not in _TELLING:
        return person
    replace = msgspec.structs.replace
    match placed.event:
        case SituationNoted(data=data, time=time):
            kept = tuple(note for note in person.notes if (note.kind, note.text) != (data.kind, data.text))
            return replace(person, notes=(*kept, Note(data.kind, data.text, time, data.valid_until)))
        case SituationExpired(data=data):
            return replace(person, notes=tuple(n for n in person.notes if (n.kind, n.text) != (data.kind, data.text)))
        case ContactConnected(data=data, time=time):
            return replace(person, last_owner=LastOwner(data.desk, data.agent, time))
        case (NoticeRaised(data=data, time=time) | NoticeDelivered(data=data, time=time)) as event:
            notice = Notice(data.cause, data.explanation, data.product, time, isinstance(event, NoticeDelivered))
            return replace(person, notices=(*person.notices, notice)[-NOTICES_SHOWN:])
        case FeedbackGiven(data=data):
            thanks, complaints = data.kind == "thanks", data.kind == "complaint"
            return replace(person, thanks=person.thanks + thanks, complaints=person.complaints + complaints)
        case PreferenceSet(data=data, time=time):
            return replace(person, preference=_preference(placed.event, time))
        case _:
            return person


def current_notes(person: Person, now: datetime) -> list[Note]:
    return [note for note in person.notes if note.valid_until is None or note.valid_until > now]


def _preference(event: PreferenceSet, at: datetime) -> Preference:
    data = event.data
    return Preference(tuple(data.preferred_channels), tuple(data.never_channels), data.ask_first, at)
