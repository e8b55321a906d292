"""The digest by which two runs are compared (definitions.md, "Digest"), and the figures of the two reports."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

import rfc8785

from tests.oracle.desks import DeskSequence
from tests.oracle.facts import Event, Fact, accept, by_customer
from tests.oracle.flags import standing_flags
from tests.oracle.promises import Promise, life, made_by, promises, standing
from tests.oracle.timeline import timeline


@dataclass(frozen=True)
class Digest:
    """`customers`: hex digest by customer id; `documents`: what was hashed."""

    overall: str
    customers: dict[str, str]
    documents: dict[str, dict[str, Any]]


def digest(log: Sequence[Event], until: datetime) -> Digest:
    """Promises made by `until`, by what had occurred until then; issues and flags by all facts."""
    documents = {customer: document(facts, until) for customer, facts in by_customer(accept(log).facts).items()}
    customers = {customer: _hashed(each) for customer, each in documents.items()}
    return Digest(_hashed(customers), customers, documents)


def document(accepted: Sequence[Fact], until: datetime) -> dict[str, Any]:
    """What is hashed of one customer: `accepted`, all its facts in any order."""
    line = timeline(accepted)
    flags = standing_flags(line).values()
    return {
        "events": sorted(list(each.key) for each in accepted if each.type != "promise.missed"),
        "issues": {issue.id: [each.desks for each in issue.sequences] for issue in line.issues.values()},
        "flags": sorted([each.kind, each.subject, each.state, [list(it) for it in each.evidence]] for each in flags),
        "promises": {each.id: list(standing(life(each, until))) for each in made_by(promises(line).values(), until)},
    }


def _hashed(value: Any) -> str:
    return sha256(rfc8785.dumps(value)).hexdigest()


def handoff_figures(issues: Iterable[Sequence[DeskSequence]]) -> dict[str, Any]:
    """Over issues, each as its sequences: how many have hand-offs and returns; times adds up over sequences."""
    rows = [
        (
            sum(each.handoffs for each in sequences),
            sum(each.direct_returns for each in sequences),
            sum(each.any_returns for each in sequences),
        )
        for sequences in issues
    ]
    return {
        "handoffs_at_least": {str(least): sum(row[0] >= least for row in rows) for least in (1, 2, 3)},
        "direct_return": {"issues": sum(row[1] > 0 for row in rows), "times": sum(row[1] for row in rows)},
        "any_return": {"issues": sum(row[2] > 0 for row in rows)},
    }


def promise_figures(all_promises: Iterable[Promise], until: datetime) -> Counter[str]:
    """Promises made by `until` as kept, late, overdue, not_due, other; not_stated without due_by in promise.made."""
    return Counter(_reported(each, until) for each in made_by(all_promises, until))


def _reported(promise: Promise, until: datetime) -> str:
    """kept also before its window ends; late_by_customer is other.

    # reading: after a miss the current (recovery) window decides between overdue and not_due.
    """
    if promise.made.says("due_by") is None:
        return "not_stated"
    told = life(promise, until)
    if told.ended is not None:
        return told.ended if told.ended in ("kept", "late") else "other"
    return "overdue" if told.state == "overdue" else "not_due"
