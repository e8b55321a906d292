"""Journey's projection: how a journey is stored, and its work list."""

from collections.abc import Iterable, Sequence

import msgspec

from services.journey.domain import journey as domain
from services.journey.domain import past
from services.journey.domain.flags import RULE_VERSION
from services.journey.domain.journey import Journey
from services.journey.domain.standing import Standing
from services.journey.domain.work import WorkItem, changed_subjects, work_items
from shared.customers.compact import pack_row, unpack_row
from shared.events import Event
from shared.projection import Write
from shared.work_list.row import Row, differences, member_of

SCHEMA_VERSION = 2
RAISED, SETTLED = "flags.raised", "flags.settled"

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Journey).decode
_fields = msgspec.msgpack.Decoder(list[msgspec.Raw]).decode
_flags = msgspec.msgpack.Decoder(dict[tuple[str, str], Standing]).decode
_row = msgspec.json.Encoder().encode
_item = msgspec.json.Decoder(WorkItem).decode


def listed_item(stored: bytes) -> WorkItem:
    """Of a row of RAISED or SETTLED."""
    return _item(unpack_row(stored))


class JourneyFold:
    """`shared.customers.fold.Fold` for journeys."""

    version = f"{SCHEMA_VERSION}.{RULE_VERSION}"

    def __init__(self, limits: past.Limits = past.Limits()) -> None:  # noqa: B008  immutable
        self._limits = limits

    def begin(self, customer_id: str) -> Journey:
        return domain.begin(customer_id)

    def evolve(self, state: Journey, event: Event) -> Journey:
        return domain.evolve(state, event)

    def fold(self, state: Journey, events: Iterable[Event]) -> Journey:
        return domain.fold(state.customer_id, events)

    def encode(self, state: Journey) -> bytes:
        return _encode(state)

    def decode(self, stored: bytes) -> Journey:
        return _decode(stored)

    def carried(self, state: Journey, earlier: Journey) -> Journey:  # noqa: ARG002  all of it follows from the events
        return earlier

    def claims(self, customer_id: str, stored: Sequence[bytes]) -> Journey:
        """The flags are the first field in every version, so that each can read what another has announced."""
        announced = {key: flag for part in stored for key, flag in _flags(_fields(part)[0]).items()}
        return msgspec.structs.replace(domain.begin(customer_id), flags=announced)

    def parts(self, state: Journey) -> int:
        return state.away.parts

    def put_away(self, state: Journey) -> tuple[Journey, Journey | None]:
        return past.put_away(state, self._limits)

    def whole(self, state: Journey, parts: Sequence[Journey]) -> Journey:
        return past.whole(state, parts)

    def missing(self, state: Journey, event: Event) -> Iterable[str]:
        return past.missing(state, event)

    def names(self, part: Journey) -> Iterable[str]:
        return past.names(part)

    def indexes(self, before: Journey, after: Journey) -> list[Write]:
        if not before.flags and not after.flags:
            return []
        subjects = changed_subjects(before, after)
        old, new = work_items(before, subjects), work_items(after, subjects)
        return [
            write
            for work_list, state in ((RAISED, "raised"), (SETTLED, "settled"))
            for write in differences(work_list, _rows(old, state), _rows(new, state), pack_row)
        ]


def _rows(items: dict[str, WorkItem], state: str) -> dict[str, Row]:
    return {
        member_of(item.customer_id, subject): Row(item.urgency, item.desks, _row(item))
        for subject, item in items.items()
        if item.state == state
    }
