"""Where a customer's entries lie: the older ones in frames of CHUNK each, the rest one by one.

    older:CUSTOMER    frames, each of CHUNK entries compressed together: most of what an event says, another said before
    entries:CUSTOMER  those that come after them, less than CHUNK

So where an entry lies follows from its number, and what is stored from the entries alone. Before there were frames
every entry lay alone: such a list is read as it is, and filed in frames when the customer's next event comes.
"""

from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise, starmap
from typing import Any, Final

import msgspec

from shared.customers.compact import FRAMES
from shared.customers.entry import Entry, unpack
from shared.projection import ListLength, ListRange, Read, Splice

CHUNK: Final = 16


class _Frame(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Entries as three columns; the numbers as what each adds to the one before, which is shorter."""

    offsets: list[int]
    recorded_ms: list[int]
    raws: list[bytes]


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Frame).decode


class Change(msgspec.Struct, frozen=True, gc=False):
    """singles: entries that lie alone. The last `dropped` of all entries go, then `added` come at the end.

    stay: so many of the singles; less than 0: none, and so many entries go that lie in frames.
    head: so many of the last entries that stay are written anew: they share a frame with what comes or goes.
    """

    singles: int
    dropped: int
    added: Sequence[Entry]
    stay: int
    head: int
    singles_after: int


def change_of(singles: int, dropped: int, added: Sequence[Entry]) -> Change:
    stay, after = singles - dropped, singles - dropped + len(added)
    head = stay % CHUNK if stay < 0 else stay if after >= CHUNK else 0
    return Change(singles, dropped, added, stay, head, after % CHUNK)


def where_head_lies(customer_id: str, change: Change) -> ListRange:
    """Its first `change.head` entries are the head, by `in_frames` or `alone`."""
    if change.stay < 0:
        frame = change.stay // CHUNK
        return ListRange(_older(customer_id), frame, frame)
    return ListRange(_entries(customer_id), 0, change.stay - 1)


def head_of(change: Change, stored: Sequence[bytes]) -> list[Entry]:
    """stored: what lies where `where_head_lies` says."""
    return (in_frames(stored) if change.stay < 0 else alone(stored))[: change.head]


def filed(customer_id: str, change: Change, head: Sequence[Entry]) -> list[Splice]:
    """head: the last `change.head` entries that stay, in order."""
    singles = _entries(customer_id)
    if 0 <= change.stay < CHUNK - len(change.added):
        return [Splice(singles, change.dropped, [one.pack() for one in change.added])]
    told = [*head, *change.added]
    rest = len(told) - len(told) % CHUNK
    frames = [_framed(told[first : first + CHUNK]) for first in range(0, rest, CHUNK)]
    return [
        Splice(_older(customer_id), max(0, -(change.stay // CHUNK)), frames),
        Splice(singles, change.singles, [one.pack() for one in told[rest:]]),
    ]


def count_of(customer_id: str) -> list[ListLength]:
    return [ListLength(_older(customer_id)), ListLength(_entries(customer_id))]


def counted(frames: int, singles: int) -> int:
    """From the answers to `count_of`."""
    return frames * CHUNK + singles


def singles_of(customer_id: str) -> ListLength:
    return ListLength(_entries(customer_id))


def all_of(customer_id: str) -> list[ListRange]:
    return [ListRange(_older(customer_id)), ListRange(_entries(customer_id))]


def everything(frames: Sequence[bytes], singles: Sequence[bytes]) -> list[Entry]:
    """From the answers to `all_of`."""
    return [*in_frames(frames), *alone(singles)]


def newest_of(customer_id: str, count: int) -> list[ListRange]:
    if count == 0:
        return [ListRange(_older(customer_id), 1, 0), ListRange(_entries(customer_id), 1, 0)]
    return [ListRange(_older(customer_id), -_frames(count), -1), ListRange(_entries(customer_id), -count, -1)]


def newest(count: int, frames: Sequence[bytes], singles: Sequence[bytes]) -> list[Entry]:
    """The last `count` entries, in order, from the answers to `newest_of`."""
    lacking = count - len(singles)
    if lacking <= 0:
        return alone(singles)
    return [*in_frames(frames[-_frames(lacking) :])[-lacking:], *alone(singles)]


def range_of(customer_id: str, start: int, count: int) -> list[Read[Any]]:
    """A negative count means all from start on. How many frames there are only the answer tells, so all singles are
    asked for: they are few."""
    stop = start + count - 1 if count >= 0 else None
    return [
        ListRange(_older(customer_id), start // CHUNK, -1 if stop is None else stop // CHUNK),
        ListLength(_older(customer_id)),
        ListRange(_entries(customer_id), 0, -1 if stop is None else stop),
    ]


def between(start: int, count: int, frames: Sequence[bytes], there: int, singles: Sequence[bytes]) -> list[Entry]:
    """Entries start to start + count, in order, from the answers to `range_of`. there: how many frames there are."""
    stop = start + count if count >= 0 else None
    first_read, first_alone = start // CHUNK * CHUNK, there * CHUNK
    framed = in_frames(frames)[start - first_read : None if stop is None else stop - first_read]
    low = max(0, start - first_alone)
    return [*framed, *alone(singles[low : None if stop is None else max(0, stop - first_alone)])]


def in_frames(stored: Sequence[bytes]) -> list[Entry]:
    """Raises NotCompact (shared.customers.compact) or msgspec.DecodeError for what `filed` did not write."""
    return [entry for one in stored for entry in _unframed(_decode(FRAMES.plain(one)))]


def alone(stored: Sequence[bytes]) -> list[Entry]:
    return [unpack(one) for one in stored]


def _framed(entries: Sequence[Entry]) -> bytes:
    offsets, recorded_ms = [one.offset for one in entries], [one.recorded_ms for one in entries]
    return FRAMES.compact(_encode(_Frame(_steps(offsets), _steps(recorded_ms), [one.raw for one in entries])))


def _unframed(frame: _Frame) -> Iterator[Entry]:
    return starmap(Entry, zip(accumulate(frame.offsets), accumulate(frame.recorded_ms), frame.raws, strict=True))


def _steps(numbers: Sequence[int]) -> list[int]:
    return [after - before for before, after in pairwise((0, *numbers))]


def _frames(count: int) -> int:
    """So many hold so many entries."""
    return -(-count // CHUNK)


def _older(customer_id: str) -> str:
    return f"older:{customer_id}"


def _entries(customer_id: str) -> str:
    return f"entries:{customer_id}"
