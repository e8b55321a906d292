"""What must hold: in every world, at every step, and wherever nothing is left to do."""

from collections import Counter

from tests.protocol_model.model import EMPTIED, LATE_SAVE, OWNER, RESTORED, Step
from tests.protocol_model.world import How, Size, Stage, World

TIMELINE = "the timeline is the log up to the position"
IMPLIED = "a flag is what the log says"
TOLD_ONCE = "a flag is told once"
SAVED = "no lease stands beyond what was saved"
FORWARD = "only a lost store goes back"
ONE_WRITER = "only the last to claim writes"
STORED = "in the end everything is stored"
FLAGGED = "in the end every flag is said"
ENDS = "every run ends"
ALL = (TIMELINE, IMPLIED, TOLD_ONCE, SAVED, FORWARD, ONE_WRITER, STORED, FLAGGED, ENDS)


def broken_in(world: World) -> str | None:
    store = world.store
    if store.next is not None:
        log = tuple(range(store.next))
        if store.timeline != log or store.fold != log:
            return TIMELINE
    if any(said.flag.history != tuple(range(said.flag.cause + 1)) for said in world.flags):
        return IMPLIED
    told = Counter(said.flag for said in world.flags if said.how is How.TOLD)
    if told and max(told.values()) > 1:
        return TOLD_ONCE
    if max(world.owner.next, world.other.next) > world.ever_saved:
        return SAVED
    return None


def broken_by(before: World, step: Step, after: World) -> str | None:
    if before.store is after.store or step.what in {EMPTIED, RESTORED}:
        return None
    if (after.store.next or 0) < (before.store.next or 0):
        return FORWARD
    if (step.what.startswith("saves") or step.what == LATE_SAVE) and _writer(before, step) != before.store.token:
        return ONE_WRITER
    return None


def unfinished(size: Size, world: World) -> str | None:
    """Nothing is left to do: then all must be done."""
    end = len(size.log)
    if world.owner.stage is not Stage.READY or world.store.next != end or world.owner.token != world.store.token:
        return STORED
    if {said.flag for said in world.flags} != set(size.flags((), 0, end)):
        return FLAGGED
    return None


def _writer(world: World, step: Step) -> int | None:
    if step.who is None:
        return world.late.token if world.late else None
    return (world.owner if step.who == OWNER else world.other).token
