"""Where a partition's records come from, as the partition's task sees it."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from shared.event_log.log import Record


class Bounds(NamedTuple):
    """The first offset that the log still holds, and the one after its last."""

    start: int
    end: int


class KnownEnd(NamedTuple):
    """An end offset and when it was learnt, epoch seconds."""

    end: int
    at: float


class Source(Protocol):
    """One partition of the log, for one member of a group, from assignment to revocation. Records come in order and
    without gaps, starting where `seek` said.

    Raises LogUnavailable when the broker does not answer.
    """

    partition: int

    async def bounds(self) -> Bounds:
        """Asked from the broker now."""

    async def seek(self, position: int) -> None:
        """Deliver from here; what was fetched before is forgotten."""

    async def take(self, timeout: float) -> Sequence[Record]:
        """The next records, or none when none came within `timeout` seconds. Raises PositionOutsideLog."""

    async def committed(self) -> int | None:
        """The position that the group committed last; None when it never did."""

    async def prove_membership(self, position: int) -> bool:
        """Commit the position: False when the group no longer counts us in, or gave the partition away."""

    def known_end(self) -> KnownEnd | None:
        """From the last fetch; no round trip."""
