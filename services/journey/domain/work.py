"""The work list: an issue (or a promise of no issue) once, with its standing flags, the strongest first.

Source: definitions.md, "Hand-offs, ping-pong, runaround" (last line) and "Flags".
"""

from collections.abc import Iterator, Set
from datetime import datetime

import msgspec

from services.journey.domain.flags import flag_id, severity
from services.journey.domain.journey import Journey
from services.journey.domain.standing import STRENGTH, Standing
from shared.promises.life import life
from shared.timeline.issues import QUIET


class Evidence(msgspec.Struct, frozen=True):
    source: str
    id: str


class ListedFlag(msgspec.Struct, frozen=True):
    flag_id: str
    kind: str
    state: str
    severity: int
    complete_at: datetime
    settled_by: str | None
    evidence: tuple[Evidence, ...]
    promise_id: str | None


class WorkItem(msgspec.Struct, frozen=True):
    """`desks`: who has it now. `lapses_at`: when it leaves the default list unless something happens."""

    customer_id: str
    subject: str
    issue_id: str | None
    topic: str | None
    product: str | None
    desks: tuple[str, ...]
    lapses_at: datetime | None
    flags: tuple[ListedFlag, ...]

    @property
    def state(self) -> str:
        """Raised while any of its flags asks somebody to act."""
        return "raised" if any(flag.state == "raised" for flag in self.flags) else "settled"

    @property
    def urgency(self) -> float:
        """Sorts ascending: the strongest raised flag, then the most severe, then who has waited longest."""
        first = self.flags[0]
        rank = -STRENGTH[first.kind] * 1_000 - min(first.severity, 999)
        return rank * 1e10 + first.complete_at.timestamp()


def work_items(journey: Journey, subjects: Set[str] | None = None) -> dict[str, WorkItem]:
    """By subject; None: all of them."""
    listed = {_subject(flag): None for flag in journey.flags.values()}
    return {subject: _item(journey, subject) for subject in listed if subjects is None or subject in subjects}


def changed_subjects(before: Journey, after: Journey) -> Set[str]:
    """Those whose work item may differ between two states: of hundreds that a customer may have, mostly one."""
    changed = [
        flag
        for key in before.flags.keys() | after.flags.keys()
        if before.flags.get(key) is not after.flags.get(key)
        for flag in (before.flags.get(key), after.flags.get(key))
        if flag is not None
    ]
    subjects = {_subject(flag) for flag in (*before.flags.values(), *after.flags.values())}
    if any(flag.kind == "missed_promise" for flag in changed) or before.promises is not after.promises:
        return subjects  # the severity of every flag, and whose promise it is, may have changed
    touched = {one for one in subjects if before.timeline.issues.get(one) is not after.timeline.issues.get(one)}
    return touched | {_subject(flag) for flag in changed}


def _subject(flag: Standing) -> str:
    return flag.issue_id or flag.subject


def _item(journey: Journey, subject: str) -> WorkItem:
    issue = journey.timeline.issues.get(subject)
    flags = sorted(_flags(journey, subject), key=lambda one: (one.state != "raised", -STRENGTH[one.kind], one.flag_id))
    lapses = issue.touched + QUIET if issue and issue.implicit and issue.touched else None
    return WorkItem(
        customer_id=journey.customer_id,
        subject=subject,
        issue_id=issue.issue_id if issue else None,
        topic=issue.topic if issue else None,
        product=issue.product if issue else None,
        desks=tuple(dict.fromkeys(_desks(journey, subject))),
        lapses_at=lapses,
        flags=tuple(flags),
    )


def _flags(journey: Journey, subject: str) -> Iterator[ListedFlag]:
    missed = journey.missed
    for flag in journey.flags.values():
        if _subject(flag) == subject:
            yield ListedFlag(
                flag_id=flag_id(journey.customer_id, flag),
                kind=flag.kind,
                state=flag.state,
                severity=severity(flag, missed),
                complete_at=flag.complete,
                settled_by=flag.settled,
                evidence=tuple(Evidence(one.source, one.id) for one in flag.evidence),
                promise_id=flag.subject if flag.kind == "missed_promise" else None,
            )


def _desks(journey: Journey, subject: str) -> Iterator[str]:
    sequences = journey.sequences.get(subject)
    if sequences:
        yield sequences[-1].steps[-1].desk
    for flag in journey.flags.values():
        promise = journey.promises.get(flag.subject) if flag.kind == "missed_promise" else None
        if promise and _subject(flag) == subject and (lived := life(promise)):
            yield lived.owner.desk
