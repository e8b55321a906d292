"""The product's own parts, taken through the same steps as the model: the fence, the lease and the voice, on memory.

What the model says of each step must be true of them; so the model cannot drift away from the code unnoticed.
"""

import json
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec

from services.journey.voice import SAID, Covered, Voice
from shared.customers.held import read_as_held
from shared.event_log.log import LogUnavailable, Message
from shared.event_log.memory import MemoryLog
from shared.event_log.topics import CONTACT_EVENTS, DEAD_LETTERS, FLAGS
from shared.projection import Claim, GetStatus, GetValue, ListRange, Read, Refused, SetValue, Splice, Write
from shared.projection.memory import Keyspace, MemoryProjection
from shared.stream.lease import Lease
from tests.contract.examples import example
from tests.protocol_model.fence import refusal
from tests.protocol_model.model import EMPTIED, IS_MOVED, IS_TAKEN, LATE_SAVE, OWNER, RESTORED, Step
from tests.protocol_model.world import Flag, History, Size, Stage, Worker, World

TIMELINE, FOLD = "timeline", "fold"


class _Log(MemoryLog):
    """taken: how many messages of the next append are written before it fails; None: it does not."""

    def __init__(self) -> None:
        super().__init__({topic.name: 1 for topic in (CONTACT_EVENTS, FLAGS, DEAD_LETTERS)})
        self.taken: int | None = None

    async def append(self, messages: Sequence[Message]) -> list[tuple[int, int]]:
        if self.taken is None:
            return await super().append(messages)
        taken, self.taken = messages[: self.taken], None
        await super().append(taken)
        raise LogUnavailable("some was written")


@dataclass
class _Hand:
    """What a worker holds. `chunk`: the messages that it may say about its chunk."""

    claim: Claim | None = None
    lease: Lease | None = None
    voice: Voice | None = None
    chunk: list[Message] = field(default_factory=list)


class _Sent(NamedTuple):
    token: str
    expected: int
    writes: list[Write]
    after: int


class Twin:
    """`take` a step, then see whether it `agrees` with the model's world."""

    def __init__(self, size: Size) -> None:
        self._size = size
        self._log = _Log()
        self._projection = MemoryProjection()
        self._hands = [_Hand(), _Hand()]
        self._copy: dict[int, Keyspace] = {}
        self._late: _Sent | None = None

    async def take(self, before: World, step: Step, after: World) -> None:
        what, _, refused = step.what.partition(": ")
        if step.who is None:
            await self._happen(what)
        else:
            worker, then = ((w.owner, w.other)[step.who] for w in (before, after))
            assert await _answer(self._act(what, step, worker, then)) == refused
        if step.copied:
            self._copy = self._projection.snapshot()

    async def agrees(self, world: World) -> None:
        await self._store_agrees(world)
        said = [json.loads(record.value or b"")["id"] for record in self._log.records(FLAGS.name)]
        assert said == [_id(said.flag) for said in world.flags]
        for hand, worker in zip(self._hands, (world.owner, world.other), strict=True):
            if hand.claim is not None and worker.token:
                expected = None if worker.stage in {Stage.SWEEP, Stage.BEGIN} else worker.next
                answer = await _answer(self._projection.beat(0, hand.claim.token, expected, {"asked": "yes"}))
                assert answer == (refusal(world.store, worker.token, expected) or "")

    async def _store_agrees(self, world: World) -> None:
        asked: list[Read[Any]] = [GetStatus(), GetValue(FOLD), GetValue(SAID), ListRange(TIMELINE)]
        status, fold, covered, timeline = await self._projection.read(0, asked)
        store = world.store
        assert status.get("next") == (None if store.next is None else str(store.next))
        if store.next is not None:
            assert (_history(fold), tuple(map(int, timeline))) == (store.fold, store.timeline)
            assert (msgspec.msgpack.decode(covered, type=Covered).flags if covered else 0) == store.covered

    async def _happen(self, what: str) -> None:
        if what == EMPTIED:
            self._projection.lose(0)
        elif what == RESTORED:
            self._projection.restore(self._copy)
        elif what == LATE_SAVE:
            assert self._late is not None
            await self._projection.save(0, self._late.token, self._late.expected, self._late.writes, self._late.after)

    async def _act(self, what: str, step: Step, worker: Worker, then: Worker) -> None:
        who = step.who or OWNER
        hand = self._hands[who]
        match what:
            case "crashes" | "is no member and gives up":
                self._hands[who] = _Hand()
            case _ if what == IS_MOVED:
                self._hands = [_Hand(), self._hands[OWNER]]
            case _ if what == IS_TAKEN:
                self._hands = [_Hand(), _Hand()]
            case "claims":
                self._hands[who] = _Hand(await self._projection.claim(0))
            case "saves the first position":
                assert hand.claim is not None
                await self._projection.save(0, hand.claim.token, hand.claim.next, [], 0)
            case "listens":
                assert hand.claim is not None
                hand.lease = Lease(self._projection, 0, hand.claim.token, hand.claim.next or 0, None)
                hand.voice = await Voice.hear(self._log, hand.lease)
            case "beats":
                assert hand.lease is not None
                await hand.lease.beat({"asked": "yes"})
            case _ if hand.lease is not None and hand.voice is not None:
                await self._handle(what, step, hand.lease, hand.voice, hand, worker, then)

    async def _handle(
        self, what: str, step: Step, lease: Lease, voice: Voice, hand: _Hand, worker: Worker, then: Worker
    ) -> None:
        match what:
            case "loads":
                [fold] = await read_as_held(lease, [GetValue(FOLD)])
                may = [
                    flag
                    for flag in self._size.flags(_history(fold), lease.next, then.after)
                    if voice.may_say_flag(flag.cause, _id(flag))
                ]
                assert tuple(flag for flag in may if flag not in worker.acked) == then.to_say
                hand.chunk = [_message(flag) for flag in may]
            case "appends":
                await voice.say(hand.chunk, worker.after)
            case "appends, without an answer":
                self._log.taken = step.size
                assert await _fails(voice.say(hand.chunk, worker.after))
            case "saves":
                await lease.save(await self._writes(voice, hand, worker), next=worker.after)
                voice.saved()
            case "saves, without an answer":
                self._late = _Sent(lease.token, lease.next, await self._writes(voice, hand, worker), worker.after)

    async def _writes(self, voice: Voice, hand: _Hand, worker: Worker) -> list[Write]:
        chunk = range(worker.next, worker.after)
        fold = (*(worker.fold or ()), *chunk)
        said = await voice.say(hand.chunk, worker.after)
        return [Splice(TIMELINE, 0, [b"%d" % one for one in chunk]), SetValue(FOLD, _bytes(fold)), *said]


async def _answer(asked: Awaitable[None]) -> str:
    try:
        await asked
    except Refused as refused:
        return type(refused).__name__.upper()
    return ""


async def _fails(asked: Awaitable[list[Write]]) -> bool:
    try:
        await asked
    except LogUnavailable:
        return True
    return False


def _id(flag: Flag) -> str:
    return f"{flag.cause}-{flag.number}-by-{'-'.join(map(str, flag.history))}"


def _message(flag: Flag) -> Message:
    event = example("flag.raised")
    event["id"] = _id(flag)
    event["data"]["cause"]["offset"] = flag.cause
    return Message(FLAGS.name, b"c-1", json.dumps(event).encode(), (), 0)


def _bytes(history: History) -> bytes:
    return ",".join(map(str, history)).encode()


def _history(stored: bytes | None) -> History:
    return tuple(map(int, stored.decode().split(","))) if stored else ()
