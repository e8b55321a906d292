"""What two runs are compared by: a customer's events, issues, flags and promises, and their SHA-256.

Source: definitions.md, "Digest".
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

from services.journey.domain.journey import Journey
from shared.events.canonical import canonical
from shared.promises.life import life
from shared.timeline.order import Identity


def content(journey: Journey, events: Iterable[Identity], as_of: datetime) -> dict[str, Any]:
    """What is hashed of one customer. `events`: all accepted ones but promise.missed."""
    lived = {promise_id: life(promise, as_of) for promise_id, promise in journey.promises.items()}
    return {
        "events": sorted([one.source, one.id] for one in events),
        "issues": {
            issue_id: [one.desks for one in journey.sequences.get(issue_id, ())] for issue_id in journey.timeline.issues
        },
        "flags": sorted(
            [flag.kind, flag.subject, flag.state, [[one.source, one.id] for one in flag.evidence]]
            for flag in journey.flags.values()
        ),
        "promises": {promise_id: [one.state, one.outcome] for promise_id, one in lived.items() if one is not None},
    }


def digest(value: Mapping[str, Any]) -> str:
    """Hex SHA-256 of the canonical JSON: of one customer's content, or of {customer id: hex digest} over all."""
    return sha256(canonical(value)).hexdigest()
