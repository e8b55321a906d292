"""Ping-pong: A B A B, one desk and another and back and there again, within one sequence. Source: definitions.md."""

from collections.abc import Sequence


def completed_at(desks: Sequence[str]) -> int | None:
    """The index of the desk that completes the first A B A B, if there is one."""
    for i in range(3, len(desks)):
        if desks[i] == desks[i - 2] and desks[i - 1] == desks[i - 3]:
            return i
    return None
