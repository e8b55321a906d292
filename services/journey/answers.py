"""Answers about one customer: what is stored, as it was received, around it what follows from it."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec

from services.journey.domain.glance import surely_theirs
from services.journey.domain.picture import picture
from services.journey.domain.sight import is_theirs
from services.journey.looking import Seen
from services.journey.queries import Queries
from shared.customers.entry import Entry
from shared.customers.reading import Place, as_moment
from shared.event_log.wire import decode
from shared.events.free_text import Withheld, has_only_short_words, without_free_text
from shared.timeline.order import Identity
from shared.web import write_cursor

Json = dict[str, Any]


class _Names(msgspec.Struct):
    source: str
    id: str


class Described(msgspec.Struct, gc=False):
    """An entry as it is answered. voided: retracted. replaced_by: the id of the correction whose data counts. withheld,
    where there is any: fields of the data that are another desk's words; what is left is not as it was received."""

    event: msgspec.Raw
    offset: int
    recorded_at: datetime
    voided: bool
    replaced_by: str | None
    withheld: list[str] | msgspec.UnsetType = msgspec.UNSET


_names = msgspec.json.Decoder(_Names).decode
_told = msgspec.json.Decoder(dict[str, Any]).decode
_written = msgspec.json.Encoder().encode


def look_up_answer(seen: Seen, now: datetime) -> tuple[Json, Json]:
    """What changes only when something happened (for the ETag), and what is told beside it."""
    found = seen.found
    answer = picture(found.journey, now, seen.desks)
    answer["entries"] = [described(seen, entry) for entry in reversed(found.newest)]
    return answer, {"as_of": as_moment(found.beat.as_of), "behind": found.beat.behind}


class Before(NamedTuple):
    """The index of the oldest entry of the page before; a late event may shift what follows."""

    place: Place


async def page_of_entries(queries: Queries, seen: Seen, before: Before | None, limit: int) -> Json:
    """Newest first."""
    customer_id = seen.found.journey.customer_id
    count = await queries.entry_count(customer_id) if before is None else before.place
    start = max(0, count - limit)
    entries = await queries.entries(customer_id, start, count - start)
    return {
        "items": [described(seen, entry) for entry in reversed(entries)],
        "next": write_cursor("events", Before(start)) if start else None,
    }


def described(seen: Seen, entry: Entry) -> Described:
    journey = seen.found.journey
    voided, replaced_by = False, None
    if journey.voided or journey.replaced:
        names = _names(entry.raw)
        identity = Identity(names.source, names.id)
        voided, replaced_by = identity in journey.voided, journey.replaced.get(identity)
    recorded_at = datetime.fromtimestamp(entry.recorded_ms / 1000, UTC)
    if seen.desks is None or surely_theirs(journey, entry.raw, seen.desks):
        return Described(msgspec.Raw(entry.raw), entry.offset, recorded_at, voided, replaced_by)
    shown = _shown(seen, entry.raw, seen.desks)
    withheld = shown.fields or msgspec.UNSET
    return Described(msgspec.Raw(shown.text), entry.offset, recorded_at, voided, replaced_by, withheld)


def _shown(seen: Seen, raw: bytes, desks: frozenset[str]) -> Withheld:
    """The bytes received, where nothing is another desk's, of an event that does not say so at a glance.

    Most of the rest hold nothing that could be withheld: to see that takes 6 µs, where a whole event takes 25. Written
    anew these must be the same bytes, so that nothing hides in a member named twice.
    """
    with suppress(msgspec.DecodeError):  # 1e999 is JSON; the whole event is read by another library, which takes it
        told = _told(raw)
        if has_only_short_words(told) and _written(told) == raw:
            return Withheld(raw, [])
    event = decode(raw)
    return Withheld(raw, []) if is_theirs(seen.found.journey, event, desks) else without_free_text(event)
