"""Owning desks of one issue: which had it after which.

Source: definitions.md, "Hand-offs, ping-pong, runaround".
"""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from shared.events import ContactTransferred, Event, IssueResolved
from shared.timeline.order import Identity
from shared.timeline.timeline import Placed


class Step(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A desk took the issue over, as this event says."""

    desk: str
    time: datetime
    source: str
    id: str


class Sequence(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Desks one after the other, no two neighbours equal; an issue.resolved closes it."""

    steps: tuple[Step, ...]
    closed: bool = False

    @property
    def desks(self) -> list[str]:
        return [step.desk for step in self.steps]


Sequences = tuple[Sequence, ...]


def evolve(sequences: Sequences, placed: Placed) -> Sequences:
    """Fold one event of the issue."""
    if type(placed.event) is IssueResolved:
        return _close(sequences)
    if not placed.desks:
        return sequences
    if type(placed.event) is ContactTransferred and _arrived_before(sequences, placed.event):
        return sequences
    for desk in placed.desks:
        sequences = _assert(sequences, desk, placed.event)
    return sequences


def _arrived_before(sequences: Sequences, transfer: ContactTransferred) -> bool:
    """The desk said that it has the customer before the transfer to it was reported."""
    return bool(sequences) and not sequences[-1].closed and sequences[-1].steps[-1].desk == transfer.data.to_desk


def _assert(sequences: Sequences, desk: str, event: Event) -> Sequences:
    step = Step(desk, event.time, event.source, event.id)
    if not sequences or sequences[-1].closed:
        return (*sequences, Sequence((step,)))
    last = sequences[-1]
    if last.steps[-1].desk == desk:
        return sequences
    return (*sequences[:-1], Sequence((*last.steps, step)))


def _close(sequences: Sequences) -> Sequences:
    if not sequences or sequences[-1].closed:
        return sequences
    return (*sequences[:-1], msgspec.structs.replace(sequences[-1], closed=True))


def evidence_of(sequences: Iterable[Sequence]) -> tuple[Identity, ...]:
    """(source, id) of every step, each event once, in order."""
    return tuple(dict.fromkeys(Identity(step.source, step.id) for one in sequences for step in one.steps))
