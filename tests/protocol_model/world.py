"""The world of the protocol as frozen data: one partition, its store, the flags topic, the group and two workers.

A record of the log is its offset. What a worker folds is the history it believes in: a tuple of offsets, so that
whatever is lost, repeated or out of order shows. A flag carries the history it was decided by: what another history
than the log's makes of a record is another flag.
"""

from enum import StrEnum
from typing import NamedTuple

import msgspec
from msgspec.structs import astuple, replace

History = tuple[int, ...]


class Flag(NamedTuple):
    cause: int
    number: int
    history: History


class How(StrEnum):
    """How a flag came onto the topic. OVERTAKEN: somebody had claimed the partition since the speaker did."""

    TOLD = "told"
    OVERTAKEN = "told by one who was overtaken"
    UNACKNOWLEDGED = "told, but not acknowledged"


class Said(NamedTuple):
    flag: Flag
    how: How


class Store(msgspec.Struct, frozen=True, cache_hash=True, gc=False):
    """The partition's keyspace. token 0: none. next None: no position. covered: offset on the flags topic."""

    token: int = 0
    next: int | None = None
    timeline: History = ()  # a list: saves append to it
    fold: History = ()  # a value: saves overwrite it
    covered: int = 0


class Stage(StrEnum):
    """What a worker does next."""

    OUT = "is out"  # crashed, given up, or not begun
    CLAIM = "claims"
    SWEEP = "sweeps"
    BEGIN = "saves the first position"
    HEAR = "listens"
    READY = "takes a chunk"
    LOAD = "loads"
    APPEND = "appends"
    SAVE = "saves"
    REFUSED = "was refused"


class Worker(msgspec.Struct, frozen=True, cache_hash=True, gc=False):
    """One worker's task for the partition; all of it is lost in a crash.

    token, next: its lease. after: where its chunk ends. fold: what it loaded, or remembers; None: nothing.
    to_say: the chunk's flags that are not said yet. acked: those that are, until the save (Speech).
    covered, reached: offsets on the flags topic (Voice). highest, there: the highest cause heard, and what there.
    overtaken: somebody else has claimed the partition since.
    """

    stage: Stage = Stage.OUT
    token: int = 0
    next: int = 0
    after: int = 0
    fold: History | None = None
    to_say: tuple[Flag, ...] = ()
    acked: tuple[Flag, ...] = ()
    covered: int = 0
    reached: int = 0
    highest: int = -1
    there: tuple[Flag, ...] = ()
    overtaken: bool = False


class Save(msgspec.Struct, frozen=True, cache_hash=True, gc=False):
    """The arguments of a fenced save. covered None: leave it as it is. overtaken: as of a worker, while it is late."""

    token: int
    expected: int | None
    after: int
    fold: History = ()
    covered: int | None = None
    overtaken: bool = False


class Faults(msgspec.Struct, frozen=True, cache_hash=True, gc=False):
    """How often each may still happen, and how many of them in all."""

    total: int = 0
    crashes: int = 0
    moves: int = 0
    wipes: int = 0
    restores: int = 0
    late_saves: int = 0  # no answer to the worker; applied at any later time, or never
    lost_acks: int = 0  # the worker learns of a failure; the first flags of the chunk are on the topic

    @classmethod
    def any(cls, total: int) -> "Faults":
        """Whichever, as often; but there is one copy of the store to be restored."""
        return cls(total, total, total, total, min(total, 1), total, total)

    def without(self, kind: str) -> "Faults":
        """What cannot happen any more is not counted, so that worlds with one future are one."""
        left = replace(self, total=self.total - 1, **{kind: getattr(self, kind) - 1})
        return Faults(*(min(count, left.total) for count in astuple(left)))


class World(msgspec.Struct, frozen=True, cache_hash=True, gc=False):
    """owner: whom the group counts on; other: who once was it, and may not know better. late: a save that is on its
    way. ever_saved: the highest position that ever was."""

    store: Store
    owner: Worker
    other: Worker
    flags: tuple[Said, ...]
    backup: Store | None
    late: Save | None
    ever_saved: int
    faults: Faults


class Size(NamedTuple):
    """log: how many flags each record raises."""

    log: tuple[int, ...]
    chunk: int
    faults: Faults

    def flags(self, fold: History, next: int, after: int) -> tuple[Flag, ...]:
        """What a worker that believes in `fold` finds to say about the records from `next` up to `after`."""
        found: list[Flag] = []
        for offset in range(next, after):
            fold = (*fold, offset)
            found += (Flag(offset, number, fold) for number in range(self.log[offset]))
        return tuple(found)


def the_beginning(size: Size) -> World:
    return World(Store(), Worker(Stage.CLAIM), Worker(), (), None, None, 0, size.faults)
