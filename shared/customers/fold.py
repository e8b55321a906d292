"""What a service brings to keep a state per customer."""

from collections.abc import Iterable
from typing import Protocol, TypeVar

from shared.events import Event
from shared.projection import Write

S = TypeVar("S")


class Fold(Protocol[S]):
    """`version` names the schema of the state and the rules that made it; a stored state of another is folded anew."""

    version: str

    def begin(self, customer_id: str) -> S: ...

    def evolve(self, state: S, event: Event) -> S:
        """One event after all others. Raises NeedsRefold."""

    def fold(self, state: S, events: Iterable[Event]) -> S:
        """From scratch, events in any order; of `state` only what does not follow from the events is carried over."""

    def encode(self, state: S) -> bytes: ...

    def decode(self, stored: bytes) -> S: ...

    def claims(self, customer_id: str, stored: bytes) -> S:
        """Of a state stored by another version, what was announced from it; everything else as at the beginning."""

    def indexes(self, before: S, after: S) -> list[Write]:
        """What changes in the service's work lists."""
