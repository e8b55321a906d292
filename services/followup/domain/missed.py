"""promise.missed: for which deadlines it is to be announced, and the announcement.

Source: definitions.md, "The clock".
"""

from datetime import datetime

from services.followup.domain.obligations import Obligations
from shared.events import FOLLOWUP, Owner, PromiseMissed
from shared.events.identity import derive, time_part
from shared.promises.life import Life, attempts_outside, to_announce
from shared.promises.promise import Promise


def announced_from(state: Obligations) -> dict[str, datetime]:
    """Per promise, the time after which it is to be announced as missed, should nothing in time turn up.

    The deadline; later only for a promise that was made, or moved, when its deadline had passed already.
    """
    found = ((promise, to_announce(promise)) for promise in state.promises.values())
    return {promise.promise_id: _missed_since(promise, ends) for promise, ends in found if ends is not None}


def _missed_since(promise: Promise, ends: Life) -> datetime:
    assert promise.made is not None  # noqa: S101  what has a life was made
    assert ends.missed_window is not None  # noqa: S101  it is missed
    return max(ends.missed_window.deadline, promise.made.time, *(at for at, _ in ends.moves))


def missed_id(customer_id: str, promise_id: str, deadline: datetime) -> str:
    return derive(["missed", customer_id, promise_id, time_part(deadline)])


def announce(customer_id: str, promise: Promise, now: datetime) -> PromiseMissed | None:
    """By what has occurred until now. None while there is nothing to announce: never at the deadline, only after it."""
    lived = to_announce(promise, now)
    if lived is None or lived.missed_window is None:
        return None
    window = lived.missed_window
    return PromiseMissed(
        id=missed_id(customer_id, promise.promise_id, window.deadline),
        source=FOLLOWUP,
        subject=customer_id,
        time=window.deadline,
        data=PromiseMissed.Data(
            promise_id=promise.promise_id,
            due_by=window.due_by,
            grace_s=window.grace_s,
            detected_at=now,
            attempts_outside=attempts_outside(lived),
            made_good=lived.made_good is not None,
            owner=Owner(desk=lived.owner.desk, agent=lived.owner.agent),
        ),
    )
