"""What became of a promise as of a time.

Every rule of a promise's life is in this file. Source: definitions.md, "Promises".
"""

from datetime import UTC, datetime, timedelta
from typing import Literal

import msgspec

from shared.promises.promise import (
    Attempted,
    Cancelled,
    CustomerConnected,
    IssueResolved,
    Made,
    Moment,
    Owner,
    Promise,
    Reached,
    Reassigned,
    Rescheduled,
    Window,
)

State = Literal["open", "due", "overdue", "closed"]
Outcome = Literal["kept", "attempted_in_time", "missed", "cancelled", "superseded"]
MadeGood = Literal["late", "late_by_customer"]
Ending = Literal["kept", "made_good", "cancelled", "issue_resolved"]

END_OF_TIME = datetime.max.replace(tzinfo=UTC)
DUE_AHEAD = timedelta(hours=24)


class Life(msgspec.Struct, frozen=True, gc=False):
    """`window` is the current one; `missed_window` the first that passed, which a missed or attempted outcome is of.

    `ending`: what closed it. A promise kept early is closed at once; its outcome is *kept* when the window has passed.
    """

    window: Window
    owner: Owner
    outcome: Outcome | None = None
    missed_window: Window | None = None
    made_good: MadeGood | None = None
    ending: Ending | None = None
    closed_at: datetime | None = None
    moves: tuple[tuple[datetime, str], ...] = ()  # when, by whom
    attempts: tuple[datetime, ...] = ()
    state: State = "open"

    @property
    def is_debt(self) -> bool:
        """Missed or only attempted, and not yet made good."""
        return self.missed_window is not None and self.closed_at is None


def life(promise: Promise, as_of: datetime = END_OF_TIME) -> Life | None:
    """None when it was not made by then. At END_OF_TIME: what it comes to if nothing else happens."""
    made = promise.made
    if made is None or made.time > as_of:
        return None
    lived = Life(made.window, made.owner)
    for moment in promise.moments:
        if moment.at > as_of or lived.closed_at is not None:
            break
        lived = _live(_pass_window(lived, moment.at), moment, made)
    lived = _pass_window(lived, as_of)
    if lived.ending == "kept" and as_of > lived.window.deadline:
        lived = msgspec.structs.replace(lived, outcome="kept")
    return msgspec.structs.replace(lived, state=_state(lived, as_of))


def _pass_window(lived: Life, now: datetime) -> Life:
    """The outcome belongs to the first window that passed; recovery windows have none."""
    if lived.outcome is not None or lived.closed_at is not None or now <= lived.window.deadline:
        return lived
    attempted = any(lived.window.start <= at <= lived.window.deadline for at in lived.attempts)
    outcome: Outcome = "attempted_in_time" if attempted else "missed"
    return msgspec.structs.replace(lived, outcome=outcome, missed_window=lived.window)


def _live(lived: Life, moment: Moment, made: Made) -> Life:
    replace = msgspec.structs.replace
    match moment:
        case Attempted():
            return replace(lived, attempts=(*lived.attempts, moment.at))
        case Reassigned():
            return replace(lived, owner=moment.owner)
        case Rescheduled():
            in_time = lived.missed_window is None  # afterwards it opens a recovery window, which is no move
            moves = (*lived.moves, (moment.at, moment.by)) if in_time else lived.moves
            return replace(lived, window=moment.window, moves=moves)
        case Reached():
            return _close(lived, moment.at, None, "made_good", "late")
        case Cancelled():
            return _close(lived, moment.at, "cancelled", "cancelled")
        case CustomerConnected():
            if made.kind in ("callback", "reply"):
                return _close(lived, moment.at, "superseded", "made_good", "late_by_customer")
        case IssueResolved():
            if settles(moment, made):
                return _close(lived, moment.at, "superseded", "issue_resolved")
    return lived


def settles(resolution: IssueResolved, made: Made) -> bool:
    """An agent who promises to ring back and closes the ticket still owes the call."""
    return made.kind in ("repair", "other") or resolution.confirmed_by == "customer"


def _close(lived: Life, at: datetime, early: Outcome | None, late: Ending, made_good: MadeGood | None = None) -> Life:
    """`early`: the outcome of closing in time, None for kept; `late`: how it ends the debt, while the outcome stays."""
    if lived.missed_window is None:
        ending: Ending | None = "kept" if early is None else None
        return msgspec.structs.replace(lived, closed_at=at, outcome=early, ending=ending)
    return msgspec.structs.replace(lived, closed_at=at, ending=late, made_good=made_good)


def _state(lived: Life, now: datetime) -> State:
    if lived.closed_at is not None:
        return "closed"
    if now > lived.window.deadline:
        return "overdue"
    return "due" if now >= due_at(lived.window) else "open"


def due_at(window: Window) -> datetime:
    ahead = window.due_by - DUE_AHEAD
    return min(window.due_from, ahead) if window.due_from else ahead


def to_announce(promise: Promise, as_of: datetime = END_OF_TIME) -> Life | None:
    """Its life by then, if promise.missed is still to be said about it; at END_OF_TIME: if it will be, should nothing
    in time turn up."""
    lived, made = life(promise, as_of), promise.made
    if lived is None or made is None or made.historic or lived.outcome != "missed" or lived.missed_window is None:
        return None
    return None if lived.missed_window.deadline in promise.announced else lived


def attempts_outside(lived: Life) -> int:
    """Tries that fell outside the window that the outcome belongs to."""
    window = lived.missed_window or lived.window
    return sum(not window.start <= at <= window.deadline for at in lived.attempts)
