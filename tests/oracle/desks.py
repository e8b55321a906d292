"""Owning desks, sequences, hand-offs and returns (definitions.md, "Hand-offs, ping-pong, runaround")."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tests.oracle.facts import Fact, Key


@dataclass(frozen=True)
class Step:
    """A desk of a sequence and the fact that asserted it first."""

    desk: str
    fact: Fact


@dataclass
class DeskSequence:
    """D1 D2 D3 ... without equal neighbours; closed by issue.resolved."""

    steps: list[Step] = field(default_factory=list)
    closed: bool = False

    @property
    def desks(self) -> list[str]:
        return [step.desk for step in self.steps]

    @property
    def handoffs(self) -> int:
        """One step within a sequence."""
        return len(self.steps) - 1

    @property
    def direct_returns(self) -> int:
        """A B A."""
        return sum(one == other for one, other in zip(self.desks, self.desks[2:], strict=False))

    @property
    def any_returns(self) -> int:
        """Any earlier desk of the sequence again."""
        return sum(desk in self.desks[:place] for place, desk in enumerate(self.desks))


def voided_transfers(facts: Iterable[Fact]) -> set[Key]:
    """A failed transfer voids the latest earlier, not yet voided contact.transferred of the same contact and desks.

    # reading: absent is equal to absent, for from_desk and for contact_id (both transfers without a contact).
    # reading: the issues of the two need not be the same.
    """
    completed: list[Fact] = []
    void: set[Key] = set()
    for each in facts:
        if each.type == "contact.transferred":
            completed.append(each)
        if each.type == "contact.transfer_failed":
            open_ones = [it for it in completed if it.key not in void and _same_transfer(it, each)]
            void.update(it.key for it in open_ones[-1:])
    return void


def _same_transfer(one: Fact, other: Fact) -> bool:
    return all(one.says(name) == other.says(name) for name in ("contact_id", "from_desk", "to_desk"))


def asserted(fact: Fact, *, outbound: bool, by_redirect: bool, void: set[Key], last: str | None) -> list[str]:
    """The desks that a fact asserts; `last` is the last desk of the sequence that is not closed."""
    desks: list[str | None] = []
    match fact.type:
        case "contact.connected" if not outbound:
            desks = [fact.says("desk")]
        case "contact.queued" if by_redirect:
            desks = [fact.says("desk")]
        case "issue.opened" | "issue.assigned":
            desks = [fact.says("desk")]
        case "contact.transferred" if fact.key not in void and fact.says("to_desk") != last:
            desks = [fact.says("from_desk"), fact.says("to_desk")]
    return [desk for desk in desks if desk is not None]


def open_sequence(sequences: Sequence[DeskSequence]) -> DeskSequence | None:
    return sequences[-1] if sequences and not sequences[-1].closed else None


def last_desk(sequences: Sequence[DeskSequence]) -> str | None:
    current = open_sequence(sequences)
    return current.steps[-1].desk if current else None


def add(sequences: list[DeskSequence], desk: str, fact: Fact) -> None:
    """Equal neighbours collapse; after a closed sequence the next assertion opens a new one with its desk."""
    current = open_sequence(sequences)
    if current is None:
        sequences.append(DeskSequence([Step(desk, fact)]))
    elif current.steps[-1].desk != desk:
        current.steps.append(Step(desk, fact))


def close(sequences: Sequence[DeskSequence]) -> None:
    current = open_sequence(sequences)
    if current is not None:
        current.closed = True
