"""The steps of the protocol: what each worker may do next, and what may happen to it. See docs/protocol.md.

A worker's step is one round trip, to the store or to the log: between two, anybody else may take theirs.
The owner is whom the group counts on; the other is out, or was the owner and has not been told: a zombie.
"""

from collections.abc import Iterator
from typing import NamedTuple

from msgspec.structs import replace

from tests.protocol_model.fence import applied, claimed, lost, refusal, swept
from tests.protocol_model.rules import SOUND, Rules
from tests.protocol_model.world import Flag, How, Said, Save, Size, Stage, Worker, World

OWNER, OTHER = 0, 1


class Step(NamedTuple):
    """who: OWNER or OTHER, by what the group believes before the step; None: the world. size: records of a chunk, or
    flags that were written. copied: a copy of the store is taken at once."""

    what: str
    who: int | None = None
    size: int = 0
    copied: bool = False


IS_MOVED = "loses the partition to the other, and is not told"
IS_TAKEN = "is given the partition again"
LATE_SAVE = "the late save arrives"
EMPTIED = "the store is emptied"
RESTORED = "the copy is restored"


Steps = Iterator[tuple[Step, World]]


class Model:
    def __init__(self, size: Size, rules: Rules = SOUND) -> None:
        self.size = size
        self.rules = rules
        self.end = len(size.log)

    def steps(self, world: World) -> Steps:
        """What happens if nothing goes wrong (any more). A copy of the store is taken when it has changed: later it
        would be the same copy."""
        for step, after in self._steps(world):
            yield step, after
            changed = after.store is not world.store
            known = after.store.next is not None or not self.rules.copies_hold_a_position
            if changed and known and world.backup is None and world.faults.restores:
                yield step._replace(copied=True), replace(after, backup=after.store)

    def faults(self, world: World) -> Steps:
        may = world.faults
        for who, worker in ((OWNER, world.owner), (OTHER, world.other)):
            if may.crashes and worker.stage is not Stage.OUT:
                yield Step("crashes", who), _renamed(_with(_at_fault(world, "crashes"), who, Worker()))
            if may.late_saves and worker.stage is Stage.SAVE and world.late is None:
                after = replace(_at_fault(world, "late_saves"), late=self._save(worker))
                yield Step("saves, without an answer", who), _with(after, who, replace(worker, stage=Stage.LOAD))
            if may.lost_acks and worker.stage is Stage.APPEND:
                yield from self._append_unacknowledged(world, who, worker)
        if may.moves and world.owner.stage is not Stage.OUT:
            moved = replace(_at_fault(world, "moves"), owner=Worker(Stage.CLAIM), other=world.owner)
            yield Step(IS_MOVED, OWNER), _renamed(moved)
        if may.wipes:
            yield Step(EMPTIED), replace(_at_fault(world, "wipes"), store=lost(world.store))
        if may.restores and world.backup not in (None, world.store):
            restored = replace(_at_fault(world, "restores"), store=world.backup or world.store)
            yield Step(RESTORED), restored

    def _steps(self, world: World) -> Steps:
        yield from self._worker(world, OWNER, world.owner)
        yield from self._worker(world, OTHER, world.other)
        if world.owner.stage is Stage.OUT:
            yield Step("is begun anew", OWNER), replace(world, owner=Worker(Stage.CLAIM))
            if world.other.stage is not Stage.OUT:
                taken = replace(world, owner=Worker(Stage.CLAIM), other=Worker())
                yield Step(IS_TAKEN, OTHER), _renamed(taken)
        if world.late is not None:
            yield Step("the late save never arrives"), _renamed(replace(world, late=None))
            if refusal(world.store, world.late.token, world.late.expected, self.rules) is None:
                yield Step(LATE_SAVE), _renamed(replace(self._saved(world, world.late), late=None))

    def _worker(self, world: World, who: int, worker: Worker) -> Steps:
        match worker.stage:
            case Stage.CLAIM:
                yield Step("claims", who), self._claim(world, who, worker)
            case Stage.SWEEP:
                after = replace(world, store=swept(world.store, self.rules))
                yield Step("sweeps", who), _with(after, who, replace(worker, stage=Stage.BEGIN))
            case Stage.BEGIN:
                yield self._begin(world, who, worker)
            case Stage.HEAR:
                yield Step("listens", who), self._hear(world, who, worker)
            case Stage.READY:
                yield from self._ready(world, who, worker)
            case Stage.LOAD:
                yield self._load(world, who, worker)
            case Stage.APPEND:
                yield Step("appends", who), self._append(world, who, worker)
            case Stage.SAVE:
                yield self._save_chunk(world, who, worker)
            case Stage.REFUSED:
                yield self._prove(world, who, worker)
            case Stage.OUT:
                return

    def _claim(self, world: World, who: int, worker: Worker) -> World:
        token = _fresh(world)
        stage = Stage.SWEEP if world.store.next is None else Stage.HEAR
        kept = None if self.rules.forget_on_claim else worker.fold
        claim = Worker(stage, token, world.store.next or 0, fold=kept)
        earlier = world.other if who == OWNER else world.owner
        if earlier.token:
            world = _with(world, OWNER + OTHER - who, replace(earlier, overtaken=True))
        if world.late:
            world = replace(world, late=replace(world.late, overtaken=True))
        return _renamed(_with(replace(world, store=claimed(world.store, token)), who, claim))

    def _begin(self, world: World, who: int, worker: Worker) -> tuple[Step, World]:
        refused = refusal(world.store, worker.token, None, self.rules)
        if refused:
            return _refused(world, who, worker, f"saves the first position: {refused}")
        after = self._saved(world, Save(worker.token, None, 0))
        return Step("saves the first position", who), _with(after, who, replace(worker, stage=Stage.HEAR))

    def _hear(self, world: World, who: int, worker: Worker) -> World:
        covered = world.store.covered
        heard = [said.flag for said in world.flags[covered:]] if self.rules.listen else []
        highest = max((flag.cause for flag in heard), default=-1)
        listener = replace(
            worker,
            stage=Stage.READY,
            highest=highest,
            there=tuple(sorted({flag for flag in heard if flag.cause == highest})),
            covered=covered,
            reached=max(len(world.flags), covered),
        )
        return _with(world, who, listener)

    def _ready(self, world: World, who: int, worker: Worker) -> Steps:
        for size in range(1, min(self.size.chunk, self.end - worker.next) + 1):
            chunk = replace(worker, stage=Stage.LOAD, after=worker.next + size)
            step, after = self._load(world, who, chunk)
            yield step._replace(size=size), after
        refused = refusal(world.store, worker.token, worker.next, self.rules)
        if refused:
            yield _refused(world, who, worker, f"beats: {refused}")

    def _load(self, world: World, who: int, worker: Worker) -> tuple[Step, World]:
        store = world.store
        if self.rules.read_as_held and self.rules.heed_moved and store.next != worker.next:
            return _refused(world, who, worker, f"loads: {'LOST' if store.next is None else 'MOVED'}")
        fold = store.fold if worker.fold is None else worker.fold
        to_say = tuple(flag for flag in self.size.flags(fold, worker.next, worker.after) if self._is_news(worker, flag))
        loaded = replace(worker, stage=self._after_load(to_say), fold=fold, to_say=to_say)
        return Step("loads", who), _with(world, who, loaded)

    def _is_news(self, worker: Worker, flag: Flag) -> bool:
        if flag in worker.acked:
            return False
        if flag.cause == worker.highest and self.rules.say_what_is_absent:
            return flag not in worker.there
        return flag.cause > worker.highest

    def _after_load(self, to_say: tuple[Flag, ...]) -> Stage:
        return Stage.APPEND if to_say and self.rules.say_before_saving else Stage.SAVE

    def _append(self, world: World, who: int, worker: Worker) -> World:
        how = How.OVERTAKEN if worker.overtaken else How.TOLD
        flags = world.flags + tuple(Said(flag, how) for flag in worker.to_say)
        acked = tuple(sorted({*worker.acked, *worker.to_say})) if self.rules.remember_acked else ()
        said = replace(worker, acked=acked, to_say=(), reached=len(flags), stage=Stage.SAVE)
        if not self.rules.say_before_saving:
            said = replace(said, acked=(), stage=Stage.READY)
        return _with(replace(world, flags=flags), who, said)

    def _append_unacknowledged(self, world: World, who: int, worker: Worker) -> Steps:
        for size in range(1, len(worker.to_say) + 1):
            taken = worker.to_say[:size] if self.rules.appends_keep_their_order else worker.to_say[-size:]
            flags = world.flags + tuple(Said(flag, How.UNACKNOWLEDGED) for flag in taken)
            after = replace(_at_fault(world, "lost_acks"), flags=flags)
            again = replace(worker, stage=Stage.LOAD, to_say=()) if self.rules.say_before_saving else worker
            yield Step("appends, without an answer", who, size), _with(after, who, again)

    def _save(self, worker: Worker) -> Save:
        passed = worker.after > worker.highest or not self.rules.cover_when_passed
        covered = worker.reached if passed and worker.reached != worker.covered else None
        fold = (worker.fold or ()) + tuple(range(worker.next, worker.after))
        return Save(worker.token, worker.next, worker.after, fold, covered, worker.overtaken)

    def _save_chunk(self, world: World, who: int, worker: Worker) -> tuple[Step, World]:
        save = self._save(worker)
        refused = refusal(world.store, save.token, save.expected, self.rules)
        if refused:
            return _refused(world, who, worker, f"saves: {refused}")
        then = Stage.APPEND if worker.to_say else Stage.READY  # to_say: only where saving comes first
        saved = replace(
            worker,
            stage=then,
            next=save.after,
            after=0,
            fold=save.fold,
            acked=(),
            covered=worker.covered if save.covered is None else save.covered,
        )
        return Step("saves", who), _with(self._saved(world, save), who, saved)

    def _saved(self, world: World, save: Save) -> World:
        """Who was overtaken can save only in a store that was restored: it covers unheard what was said meanwhile."""
        store = applied(world.store, save, self.rules)
        flags = tuple(said._replace(how=How.OVERTAKEN) for said in world.flags) if save.overtaken else world.flags
        return replace(world, store=store, flags=flags, ever_saved=max(world.ever_saved, store.next or 0))

    def _prove(self, world: World, who: int, worker: Worker) -> tuple[Step, World]:
        if who == OWNER or not self.rules.prove_membership:
            return Step("proves to be a member", who), _with(world, who, replace(worker, stage=Stage.CLAIM))
        return Step("is no member and gives up", who), _renamed(_with(world, who, Worker()))


