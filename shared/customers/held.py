"""Reading what we decide by: only while the store stands where we think it does."""

from collections.abc import Sequence
from typing import Any, Protocol

from shared.projection import GetStatus, Lost, Moved, Read


class Held(Protocol):
    """A partition that is ours (shared.stream.lease.Lease). `next`: the position up to which we have read the log."""

    next: int

    async def read(self, reads: Sequence[Read[Any]]) -> list[Any]: ...


async def read_as_held(held: Held, reads: Sequence[Read[Any]]) -> list[Any]:
    """The answers, from one moment, if the position stored at that moment is ours. Raises Moved, Lost.

    What is stored follows from the position alone, so nobody asks for the owner's token. A worker that slept while the
    store was lost, or while another read on, would otherwise judge its chunk by half a story or by a later one; and
    what it says is on the log before its save is refused.
    """
    status, *answers = await held.read([GetStatus(), *reads])
    if "next" not in status:
        raise Lost("nothing is stored for this partition any more, so nothing was decided")
    if status["next"] != str(held.next):
        raise Moved("the stored position is not the one last saved, so nothing was decided")
    return answers
