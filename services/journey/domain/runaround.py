"""Runaround (たらい回し): three or more distinct desks within one sequence. Source: definitions.md."""

from collections.abc import Sequence

DESKS = 3


def completed_at(desks: Sequence[str]) -> int | None:
    """The index of the desk that makes it three, if there is one."""
    seen: set[str] = set()
    for i, desk in enumerate(desks):
        seen.add(desk)
        if len(seen) == DESKS:
            return i
    return None
