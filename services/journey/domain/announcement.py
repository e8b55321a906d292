"""A change of a flag as the event that is published: what others read on journey.flags.v1."""

from services.journey.domain.flags import RULE_VERSION, Change, change_id, flag_id, severity
from services.journey.domain.journey import Journey
from shared.events import JOURNEY, Cause, Event, FlagRaised, FlagSettled, FlagWithdrawn, Reference
from shared.timeline.order import identity_of

FlagEvent = FlagRaised | FlagWithdrawn | FlagSettled
_TYPES: dict[str, type[FlagRaised] | type[FlagWithdrawn] | type[FlagSettled]] = {
    "raised": FlagRaised,
    "withdrawn": FlagWithdrawn,
    "settled": FlagSettled,
}


def announcement(
    change: Change, journey: Journey, read: Event, cause: Cause, traceparent: str | None = None
) -> FlagEvent:
    """`read`: the event that was being read when the change was seen; `cause`: where on the log it lies; `traceparent`:
    the trace that it belongs to."""
    flag = change.flag
    flag_key = flag_id(journey.customer_id, flag)
    data = {
        "flag_id": flag_key,
        "kind": flag.kind,
        "rule": flag.kind,
        "rule_version": RULE_VERSION,
        "evidence": tuple(Reference(source=one.source, id=one.id) for one in flag.evidence),
        "severity": severity(flag, journey.missed),
        "issue_id": flag.issue_id,
        "promise_id": flag.subject if flag.kind == "missed_promise" else None,
        "cause": cause,
    }
    if change.transition == "settled":
        data["why"] = flag.settled
    kind = _TYPES[change.transition]
    return kind.model_validate(
        {
            "id": change_id(flag_key, change.transition, identity_of(read)),
            "source": JOURNEY,
            "subject": journey.customer_id,
            "time": read.time,
            "traceparent": traceparent,
            "data": kind.Data.model_validate(data),
        }
    )
