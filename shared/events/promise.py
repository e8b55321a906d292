"""A commitment to the customer, with an owner, a channel and a window."""

from typing import Literal

from pydantic import Field

from shared.events.envelope import Envelope
from shared.events.words import Count, Decider, FreeText, GraceSeconds, Id, Moment, Owner, ShortText, Words


class PromiseWords(Words):
    promise_id: Id
    issue_id: Id | None = None


class ChangeWords(PromiseWords):
    by: Decider
    reason: FreeText


class PromiseMade(Envelope):
    """We committed ourselves to something by a time."""

    class Data(PromiseWords):
        kind: Literal["callback", "reply", "repair", "visit", "other"]
        due_from: Moment | None = None
        due_by: Moment | None = None
        grace_s: GraceSeconds | None = None
        owner: Owner
        channel: ShortText
        wording: FreeText | None = None
        explicit: bool
        historic: bool | None = Field(default=None, description="Imported history: never announced, raises no flag.")
        contact_id: Id | None = None

    type: Literal["promise.made"] = "promise.made"
    data: Data


class PromiseRescheduled(Envelope):
    """The whole window is replaced."""

    class Data(ChangeWords):
        due_from: Moment | None = None
        due_by: Moment
        grace_s: GraceSeconds | None = None

    type: Literal["promise.rescheduled"] = "promise.rescheduled"
    data: Data


class PromiseReassigned(Envelope):
    """Somebody else stands in for the promise."""

    class Data(ChangeWords):
        owner: Owner

    type: Literal["promise.reassigned"] = "promise.reassigned"
    data: Data


class PromiseCancelled(Envelope):
    """The promise need not be kept any more."""

    class Data(ChangeWords):
        pass

    type: Literal["promise.cancelled"] = "promise.cancelled"
    data: Data


class PromiseAttempted(Envelope):
    """We tried to do what was promised."""

    class Data(PromiseWords):
        result: Literal["reached", "refused", "no_answer", "busy", "machine", "failed"]
        contact_id: Id | None = None

    type: Literal["promise.attempted"] = "promise.attempted"
    data: Data


class PromiseKept(Envelope):
    """We did what was promised."""

    class Data(PromiseWords):
        contact_id: Id | None = None
        at: Moment | None = Field(default=None, description="When it was kept; absent: the event's time.")

    type: Literal["promise.kept"] = "promise.kept"
    data: Data


class PromiseMissed(Envelope):
    """Derived by followup's clock, once, after due_by + grace_s."""

    class Data(PromiseWords):
        due_by: Moment
        grace_s: GraceSeconds
        detected_at: Moment
        attempts_outside: Count
        made_good: bool
        owner: Owner

    type: Literal["promise.missed"] = "promise.missed"
    data: Data
