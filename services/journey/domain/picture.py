"""The whole picture in one look-up, debts first: a pure function of the stored state and now.

Source: stories.md S1-S5.
"""

from collections.abc import Set
from datetime import datetime
from typing import Any

import msgspec

from services.journey.domain.flags import severity
from services.journey.domain.journey import Journey
from services.journey.domain.person import current_notes
from services.journey.domain.standing import STRENGTH, Standing
from shared.promises.life import Life, life
from shared.promises.promise import Promise
from shared.timeline.issues import lapsed

Json = dict[str, Any]


def picture(journey: Journey, now: datetime, desks: Set[str] | None = None) -> Json:
    """What an agent should know before speaking, in the order in which it matters.

    desks: whose promises' wording is shown, by owner; None: everybody's. What is noted of the person is for every desk.
    """
    promises = [(promise, lived) for promise in journey.promises.values() if (lived := life(promise, now)) is not None]
    by_deadline = sorted(promises, key=lambda one: (one[1].window.deadline, one[0].promise_id))
    return {
        "customer_id": journey.customer_id,
        "debts": [describe_promise(p, lived, desks) for p, lived in by_deadline if lived.is_debt],
        "promises": [
            describe_promise(p, lived, desks) for p, lived in by_deadline if not lived.is_debt and not lived.closed_at
        ],
        "flags": [describe_flag(journey, flag) for flag in by_strength(journey)],
        "situation": [
            {"kind": note.kind, "text": note.text, "noted_at": note.noted_at, "valid_until": note.valid_until}
            for note in current_notes(journey.person, now)
        ],
        "last_owner": _fields(journey.person.last_owner),
        "open_issues": _open_issues(journey, now),
        "preference": _fields(journey.person.preference),
        "notices": [_fields(notice) for notice in journey.person.notices],
        "feedback": {"thanks": journey.person.thanks, "complaints": journey.person.complaints},
    }


def by_strength(journey: Journey) -> list[Standing]:
    """What is to be acted on first: raised before settled, the strongest first, the newest of these first."""
    return sorted(
        journey.flags.values(),
        key=lambda flag: (flag.settled is not None, -STRENGTH[flag.kind], -flag.complete.timestamp(), flag.subject),
    )


def describe_flag(journey: Journey, flag: Standing) -> Json:
    return {
        "kind": flag.kind,
        "state": flag.state,
        "severity": severity(flag, journey.missed),
        "issue_id": flag.issue_id,
        "promise_id": flag.subject if flag.kind == "missed_promise" else None,
        "complete_at": flag.complete,
        "settled_by": flag.settled,
        "evidence": [{"source": one.source, "id": one.id} for one in flag.evidence],
    }


def describe_promise(promise: Promise, lived: Life, desks: Set[str] | None = None) -> Json:
    made = promise.made
    assert made is not None  # noqa: S101  what has a life was made
    return {
        "promise_id": promise.promise_id,
        "kind": made.kind,
        "state": lived.state,
        "outcome": lived.outcome,
        "made_good": lived.made_good,
        "made_at": made.time,
        "due_from": lived.window.due_from,
        "due_by": lived.window.due_by,
        "grace_s": lived.window.grace_s,
        "owner": _fields(lived.owner),
        "channel": made.channel,
        "explicit": made.explicit,
        "wording": made.wording if desks is None or lived.owner.desk in desks else None,
        "attempts": len(lived.attempts),
        "moves": [{"at": at, "by": by} for at, by in lived.moves],
        "issue_id": made.issue_id,
        "contact_id": made.contact_id,
    }


def _fields(stored: msgspec.Struct | None) -> Json | None:
    """By name: what is stored as a row of values is answered as an object."""
    return None if stored is None else msgspec.structs.asdict(stored)


def _open_issues(journey: Journey, now: datetime) -> list[Json]:
    """Those that were touched last come first; a lapsed one is shown as such. Where none was ever touched their order
    says nothing: what was put away comes back in another."""
    still_open = sorted(
        (issue for issue in journey.timeline.issues.values() if issue.open),
        key=lambda issue: (-issue.touches, issue.issue_id),
    )
    return [
        {
            "issue_id": issue.issue_id,
            "implicit": issue.implicit,
            "topic": issue.topic,
            "product": issue.product,
            "last_touch": issue.touched,
            "lapsed": lapsed(issue, now),
            "desks": [one.desks for one in journey.sequences.get(issue.issue_id, ())],
        }
        for issue in still_open
    ]
