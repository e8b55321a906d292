"""Contacts that our own system cut while the customer waited: the line that hung up on its own.

Source: definitions.md, "Owed callback"; stories.md S1.
"""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from shared.events import ContactEnded, ContactQueued, ContactStarted, PromiseMade
from shared.events.identity import derive
from shared.timeline.timeline import Placed

WAITED_S = 60


class Wait(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What one contact tells about waiting, until it was cut. `promised`: another promise than the owed one was made
    in it, at any time."""

    started: datetime | None = None
    channel: str | None = None
    queued: datetime | None = None
    desk: str | None = None  # last queued at
    cut: datetime | None = None
    promised: bool = False

    @property
    def is_owed(self) -> bool:
        return self.cut is not None and not self.promised


def owed_id(customer_id: str, contact_id: str) -> str:
    """Event id and promise id of the callback owed for a cut contact."""
    return derive(["owed", customer_id, contact_id])


def changed(waits: Mapping[str, Wait], customer_id: str, placed: Placed) -> dict[str, Wait]:
    """The waits that the event concerns, as they are after it."""
    event, replace = placed.event, msgspec.structs.replace
    if isinstance(event, PromiseMade):
        return _promised(waits, customer_id, event)
    if not isinstance(event, ContactStarted | ContactQueued | ContactEnded):
        return {}
    wait = waits.get(event.data.contact_id, Wait())
    if wait.cut is not None:
        return {}
    match event:
        case ContactStarted(data=data):
            seen = replace(wait, started=wait.started or event.time, channel=wait.channel or data.channel)
        case ContactQueued(data=data):
            seen = replace(wait, queued=event.time, desk=data.desk)
        case ContactEnded():
            seen = replace(wait, cut=event.time) if was_cut(event, wait) else wait
    return {} if seen == wait else {event.data.contact_id: seen}


def _promised(waits: Mapping[str, Wait], customer_id: str, event: PromiseMade) -> dict[str, Wait]:
    contact_id = event.data.contact_id
    if contact_id is None or event.id == owed_id(customer_id, contact_id):
        return {}
    return {contact_id: msgspec.structs.replace(waits.get(contact_id, Wait()), promised=True)}


def was_cut(ended: ContactEnded, wait: Wait) -> bool:
    """By our system, in a menu or queue, after a minute or more; an unmeasured wait is taken from the times."""
    data = ended.data
    if data.ended_by != "system" or data.phase not in ("menu", "queue"):
        return False
    if data.wait_s is not None:
        return data.wait_s >= WAITED_S
    since = wait.queued or wait.started
    return since is not None and (ended.time - since).total_seconds() >= WAITED_S
