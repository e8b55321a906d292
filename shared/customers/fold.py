"""What a service brings to keep a state per customer."""
# ruff: noqa: ARG002 - who puts nothing away looks at nothing

from collections.abc import Iterable, Sequence
from typing import Generic, Protocol, TypeVar

from shared.events import Event
from shared.projection import Write

S = TypeVar("S")


class Fold(Protocol[S]):
    """`version` names the schema of the state and the rules that made it; a stored state of another is folded anew.

    A service may put away what is over of a long story: then its state is the rest, and `parts` says in how many parts
    the past was put away. Each event that names something which is `missing` there, and is away by its name, comes to
    the whole.
    """

    version: str

    def begin(self, customer_id: str) -> S: ...

    def evolve(self, state: S, event: Event) -> S:
        """One event after all others. Raises NeedsRefold, NeedsPast."""

    def fold(self, state: S, events: Iterable[Event]) -> S:
        """From scratch, events in any order; of `state` only what does not follow from the events is carried over."""

    def carried(self, state: S, earlier: S) -> S:
        """The earlier state, with what of `state` does not follow from the events."""

    def encode(self, state: S) -> bytes: ...

    def decode(self, stored: bytes) -> S: ...

    def claims(self, customer_id: str, stored: Sequence[bytes]) -> S:
        """Of a state stored by another version, what was announced from it; everything else as at the beginning.

        stored: the parts of its past, and the state itself as the last.
        """

    def indexes(self, before: S, after: S) -> list[Write]:
        """What changes in the service's work lists."""

    def parts(self, state: S) -> int: ...

    def put_away(self, state: S) -> tuple[S, S | None]:
        """What stays, and the next part of the past, if there is one now."""

    def whole(self, state: S, parts: Sequence[S]) -> S:
        """As if nothing had been put away."""

    def missing(self, state: S, event: Event) -> Iterable[str]:
        """Names of what the event is about that are not in this state."""

    def names(self, part: S) -> Iterable[str]:
        """Of all that this part of the past has."""


class Undivided(Generic[S]):
    """For a Fold that puts nothing away."""

    def parts(self, state: S) -> int:
        return 0

    def put_away(self, state: S) -> tuple[S, S | None]:
        return state, None

    def whole(self, state: S, parts: Sequence[S]) -> S:
        return state

    def missing(self, state: S, event: Event) -> Iterable[str]:
        return ()

    def names(self, part: S) -> Iterable[str]:
        return ()
