"""Followup's projection: how obligations are stored, the work list of open promises, and the clock's index."""

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from services.followup.domain import obligations as domain
from services.followup.domain.missed import announced_from
from services.followup.domain.obligations import Obligations, Said
from services.followup.domain.summary import PromiseSummary, summaries
from shared.customers.compact import pack_row, unpack_row
from shared.customers.fold import Undivided
from shared.events import Event
from shared.projection import DropScore, SetScore, Write
from shared.work_list.row import Row, differences, member_of, removal

VERSION = "1"
PROMISES = "promises"
CLOCK = "clock"  # after when to announce which promise, epoch seconds

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Obligations).decode
_fields = msgspec.msgpack.Decoder(list[msgspec.Raw]).decode
_said = msgspec.msgpack.Decoder(dict[str, Said]).decode
_row = msgspec.json.Encoder().encode
_summary = msgspec.json.Decoder(PromiseSummary).decode


def listed_promise(stored: bytes) -> PromiseSummary:
    """Of a row of PROMISES."""
    return _summary(unpack_row(stored))


class ObligationsFold(Undivided[Obligations]):
    """`shared.customers.fold.Fold` for obligations."""

    version = VERSION

    def begin(self, customer_id: str) -> Obligations:
        return domain.begin(customer_id)

    def evolve(self, state: Obligations, event: Event) -> Obligations:
        return domain.evolve(state, event)

    def fold(self, state: Obligations, events: Iterable[Event]) -> Obligations:
        return msgspec.structs.replace(domain.fold(state.customer_id, events), said=state.said)

    def encode(self, state: Obligations) -> bytes:
        return _encode(state)

    def decode(self, stored: bytes) -> Obligations:
        return _decode(stored)

    def carried(self, state: Obligations, earlier: Obligations) -> Obligations:
        return msgspec.structs.replace(earlier, said=state.said)

    def claims(self, customer_id: str, stored: Sequence[bytes]) -> Obligations:
        """What was said is the first field in every version."""
        return msgspec.structs.replace(domain.begin(customer_id), said=_said(_fields(stored[-1])[0]))

    def indexes(self, before: Obligations, after: Obligations) -> list[Write]:
        if before.promises is after.promises:
            return []
        return [
            *differences(PROMISES, _rows(before), _rows(after), pack_row),
            *_clock(before, after),
            *_left_by_another_version(before, after),
        ]


def _left_by_another_version(before: Obligations, after: Obligations) -> Iterator[Write]:
    """Of its promises we know nothing before they are folded anew; such as we do not list, it may have listed."""
    unknown = after.promises.keys() - before.promises.keys()
    for promise_id in unknown - summaries(after).keys():
        yield from removal(PROMISES, member_of(after.customer_id, promise_id))
    for promise_id in unknown - announced_from(after).keys():
        yield DropScore(CLOCK, member_of(after.customer_id, promise_id).encode())


def _rows(state: Obligations) -> dict[str, Row]:
    return {member_of(state.customer_id, promise_id): _listed(one) for promise_id, one in summaries(state).items()}


def _listed(summary: PromiseSummary) -> Row:
    return Row(summary.deadline.timestamp(), (summary.owner.desk,), _row(summary))


def _clock(before: Obligations, after: Obligations) -> list[Write]:
    old, new = announced_from(before), announced_from(after)
    writes: list[Write] = []
    for promise_id in old.keys() | new.keys():
        member = member_of(after.customer_id, promise_id).encode()
        if promise_id not in new:
            writes.append(DropScore(CLOCK, member))
        elif new[promise_id] != old.get(promise_id):
            writes.append(SetScore(CLOCK, member, new[promise_id].timestamp()))
    return writes
