"""The sizes that are explored, and what breaks when one thing is left out."""

from typing import NamedTuple

from tests.protocol_model import invariants
from tests.protocol_model.explore import Explored, explored
from tests.protocol_model.model import Model
from tests.protocol_model.rules import SOUND
from tests.protocol_model.world import Faults, Size

CHUNK = 2
SIZES = (Size((1, 2), CHUNK, Faults.any(2)), Size((1, 0, 2), CHUNK, Faults.any(2)))
LARGER = (Size((1, 1), CHUNK, Faults(3, crashes=2, moves=2, wipes=1, restores=1, late_saves=1, lost_acks=1)),)


class Break(NamedTuple):
    """rule: what is left out (Rules). steps: of the shortest trace. ignore: what else would break sooner."""

    rule: str
    instead: str
    broken: str
    steps: int
    size: Size
    ignore: frozenset[str] = frozenset()

    def explored(self) -> Explored:
        return explored(Model(self.size, SOUND._replace(**{self.rule: False})), self.ignore)

    @property
    def row(self) -> str:
        return f"| {self.instead} | {self.broken} | {self.steps} |"


def _size(*log: int, **faults: int) -> Size:
    return Size(log, CHUNK, Faults(sum(faults.values()), **faults))


BREAKS = (
    Break("compare_tokens", "the owner token is ignored", invariants.ONE_WRITER, 5, _size(1, 1, moves=1)),
    Break(
        "compare_tokens",
        "the same, if that alone were no harm",
        invariants.STORED,
        10,
        _size(1, 1, moves=1),
        frozenset({invariants.ONE_WRITER}),
    ),
    Break(
        "compare_tokens",
        "the same, if neither were any harm",
        invariants.TIMELINE,
        16,
        _size(1, 1, moves=1, wipes=1),
        frozenset({invariants.ONE_WRITER, invariants.STORED, invariants.TOLD_ONCE}),
    ),
    Break(
        "compare_positions",
        "the position is overwritten without comparing",
        invariants.TIMELINE,
        10,
        _size(1, 1, late_saves=1),
    ),
    Break(
        "compare_positions",
        "the same, if that alone were no harm",
        invariants.FORWARD,
        13,
        _size(1, 1, late_saves=1),
        frozenset({invariants.TIMELINE}),
    ),
    Break("heed_moved", "a save refused as moved counts as done", invariants.STORED, 8, _size(1, 1, restores=1)),
    Break(
        "heed_moved",
        "the same, if that alone were no harm",
        invariants.SAVED,
        11,
        _size(1, 1, restores=1),
        frozenset({invariants.STORED}),
    ),
    Break("say_before_saving", "save, then append", invariants.FLAGGED, 10, _size(1, crashes=1)),
    Break("read_as_held", "load without looking at the position", invariants.IMPLIED, 12, _size(1, 1, moves=1)),
    Break(
        "forget_on_claim",
        "what is remembered outlives the lease",
        invariants.IMPLIED,
        14,
        _size(1, 1, late_saves=1),
    ),
    Break("listen", "no listening after a claim", invariants.TOLD_ONCE, 12, _size(1, crashes=1)),
    Break(
        "say_what_is_absent",
        "silence at the highest cause heard, not only below",
        invariants.FLAGGED,
        12,
        _size(2, crashes=1, lost_acks=1),
    ),
    Break(
        "cover_when_passed",
        "what was heard is covered before the position has passed it",
        invariants.TOLD_ONCE,
        18,
        _size(1, 1, crashes=2),
    ),
    Break(
        "remember_acked", "a chunk that is tried again says all again", invariants.TOLD_ONCE, 9, _size(1, late_saves=1)
    ),
    Break(
        "prove_membership", "the refused claim again without asking the group", invariants.ENDS, 20, _size(1, moves=1)
    ),
    Break(
        "sweep_only_the_unknown",
        "sweep what is left, whoever has saved since",
        invariants.TIMELINE,
        10,
        _size(1, 1, moves=1),
    ),
)
COUNTED_ON = (
    Break(
        "appends_keep_their_order",
        "Kafka takes a later flag of an append that fails, and not an earlier one",
        invariants.FLAGGED,
        12,
        _size(1, 1, crashes=1, lost_acks=1),
    ),
    Break(
        "copies_hold_a_position",
        "a copy is taken of what waits to be swept, and restored between the sweep and the first save",
        invariants.TIMELINE,
        14,
        _size(1, wipes=1, restores=1),
    ),
)
