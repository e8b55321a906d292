"""A flag that stands on the facts of a timeline."""

from datetime import datetime
from typing import Literal

import msgspec

from shared.timeline.order import Identity

Kind = Literal["missed_promise", "ping_pong", "runaround"]
Settled = Literal["issue_resolved", "made_good", "cancelled"]

STRENGTH: dict[str, int] = {"missed_promise": 3, "ping_pong": 2, "runaround": 1}


class Standing(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """`subject`: the issue or promise it is about. `settled`: None while somebody should act on it.

    `complete`: when the pattern was complete (a promise: its deadline).
    """

    kind: Kind
    subject: str
    settled: Settled | None
    evidence: tuple[Identity, ...]
    complete: datetime
    issue_id: str | None

    @property
    def state(self) -> Literal["raised", "settled"]:
        return "settled" if self.settled else "raised"
