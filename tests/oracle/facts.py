"""What a log says, as facts: identity, order and the copies set aside (definitions.md, "Envelope")."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

Event = Mapping[str, Any]
Key = tuple[str, str]
Place = tuple[datetime, int, str, str]

DERIVED_SOURCES = ("urn:ashiato:routing", "urn:ashiato:journey", "urn:ashiato:followup")

_RANKS = {
    "contact.started": 0,
    "issue.opened": 1,
    "contact.queued": 2,
    "contact.wait_choice": 3,
    "contact.connected": 4,
    "issue.assigned": 5,
    "contact.transferred": 6,
    "contact.transfer_failed": 7,
    "contact.ended": 9,
    "issue.resolved": 10,
}
_OTHER_RANK = 8


@dataclass(frozen=True)
class Fact:
    """One accepted event of one customer; `time` is occurred_at, UTC."""

    customer: str
    source: str
    id: str
    type: str
    time: datetime
    data: Mapping[str, Any]
    corrects: str | None = None

    @property
    def key(self) -> Key:
        """Names the fact among those of its customer."""
        return (self.source, self.id)

    @property
    def place(self) -> Place:
        """Order: (occurred_at, rank, source, id), texts by code point."""
        return (self.time, _RANKS.get(self.type, _OTHER_RANK), self.source, self.id)

    def says(self, field: str) -> Any:
        """A data field; absent and null are both None."""
        return self.data.get(field)


@dataclass(frozen=True)
class Accepted:
    """`facts` in log order; the others are positions in the log."""

    facts: tuple[Fact, ...]
    duplicates: tuple[int, ...]
    conflicts: tuple[int, ...]


def parse_time(text: str) -> datetime:
    """RFC 3339 to UTC, to the microsecond."""
    return datetime.fromisoformat(text.upper()).astimezone(UTC)


def fact(event: Event) -> Fact:
    return Fact(
        customer=event["subject"],
        source=event["source"],
        id=event["id"],
        type=event["type"],
        time=parse_time(event["time"]),
        data=event.get("data") or {},
        corrects=event.get("corrects"),
    )


def accept(log: Sequence[Event]) -> Accepted:
    """The first copy of an identity is the fact; a later one is a duplicate, or a conflict if its content differs."""
    first: dict[tuple[str, str, str], Fact] = {}
    duplicates, conflicts = [], []
    for position, event in enumerate(log):
        new = fact(event)
        identity = (new.customer, new.source, new.id)
        if identity not in first:
            first[identity] = new
        elif new.source in DERIVED_SOURCES or same_content(first[identity], new):
            duplicates.append(position)
        else:
            conflicts.append(position)
    return Accepted(tuple(first.values()), tuple(duplicates), tuple(conflicts))


def same_content(one: Fact, other: Fact) -> bool:
    """Content: (type, corrects, data); the time is not part of it."""
    return one.type == other.type and one.corrects == other.corrects and same_value(one.data, other.data)


def same_value(one: Any, other: Any) -> bool:
    """Equal as JSON values: 1 is 1.0, true is not 1.

    # reading: a field that is null differs from a field that is absent, in unknown fields too.
    # reading: numbers are compared exactly, not as doubles (only unknown fields can be large enough to tell).
    """
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same_value(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same_value, one, other))
    if isinstance(one, int | float) and isinstance(other, int | float):
        return one == other
    return type(one) is type(other) and bool(one == other)


def by_customer(facts: Iterable[Fact]) -> dict[str, list[Fact]]:
    """Everything is one customer's; in the order given."""
    found: dict[str, list[Fact]] = {}
    for each in facts:
        found.setdefault(each.customer, []).append(each)
    return found
