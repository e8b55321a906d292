"""Answers about one customer: what is stored, as it was received, around it what follows from it."""

from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from services.journey.domain.journey import Journey
from services.journey.domain.picture import picture
from services.journey.queries import Found, Queries
from shared.customers.entry import Entry
from shared.customers.reading import Place, as_moment
from shared.timeline.order import Identity
from shared.web import write_cursor

Json = dict[str, Any]


class _Names(msgspec.Struct):
    source: str
    id: str


_names = msgspec.json.Decoder(_Names).decode


def look_up_answer(found: Found, now: datetime) -> tuple[Json, Json]:
    """The answer, and the part of it that changes only when something happened (for the ETag)."""
    covers = picture(found.journey, now)
    covers["entries"] = [described(found.journey, entry) for entry in reversed(found.newest)]
    return {**covers, "as_of": as_moment(found.beat.as_of), "behind": found.beat.behind}, covers


class Before(NamedTuple):
    """The index of the oldest entry of the page before; a late event may shift what follows."""

    place: Place


async def page_of_entries(queries: Queries, journey: Journey, before: Before | None, limit: int) -> Json:
    """Newest first."""
    count = await queries.entry_count(journey.customer_id) if before is None else before.place
    start = max(0, count - limit)
    entries = await queries.entries(journey.customer_id, start, count - start)
    return {
        "items": [described(journey, entry) for entry in reversed(entries)],
        "next": write_cursor("events", Before(start)) if start else None,
    }


def described(journey: Journey, entry: Entry) -> Json:
    """`voided`: retracted. `replaced_by`: the id of the correction whose data counts."""
    names = _names(entry.raw)
    identity = Identity(names.source, names.id)
    return {
        "event": msgspec.Raw(entry.raw),
        "offset": entry.offset,
        "recorded_at": as_moment(entry.recorded_ms / 1000),
        "voided": identity in journey.voided,
        "replaced_by": journey.replaced.get(identity),
    }
