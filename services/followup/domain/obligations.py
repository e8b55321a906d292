"""The state of what we owe one customer: `evolve` by one event, `fold` from all of them; both give the same."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

import msgspec

from services.followup.domain import cuts
from services.followup.domain.cuts import Wait
from shared.events import Event
from shared.promises import ledger
from shared.promises.promise import Promise
from shared.timeline.timeline import Timeline, lay, place


class Said(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What followup has said about a cut contact; a cancellation is final. `cut`: the time that both events carry."""

    what: Literal["owed", "cancelled"]
    cut: datetime


class Obligations(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """`said` follows from the log prefix that was read, not from the set of facts: it is carried over a refold."""

    said: dict[str, Said]  # by contact
    timeline: Timeline
    promises: dict[str, Promise] = {}
    waits: dict[str, Wait] = {}  # by contact

    @property
    def customer_id(self) -> str:
        return self.timeline.customer_id


def begin(customer_id: str) -> Obligations:
    return Obligations({}, Timeline(customer_id))


def evolve(state: Obligations, event: Event) -> Obligations:
    """The fast path: one event after all others. Raises NeedsRefold where only `fold` can tell."""
    timeline, placed = place(state.timeline, event)
    promises = ledger.changed(state.promises, placed)
    waits = cuts.changed(state.waits, state.customer_id, placed)
    return Obligations(
        state.said,
        timeline,
        {**state.promises, **promises} if promises else state.promises,
        {**state.waits, **waits} if waits else state.waits,
    )


def fold(customer_id: str, events: Iterable[Event]) -> Obligations:
    """From scratch, whatever the order in which the events are given; nothing is said yet."""
    timeline, placed, _ = lay(customer_id, events)
    # Nobody else holds these yet: to copy them for each event, as `evolve` does, would take quadratic time.
    promises: dict[str, Promise] = {}
    waits: dict[str, Wait] = {}
    for one in placed:
        promises |= ledger.changed(promises, one)
        waits |= cuts.changed(waits, customer_id, one)
    return Obligations({}, timeline, promises, waits)
