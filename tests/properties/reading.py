"""The product's pure core reading a log, event by event: what its handlers do, without a log and without a store."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from services.journey.domain import journey as journeys
from services.journey.domain.flags import Change, change_id, changes, flag_id
from services.journey.domain.journey import Journey
from shared.customers.entry import same_content
from shared.event_log.wire import decode
from shared.events import Event, is_derived
from shared.timeline.order import Identity, identity_of
from shared.timeline.timeline import NeedsRefold


@dataclass
class Customer:
    journey: Journey
    facts: dict[Identity, tuple[Event, bytes]] = field(default_factory=dict)
    conflicts: list[int] = field(default_factory=list)
    refolds: int = 0


@dataclass(frozen=True)
class Said:
    index: int
    transition: str
    event_id: str


def read(log: Sequence[dict[str, Any]]) -> tuple[dict[str, Customer], list[Said]]:
    customers: dict[str, Customer] = {}
    said: list[Said] = []
    for index, written in enumerate(log):
        raw = json.dumps(written).encode()
        event = decode(raw)
        customer = customers.setdefault(event.customer_id, Customer(journeys.begin(event.customer_id)))
        known = customer.facts.get(identity_of(event))
        if known is not None:
            if not is_derived(event) and not same_content(known[1], raw):
                customer.conflicts.append(index)
            continue
        before = customer.journey
        _receive(customer, event, raw)
        said += [
            _said(index, change, customer.journey, event) for change in changes(before.flags, customer.journey.flags)
        ]
    return customers, said


def _receive(customer: Customer, event: Event, raw: bytes) -> None:
    customer.facts[identity_of(event)] = (event, raw)
    try:
        customer.journey = journeys.evolve(customer.journey, event)
    except NeedsRefold:
        customer.refolds += 1
        customer.journey = journeys.fold(customer.journey.customer_id, [one for one, _ in customer.facts.values()])


def _said(index: int, change: Change, journey: Journey, event: Event) -> Said:
    key = flag_id(journey.customer_id, change.flag)
    return Said(index, change.transition, change_id(key, change.transition, identity_of(event)))
