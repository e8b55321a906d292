"""promise.missed: for which deadlines it is to be announced, and the announcement.

Source: definitions.md, "The clock".
"""

from datetime import datetime

from services.followup.domain.obligations import Obligations
from shared.events import FOLLOWUP, Owner, PromiseMissed
from shared.events.identity import derive, time_part
from shared.promises.life import attempts_outside, life, to_announce
from shared.promises.promise import Promise


def deadlines(state: Obligations) -> dict[str, datetime]:
    """Per promise, the deadline after which it is to be announced as missed, should nothing in time turn up."""
    found = ((promise_id, to_announce(promise)) for promise_id, promise in state.promises.items())
    return {promise_id: deadline for promise_id, deadline in found if deadline is not None}


def missed_id(customer_id: str, promise_id: str, deadline: datetime) -> str:
    return derive(["missed", customer_id, promise_id, time_part(deadline)])


def announce(customer_id: str, promise: Promise, now: datetime) -> PromiseMissed | None:
    """None while there is nothing to announce, or it is too early: never at the deadline itself, only after it."""
    deadline, ends = to_announce(promise), life(promise)
    if deadline is None or ends is None or ends.missed_window is None or now <= deadline:
        return None
    return PromiseMissed(
        id=missed_id(customer_id, promise.promise_id, deadline),
        source=FOLLOWUP,
        subject=customer_id,
        time=deadline,
        data=PromiseMissed.Data(
            promise_id=promise.promise_id,
            due_by=ends.missed_window.due_by,
            grace_s=ends.missed_window.grace_s,
            detected_at=now,
            attempts_outside=attempts_outside(ends),
            made_good=ends.made_good is not None,
            owner=Owner(desk=ends.owner.desk, agent=ends.owner.agent),
        ),
    )
