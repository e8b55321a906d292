"""The work list: an issue (or a promise of no issue) once, with its standing flags, the strongest first.

Source: definitions.md, "Hand-offs, ping-pong, runaround" (last line) and "Flags".
"""

from collections.abc import Iterator, Mapping, Sequence, Set
from datetime import datetime
from typing import TypeVar

import msgspec

from services.journey.domain.flags import flag_id, severity
from services.journey.domain.journey import Journey
from services.journey.domain.standing import STRENGTH, Standing
from shared.promises.life import life
from shared.timeline.issues import QUIET

K = TypeVar("K")


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
    listed: dict[str, list[Standing]] = {}
    for flag in journey.flags.values():
        subject = _subject(flag)
        if subjects is None or subject in subjects:
            listed.setdefault(subject, []).append(flag)
    missed = journey.missed if listed else []
    return {subject: _item(journey, subject, flags, missed) for subject, flags in listed.items()}


def changed_subjects(before: Journey, after: Journey) -> Set[str]:
    """Those whose work item may differ between two states: of hundreds that a customer may have, mostly one."""
    gone = [flag for key, flag in before.flags.items() if after.flags.get(key) is not flag]
    missed, missed_now = before.missed, after.missed
    same = missed == missed_now
    return {
        _subject(flag)
        for flag in (*gone, *after.flags.values())
        if _changed(before, after, flag) or not (same or severity(flag, missed) == severity(flag, missed_now))
    }


def _changed(before: Journey, after: Journey, flag: Standing) -> bool:
    """What is listed with a flag; the flag itself follows from its issue's sequences or from its promise."""
    subject = _subject(flag)
    return (
        _differ(before.timeline.issues, after.timeline.issues, subject)
        or _differ(before.sequences, after.sequences, subject)
        or (flag.kind == "missed_promise" and _differ(before.promises, after.promises, flag.subject))
    )


def _differ(before: Mapping[K, object], after: Mapping[K, object], key: K) -> bool:
    """Mostly they are the same object; after all events were folded anew, equal ones."""
    old, new = before.get(key), after.get(key)
    return old is not new and old != new


def _subject(flag: Standing) -> str:
    return flag.issue_id or flag.subject


def _item(journey: Journey, subject: str, flags: Sequence[Standing], missed: Sequence[datetime]) -> WorkItem:
    """flags: of the subject. missed: the customer's deadlines."""
    issue = journey.timeline.issues.get(subject)
    listed = [_listed(journey.customer_id, flag, missed) for flag in flags]
    lapses = issue.touched + QUIET if issue and issue.implicit and issue.touched else None
    return WorkItem(
        customer_id=journey.customer_id,
        subject=subject,
        issue_id=issue.issue_id if issue else None,
        topic=issue.topic if issue else None,
        product=issue.product if issue else None,
        desks=tuple(dict.fromkeys(_desks(journey, subject, flags))),
        lapses_at=lapses,
        flags=tuple(sorted(listed, key=lambda one: (one.state != "raised", -STRENGTH[one.kind], one.flag_id))),
    )


def _listed(customer_id: str, flag: Standing, missed: Sequence[datetime]) -> ListedFlag:
    return ListedFlag(
        flag_id=flag_id(customer_id, flag),
        kind=flag.kind,
        state=flag.state,
        severity=severity(flag, missed),
        complete_at=flag.complete,
        settled_by=flag.settled,
        evidence=tuple(Evidence(one.source, one.id) for one in flag.evidence),
        promise_id=flag.subject if flag.kind == "missed_promise" else None,
    )


def _desks(journey: Journey, subject: str, flags: Sequence[Standing]) -> Iterator[str]:
    sequences = journey.sequences.get(subject)
    if sequences:
        yield sequences[-1].steps[-1].desk
    for flag in flags:
        promise = journey.promises.get(flag.subject) if flag.kind == "missed_promise" else None
        if promise and (lived := life(promise)):
            yield lived.owner.desk
