"""A promise as a supervisor's work list shows it, and as a report counts it. Source: definitions.md, "Promises"."""

from datetime import datetime
from typing import Literal, get_args

import msgspec

from services.followup.domain.obligations import Obligations
from shared.promises.life import Life, State, due_at, life
from shared.promises.promise import Promise

Counted = Literal["kept", "late", "overdue", "not_due", "other", "not_stated"]
COUNTED: tuple[Counted, ...] = get_args(Counted)
ListState = Literal["open", "due", "overdue", "missed"]


class Responsible(msgspec.Struct, frozen=True):
    desk: str
    agent: str | None


class PromiseSummary(msgspec.Struct, frozen=True):
    """A promise that somebody still has to keep. `passed`: the outcome of the window that passed first, if one did by
    now; a summary is stored, so it holds the times from which the state of any moment follows."""

    customer_id: str
    promise_id: str
    kind: str
    owner: Responsible
    channel: str
    made_at: datetime
    due_from: datetime | None
    due_by: datetime
    due_at: datetime
    deadline: datetime
    outcome_at: datetime  # the deadline that decides the outcome
    outcome: str  # what it comes to then, if nothing else happens
    issue_id: str | None
    wording: str | None
    attempts: int
    moves: int
    historic: bool


def summaries(state: Obligations) -> dict[str, PromiseSummary]:
    """Those not closed, by promise id."""
    ends = {promise.promise_id: (promise, life(promise)) for promise in state.promises.values()}
    return {
        promise_id: _summary(state.customer_id, promise, lived)
        for promise_id, (promise, lived) in ends.items()
        if lived is not None and lived.closed_at is None
    }


def _summary(customer_id: str, promise: Promise, ends: Life) -> PromiseSummary:
    made, window = promise.made, ends.window
    assert made is not None  # noqa: S101  what has a life was made
    return PromiseSummary(
        customer_id=customer_id,
        promise_id=promise.promise_id,
        kind=made.kind,
        owner=Responsible(ends.owner.desk, ends.owner.agent),
        channel=made.channel,
        made_at=made.time,
        due_from=window.due_from,
        due_by=window.due_by,
        due_at=due_at(window),
        deadline=window.deadline,
        outcome_at=(ends.missed_window or window).deadline,
        outcome=ends.outcome or "missed",
        issue_id=made.issue_id,
        wording=made.wording,
        attempts=len(ends.attempts),
        moves=len(ends.moves),
        historic=made.historic,
    )


def state_of(summary: PromiseSummary, now: datetime) -> State:
    if now > summary.deadline:
        return "overdue"
    return "due" if now >= summary.due_at else "open"


def outcome_of(summary: PromiseSummary, now: datetime) -> str | None:
    return summary.outcome if now > summary.outcome_at else None


def is_listed_as(summary: PromiseSummary, wanted: ListState, now: datetime) -> bool:
    if wanted == "missed":
        return outcome_of(summary, now) == "missed"
    return state_of(summary, now) == wanted


def counted_as(promise: Promise, as_of: datetime) -> Counted | None:
    """How a report counts a promise; None when it was not made by then."""
    made, lived = promise.made, life(promise, as_of)
    if made is None or lived is None:
        return None
    if not made.stated:
        return "not_stated"
    if lived.ending == "kept":
        return "kept"
    if lived.made_good == "late":
        return "late"
    if lived.closed_at is not None:
        return "other"
    return "overdue" if lived.state == "overdue" else "not_due"
