"""`report handoffs`: how often issues change hands and come back, in two countings.

Source: definitions.md, "Real data".
"""

from collections.abc import Callable, Iterable

import msgspec

from services.journey.domain import handoffs
from services.journey.domain.desks import Sequences
from services.journey.domain.handoffs import Handoffs
from services.journey.domain.journey import Journey

AT_LEAST = (1, 2, 3)


class Counting(msgspec.Struct):
    """Issues with at least so many hand-offs, with a direct return (and how many times), with any return."""

    handoffs_at_least: dict[str, int]
    direct_return: dict[str, int]
    any_return: dict[str, int]


class HandoffReport(msgspec.Struct):
    """Additive: reports over disjoint customers add up field by field."""

    issues: int
    with_desk: int
    raw: Counting
    ours: Counting
    flags: dict[str, int]


def report(journeys: Iterable[Journey]) -> HandoffReport:
    """Over every issue of these customers; `flags` counts standing ones, settled or not."""
    issues: list[Sequences] = []
    flags = {"ping_pong": 0, "runaround": 0}
    for journey in journeys:
        issues += [journey.sequences.get(issue_id, ()) for issue_id in journey.timeline.issues]
        for flag in journey.flags.values():
            if flag.kind in flags:
                flags[flag.kind] += 1
    return HandoffReport(
        issues=len(issues),
        with_desk=sum(bool(sequences) for sequences in issues),
        raw=_counting(issues, handoffs.raw),
        ours=_counting(issues, handoffs.ours),
        flags=flags,
    )


def _counting(issues: list[Sequences], count: Callable[[Sequences], Handoffs]) -> Counting:
    counted = [count(sequences) for sequences in issues]
    return Counting(
        handoffs_at_least={str(least): sum(one.steps >= least for one in counted) for least in AT_LEAST},
        direct_return={
            "issues": sum(one.direct_returns > 0 for one in counted),
            "times": sum(one.direct_returns for one in counted),
        },
        any_return={"issues": sum(one.any_returns > 0 for one in counted)},
    )
