"""Memory and a real server give the same answers and hold the same contents, whatever is done to them in what order."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, ClassVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from shared.projection import (
    AddMembers,
    ByScore,
    Claim,
    CountByScore,
    DropField,
    DropScore,
    DropValue,
    GetFields,
    GetStatus,
    GetValue,
    HasMembers,
    ListRange,
    Projection,
    Read,
    Refused,
    SetField,
    SetScore,
    SetValue,
    Splice,
    Write,
)
from shared.projection.memory import MemoryProjection
from shared.projection.redis import RedisProjection

if TYPE_CHECKING:
    from tools.stack import Valkey

NAMES = ("a", "b*[x]", "札")
MEMBERS = (b"", b"m", b"\xff\x00")
FIELDS = ("f", "欄")

names, members, fields = st.sampled_from(NAMES), st.sampled_from(MEMBERS), st.sampled_from(FIELDS)
some_members = st.lists(members, max_size=3)
scores = st.floats(min_value=-1e12, max_value=1e12) | st.sampled_from([0.0, 1.0, float("inf")])
partitions = st.integers(0, 1)
writes = st.lists(
    st.one_of(
        st.builds(SetValue, names, members),
        st.builds(DropValue, names),
        st.builds(Splice, names, st.integers(0, 4), some_members),
        st.builds(AddMembers, names, some_members),
        st.builds(SetScore, names, members, scores),
        st.builds(DropScore, names, members),
        st.builds(SetField, names, fields, members),
        st.builds(DropField, names, fields),
    ),
    max_size=6,
)
PER_NAME: tuple[Callable[[str], Read[Any]], ...] = (
    GetValue,
    ListRange,
    lambda name: ListRange(name, -2, -2),
    lambda name: HasMembers(name, MEMBERS),
    ByScore,
    lambda name: ByScore(name, 0, 1e9, 1, 1),
    lambda name: CountByScore(name, 0, 1e9),
    lambda name: GetFields(name, FIELDS),
)
EVERYTHING: list[Read[Any]] = [GetStatus(), *(ask(name) for name in NAMES for ask in PER_NAME)]


class Agreement(RuleBasedStateMachine):
    """Owners come and go on two partitions; some of them are zombies that go on saving."""

    url: ClassVar[str]

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.memory = MemoryProjection()
        self.real = self.runner.run(_connected(self.url))
        self.claims: list[tuple[int, Claim, Claim]] = []

    @initialize()
    def first_owner(self) -> None:
        self.claim(0)

    @rule(partition=partitions)
    def claim(self, partition: int) -> None:
        remembered = self.runner.run(self.memory.claim(partition))
        real = self.runner.run(self.real.claim(partition))
        assert remembered.next == real.next
        self.claims.append((partition, remembered, real))

    @rule(owner=st.integers(0, 5), shift=st.sampled_from([None, 0, 0, 0, 0, 1]), moves=st.integers(0, 3), writes=writes)
    def save(self, owner: int, shift: int | None, moves: int, writes: list[Write]) -> None:
        partition, remembered, real = self.claims[-1 - owner % len(self.claims)]
        expected = self._expected(partition, shift)
        next = (expected or 0) + moves
        self._same(
            lambda: self.memory.save(partition, remembered.token, expected, writes, next),
            lambda: self.real.save(partition, real.token, expected, writes, next),
        )

    @rule(owner=st.integers(0, 5), shift=st.sampled_from([None, 0, 0, 1]), end=st.text(max_size=5))
    def beat(self, owner: int, shift: int | None, end: str) -> None:
        partition, remembered, real = self.claims[-1 - owner % len(self.claims)]
        expected = self._expected(partition, shift)
        self._same(
            lambda: self.memory.beat(partition, remembered.token, expected, {"end": end}),
            lambda: self.real.beat(partition, real.token, expected, {"end": end}),
        )

    @rule(partition=partitions)
    def lose(self, partition: int) -> None:
        self.memory.lose(partition)
        self.runner.run(self.real.wipe(partition))

    @invariant()
    def contents_are_the_same(self) -> None:
        for partition in (0, 1):
            remembered = self.runner.run(self.memory.read(partition, EVERYTHING))
            assert remembered == self.runner.run(self.real.read(partition, EVERYTHING))

    def teardown(self) -> None:
        for partition in (0, 1):
            self.runner.run(self.real.wipe(partition))
        self.runner.run(self.real.stop())
        self.runner.close()

    def _expected(self, partition: int, shift: int | None) -> int | None:
        stored = self.runner.run(self.memory.status(partition)).get("next")
        if stored is None:
            return shift or None
        return None if shift is None else int(stored) + shift

    def _same(self, remembered: Callable[[], Awaitable[None]], real: Callable[[], Awaitable[None]]) -> None:
        assert self.runner.run(_outcome(remembered)) == self.runner.run(_outcome(real))


async def _outcome(attempt: Callable[[], Awaitable[None]]) -> str:
    try:
        await attempt()
    except Refused as refusal:
        return type(refusal).__name__
    return "done"


async def _connected(url: str) -> Projection:
    projection = RedisProjection(url, service=f"agreement-{uuid.uuid4().hex[:10]}", partitions=2)
    await projection.start()
    return projection


def test_memory_and_the_real_server_agree(valkey: Valkey) -> None:
    class OnThisServer(Agreement):
        url = valkey.url

    run_state_machine_as_test(
        OnThisServer,
        settings=settings(
            max_examples=40, stateful_step_count=30, deadline=None, suppress_health_check=[HealthCheck.too_slow]
        ),
    )
