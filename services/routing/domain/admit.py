"""What the front door refuses although it is a well-formed event. Rules of definitions.md, "Envelope"."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from shared.events import Event

# Clocks of honest senders differ by seconds; this far ahead, a clock or a time zone is wrong.
MOST_AHEAD: Final = timedelta(minutes=5)

# The whole namespace is ours, in any case, so that nobody can sign with a name that reads like one of our services.
_OURS: Final = "urn:ashiato:"


class Refusal(NamedTuple):
    """One thing to mend. pointer: RFC 6901, into the event."""

    pointer: str
    detail: str


def refusals(event: Event, now: datetime, may_write: Callable[[str], bool] = lambda _: True) -> list[Refusal]:
    """Why the event may not enter; empty: it may. now: aware. may_write: whether the source is the sender's own."""
    found = []
    if not may_write(event.source):
        found.append(Refusal("/source", "Input should be a source that you may write events of"))
    if event.source.casefold().startswith(_OURS):
        found.append(Refusal("/source", f"{_OURS}* is reserved for events that our own services derive"))
    if event.time > now + MOST_AHEAD:
        found.append(Refusal("/time", "Input should not be more than 5 minutes ahead of our clock"))
    return found
