"""Hand-offs and returns, counted. Source: definitions.md, "Hand-offs, ping-pong, runaround"."""

from collections.abc import Iterable, Sequence
from itertools import chain, groupby

import msgspec

from services.journey.domain.desks import Sequences


class Handoffs(msgspec.Struct, frozen=True):
    """direct: A B A. any: an earlier desk of the sequence again, however long the way."""

    steps: int
    direct_returns: int
    any_returns: int


def ours(sequences: Sequences) -> Handoffs:
    """Counts add up over an issue's sequences; what a resolution closed does not hand off to what follows."""
    return _sum(count(one.desks) for one in sequences)


def raw(sequences: Sequences) -> Handoffs:
    """Resolution ignored, as published work counts: one sequence from first to last."""
    desks = chain.from_iterable(one.desks for one in sequences)
    return count([desk for desk, _ in groupby(desks)])


def count(desks: Sequence[str]) -> Handoffs:
    direct = sum(desks[i] == desks[i - 2] for i in range(2, len(desks)))
    seen: set[str] = set()
    returns = 0
    for desk in desks:
        returns += desk in seen
        seen.add(desk)
    return Handoffs(max(len(desks) - 1, 0), direct, returns)


def _sum(counts: Iterable[Handoffs]) -> Handoffs:
    total = Handoffs(0, 0, 0)
    for one in counts:
        total = Handoffs(
            total.steps + one.steps, total.direct_returns + one.direct_returns, total.any_returns + one.any_returns
        )
    return total
