"""Standing flags, how severe they are, and what changed between two states.

Source: definitions.md, "Flags".
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from services.journey.domain import ping_pong, runaround
from services.journey.domain.desks import Sequences, evidence_of
from services.journey.domain.standing import STRENGTH, Kind, Standing
from shared.events.identity import derive
from shared.timeline.order import Identity

RULE_VERSION = 1
REPEATS_WITHIN = timedelta(days=365)

Transition = Literal["raised", "withdrawn", "settled"]
Flags = Mapping[tuple[str, str], Standing]  # by kind and subject

PATTERNS: dict[Kind, Callable[[Sequence[str]], int | None]] = {
    "ping_pong": ping_pong.completed_at,
    "runaround": runaround.completed_at,
}
# No pattern shows in a shorter sequence.
FEWEST_STEPS = 3


class Change(NamedTuple):
    transition: Transition
    flag: Standing


def of_issue(issue_id: str, sequences: Sequences) -> Iterator[Standing]:
    """Raised while the sequence that is still open shows the pattern; settled when only resolved ones do."""
    looked_at = [(one, one.desks) for one in sequences if len(one.steps) >= FEWEST_STEPS]
    if not looked_at:
        return
    for kind, completed_at in PATTERNS.items():
        showing = [(one, at) for one, desks in looked_at if (at := completed_at(desks)) is not None]
        if showing:
            last, at = showing[-1]
            yield Standing(
                kind=kind,
                subject=issue_id,
                settled="issue_resolved" if last.closed else None,
                evidence=evidence_of([one for one, _ in showing]),
                complete=last.steps[at].time,
                issue_id=issue_id,
            )


def changes(before: Flags, after: Flags) -> list[Change]:
    """What is to be published, in a fixed order: what was never true first, then what is, the strongest first."""
    if before is after:
        return []
    gone = [Change("withdrawn", before[key]) for key in sorted(before.keys() - after.keys())]
    found: list[Change] = []
    others = [key for key, flag in after.items() if before.get(key) is not flag]  # of hundreds, mostly one
    for key in sorted(others, key=lambda key: (-STRENGTH[key[0]], key)):
        found += _transitions(before.get(key), after[key])
    return gone + found


def _transitions(old: Standing | None, new: Standing) -> list[Change]:
    match (old.state if old else None, new.state):
        case (None, "raised") | ("settled", "raised"):
            return [Change("raised", new)]
        case ("raised", "settled"):
            return [Change("settled", new)]
        case (None, "settled"):
            return [Change("raised", new), Change("settled", new)]
        case _:
            return []


def severity(flag: Standing, missed: Iterable[datetime]) -> int:
    """1, and one more for each promise missed to this customer in the year before the pattern was complete.

    missed: the deadlines of all of them.
    """
    return 1 + sum(timedelta(0) < flag.complete - deadline <= REPEATS_WITHIN for deadline in missed)


def flag_id(customer_id: str, flag: Standing) -> str:
    return derive(["flag", customer_id, flag.kind, flag.subject])


def change_id(flag: str, transition: Transition, cause: Identity) -> str:
    """The same change, read from the same event, has the same id whoever announces it."""
    return derive([flag, transition, cause.source, cause.id])
