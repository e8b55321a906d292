"""Followup's pure core reading a log, event by event: what its handler does, without a log and without a store."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from services.followup.domain import obligations
from services.followup.domain.missed import announce
from services.followup.domain.obligations import Obligations
from services.followup.domain.owed import OwedRules, decide, hear
from services.followup.handlers import concerns
from shared.event_log.wire import decode, encode
from shared.events import Event, PromiseMissed
from shared.timeline.order import Identity, identity_of
from shared.timeline.timeline import NeedsRefold
from tests.oracle.followup import DEFAULT_DESK

RULES = OwedRules(default_desk=DEFAULT_DESK)


@dataclass
class Customer:
    state: Obligations
    facts: dict[Identity, Event] = field(default_factory=dict)

    def announced(self, now: datetime) -> list[PromiseMissed]:
        """What the clock would say at that moment, of what it has not heard itself say."""
        found = (announce(self.state.customer_id, promise, now) for promise in self.state.promises.values())
        return [one for one in found if one is not None]


@dataclass(frozen=True)
class Owed:
    """`event`: as it stands on the wire."""

    index: int
    event: dict[str, Any]


def read(log: Sequence[dict[str, Any]]) -> tuple[dict[str, Customer], list[Owed]]:
    customers: dict[str, Customer] = {}
    owed: list[Owed] = []
    for index, written in enumerate(log):
        event = decode(json.dumps(written).encode())
        if not concerns(event):
            continue
        customer = customers.setdefault(event.customer_id, Customer(obligations.begin(event.customer_id)))
        if identity_of(event) in customer.facts:
            continue
        _receive(customer, event)
        decision = decide(hear(customer.state, event), RULES)
        customer.state = decision.state
        owed += [Owed(index, json.loads(encode(said))) for said in decision.events]
    return customers, owed


def _receive(customer: Customer, event: Event) -> None:
    customer.facts[identity_of(event)] = event
    try:
        customer.state = obligations.evolve(customer.state, event)
    except NeedsRefold:
        customer.state = from_scratch(customer)


def from_scratch(customer: Customer) -> Obligations:
    """What was said follows from the log read so far, not from the facts."""
    folded = obligations.fold(customer.state.customer_id, customer.facts.values())
    return Obligations(customer.state.said, folded.timeline, folded.promises, folded.waits)
