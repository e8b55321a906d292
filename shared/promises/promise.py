"""What is known of one promise: how it was made, and the moments that may decide what becomes of it."""

from datetime import datetime, timedelta
from typing import Literal

import msgspec

Kind = Literal["callback", "reply", "repair", "visit", "other"]
UNSTATED_WINDOW = timedelta(hours=24)


class Window(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """When we said we would. `start`: due_from, else when it was promised or moved."""

    start: datetime
    due_by: datetime
    grace_s: float = 0
    due_from: datetime | None = None

    @property
    def deadline(self) -> datetime:
        """In time means at or before this, everywhere."""
        return self.due_by + timedelta(seconds=self.grace_s)


class Owner(msgspec.Struct, frozen=True, array_like=True, gc=False):
    desk: str
    agent: str | None = None


class Made(msgspec.Struct, frozen=True, array_like=True, gc=False):
    time: datetime
    source: str
    id: str
    kind: Kind
    window: Window
    owner: Owner
    channel: str
    stated: bool  # a due_by was given
    explicit: bool
    historic: bool
    contact_id: str | None
    issue_id: str | None  # the issue it belongs to, named or found
    wording: str | None = None


class Reached(msgspec.Struct, frozen=True, array_like=True, gc=False, tag="reached"):
    """A person was reached, refused, or the promise was kept: we did what we promised."""

    at: datetime


class Attempted(msgspec.Struct, frozen=True, array_like=True, gc=False, tag="attempted"):
    """no_answer, busy or machine."""

    at: datetime


class Rescheduled(msgspec.Struct, frozen=True, array_like=True, gc=False, tag="rescheduled"):
    at: datetime
    window: Window
    by: str


class Reassigned(msgspec.Struct, frozen=True, array_like=True, gc=False, tag="reassigned"):
    at: datetime
    owner: Owner


class Cancelled(msgspec.Struct, frozen=True, array_like=True, gc=False, tag="cancelled"):
    at: datetime
    by: str


class CustomerConnected(msgspec.Struct, frozen=True, array_like=True, gc=False, tag="connected"):
    """The customer got through to us about the same issue, in another contact."""

    at: datetime


class IssueResolved(msgspec.Struct, frozen=True, array_like=True, gc=False, tag="resolved"):
    at: datetime
    confirmed_by: str


Moment = Reached | Attempted | Rescheduled | Reassigned | Cancelled | CustomerConnected | IssueResolved


class Promise(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """`moments` lie in the order of their effective time; `announced` are the deadlines of promise.missed events."""

    promise_id: str
    made: Made | None = None  # None: something was said about it before it was made
    moments: tuple[Moment, ...] = ()
    announced: tuple[datetime, ...] = ()