def _refused(world: World, who: int, worker: Worker, what: str) -> tuple[Step, World]:
    """Of the lease only the position still counts, for the commit."""
    refused = Worker(Stage.REFUSED, worker.token, worker.next, fold=worker.fold)
    return Step(what, who), _with(world, who, refused)


def _with(world: World, who: int, worker: Worker) -> World:
    return replace(world, owner=worker) if who == OWNER else replace(world, other=worker)


def _at_fault(world: World, kind: str) -> World:
    faults = world.faults.without(kind)
    return replace(world, faults=faults, backup=world.backup if faults.restores else None)


def _tokens(world: World) -> list[int]:
    copy, late = world.backup, world.late
    holders = [world.store.token, *(one.token for one in (copy, late) if one), world.owner.token, world.other.token]
    return [token for token in holders if token]


def _fresh(world: World) -> int:
    return max(_tokens(world), default=0) + 1


def _renamed(world: World) -> World:
    """Tokens are compared and nothing else: numbered in the order in which they are found, worlds that differ in their
    names only are one."""
    names = {token: name for name, token in enumerate(dict.fromkeys(_tokens(world)), 1)}
    names[0] = 0
    store, copy, late = world.store, world.backup, world.late
    return replace(
        world,
        store=replace(store, token=names[store.token]),
        backup=copy and replace(copy, token=names[copy.token]),
        late=late and replace(late, token=names[late.token]),
        owner=replace(world.owner, token=names[world.owner.token]),
        other=replace(world.other, token=names[world.other.token]),
    )
