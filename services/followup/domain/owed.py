"""The callback that we owe after a cut, and its cancellation when by later facts we did not owe it.

Source: definitions.md, "Owed callback".
"""

from typing import NamedTuple

import msgspec

from services.followup.domain.cuts import Wait, owed_id
from services.followup.domain.obligations import Obligations, Said
from shared.events import FOLLOWUP, Event, Owner, PromiseCancelled, PromiseMade
from shared.events.identity import derive


class OwedRules(NamedTuple):
    """`default_desk` owes the callback when the customer never got as far as a desk's queue."""

    default_desk: str = "customer-care"


class Decision(NamedTuple):
    state: Obligations
    events: list[PromiseMade | PromiseCancelled]


def decide(state: Obligations, rules: OwedRules, decided: Obligations | None = None) -> Decision:
    """What is to be said now, by the facts read so far, that has not been said.

    decided: an earlier state, all of which was said: what has not changed since needs no second look.
    """
    if decided is not None and state.waits is decided.waits and state.said is decided.said:
        return Decision(state, [])
    said = dict(state.said)
    events: list[PromiseMade | PromiseCancelled] = []
    for contact_id, wait in state.waits.items():
        if wait.is_owed and wait.cut is not None and contact_id not in said:
            said[contact_id] = Said("owed", wait.cut)
            events.append(_promise(state.customer_id, contact_id, wait, rules))
    for contact_id, one in state.said.items():
        if one.what == "owed" and not state.waits.get(contact_id, Wait()).is_owed:
            said[contact_id] = Said("cancelled", one.cut)
            events.append(_cancellation(state.customer_id, contact_id, one))
    if not events:
        return Decision(state, events)
    return Decision(msgspec.structs.replace(state, said=said), events)


def hear(state: Obligations, event: Event) -> Obligations:
    """What stands on the log in our name was said by us, be it under other rules, or before the store was lost."""
    match event:
        case PromiseMade(source=source, id=said, data=data) if source == FOLLOWUP and data.contact_id:
            if data.contact_id not in state.said and said == owed_id(state.customer_id, data.contact_id):
                return _noted(state, data.contact_id, Said("owed", event.time))
        case PromiseCancelled(source=source, id=said) if source == FOLLOWUP:
            for contact_id, one in state.said.items():
                if one.what == "owed" and said == cancelled_id(state.customer_id, contact_id):
                    return _noted(state, contact_id, Said("cancelled", one.cut))
    return state


def _noted(state: Obligations, contact_id: str, said: Said) -> Obligations:
    return msgspec.structs.replace(state, said={**state.said, contact_id: said})


def cancelled_id(customer_id: str, contact_id: str) -> str:
    return derive(["owed", customer_id, contact_id, "cancelled"])


def _promise(customer_id: str, contact_id: str, wait: Wait, rules: OwedRules) -> PromiseMade:
    owed = owed_id(customer_id, contact_id)
    assert wait.cut is not None  # noqa: S101  is_owed says so
    return PromiseMade(
        id=owed,
        source=FOLLOWUP,
        subject=customer_id,
        time=wait.cut,
        data=PromiseMade.Data(
            promise_id=owed,
            kind="callback",
            owner=Owner(desk=wait.desk or rules.default_desk),
            channel=wait.channel or "phone",
            explicit=False,
            contact_id=contact_id,
        ),
    )


def _cancellation(customer_id: str, contact_id: str, said: Said) -> PromiseCancelled:
    return PromiseCancelled(
        id=cancelled_id(customer_id, contact_id),
        source=FOLLOWUP,
        subject=customer_id,
        time=said.cut,
        data=PromiseCancelled.Data(
            promise_id=owed_id(customer_id, contact_id), by="system", reason="not owed by the facts known later"
        ),
    )
