"""The projection in memory, for tests and for trying rules without a server; held to the same suite as Redis.

Faults are part of it: `unavailable`, `answers_lost`, `lose`, `snapshot` and `restore` do to it what happens to Redis.
"""

from __future__ import annotations

import copy
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from shared.projection.projection import (
    Claim,
    PartitionCountChanged,
    ProjectionUnavailable,
    check_advance,
    check_beat,
    refused,
)
from shared.projection.reads import (
    ByScore,
    CountByScore,
    GetFields,
    GetStatus,
    GetValue,
    HasMembers,
    ListLength,
    ListRange,
    Read,
)
from shared.projection.writes import (
    AddMembers,
    DropField,
    DropScore,
    DropValue,
    SetField,
    SetScore,
    SetValue,
    Splice,
    Write,
)

T = TypeVar("T")


@dataclass
class Keyspace:
    """Everything known of one partition."""

    token: str | None = None
    next: int | None = None
    beat: dict[str, str] = field(default_factory=dict)
    values: dict[str, bytes] = field(default_factory=dict)
    lists: dict[str, list[bytes]] = field(default_factory=dict)
    sets: dict[str, set[bytes]] = field(default_factory=dict)
    scores: dict[str, dict[bytes, float]] = field(default_factory=dict)
    fields: dict[str, dict[str, bytes]] = field(default_factory=dict)

    def refusal(self, token: str, expected: int | None) -> str | None:
        if self.token is None:
            return "LOST"
        if self.token != token:
            return "FENCED"
        if self.next is None and expected is not None:
            return "LOST"
        return None if self.next == expected else "MOVED"


class MemoryProjection:
    """Implements Projection.

    unavailable: True makes every call raise ProjectionUnavailable with nothing done.
    answers_lost: True makes saves raise it after they were applied, as a timeout does.
    """

    def __init__(self) -> None:
        self.unavailable = False
        self.answers_lost = False
        self._keyspaces: dict[int, Keyspace] = {}
        self._partitions: int | None = None

    async def start(self) -> None:
        self._check_available()

    async def stop(self) -> None:
        return

    def lose(self, partition: int | None = None) -> None:
        """Forget one partition, or everything, as FLUSHALL does under running workers."""
        if partition is None:
            self._keyspaces.clear()
            self._partitions = None
        else:
            self._keyspaces.pop(partition, None)

    def snapshot(self) -> dict[int, Keyspace]:
        """A copy of everything, for `restore`: an older backup."""
        return copy.deepcopy(self._keyspaces)

    def restore(self, snapshot: Mapping[int, Keyspace]) -> None:
        self._keyspaces = copy.deepcopy(dict(snapshot))

    async def read(self, partition: int, reads: Sequence[Read[T]]) -> list[T]:
        self._check_available()
        keyspace = self._keyspaces.get(partition) or Keyspace()
        return [_answer(keyspace, read) for read in reads]

    async def claim(self, partition: int) -> Claim:
        self._check_available()
        before = self._keyspaces.get(partition) or Keyspace()
        if before.next is None:
            before = Keyspace(beat=before.beat)
        before.token = secrets.token_hex(16)
        self._keyspaces[partition] = before
        return Claim(before.token, before.next)

    async def save(self, partition: int, token: str, expected: int | None, writes: Sequence[Write], next: int) -> None:
        check_advance(expected, next)
        keyspace = self._held(partition, token, expected)
        for write in writes:
            _apply(keyspace, write)
        keyspace.next = next
        if self.answers_lost:
            raise ProjectionUnavailable("the answer was lost; the save was applied")

    async def beat(self, partition: int, token: str, expected: int | None, fields: Mapping[str, str]) -> None:
        check_beat(fields)
        self._held(partition, token, expected).beat.update(fields)

    async def status(self, partition: int) -> dict[str, str]:
        return (await self.read(partition, [GetStatus()]))[0]

    async def wipe(self, partition: int) -> None:
        self._check_available()
        self._keyspaces.pop(partition, None)

    async def remember_partitions(self, count: int) -> None:
        self._check_available()
        if self._partitions is None:
            self._partitions = count
        if self._partitions != count:
            raise PartitionCountChanged(self._partitions, count)

    def _held(self, partition: int, token: str, expected: int | None) -> Keyspace:
        self._check_available()
        keyspace = self._keyspaces.get(partition) or Keyspace()
        word = keyspace.refusal(token, expected)
        if word is not None:
            raise refused(word, partition)
        return keyspace

    def _check_available(self) -> None:
        if self.unavailable:
            raise ProjectionUnavailable("the store is switched off")


def _apply(keyspace: Keyspace, write: Write) -> None:
    match write:
        case SetValue(name, value):
            keyspace.values[name] = value
        case DropValue(name):
            keyspace.values.pop(name, None)
        case Splice(name, drop, items):
            held = keyspace.lists.get(name, [])
            keyspace.lists[name] = [*held[: max(0, len(held) - drop)], *items]
        case AddMembers(name, members):
            keyspace.sets.setdefault(name, set()).update(members)
        case SetScore(name, member, score):
            keyspace.scores.setdefault(name, {})[member] = float(score)
        case DropScore(name, member):
            keyspace.scores.get(name, {}).pop(member, None)
        case SetField(name, at, value):
            keyspace.fields.setdefault(name, {})[at] = value
        case DropField(name, at):
            keyspace.fields.get(name, {}).pop(at, None)
        case _:
            raise TypeError(f"{type(write).__name__} is no write")


def _answer(keyspace: Keyspace, read: Read[Any]) -> Any:
    match read:
        case GetValue(name):
            return keyspace.values.get(name)
        case ListRange(name, start, stop):
            return _between(keyspace.lists.get(name, []), start, stop)
        case ListLength(name):
            return len(keyspace.lists.get(name, []))
        case HasMembers(name, members):
            return [member in keyspace.sets.get(name, set()) for member in members]
        case ByScore(name, low, high, offset, limit):
            ranked = sorted(keyspace.scores.get(name, {}).items(), key=lambda item: (item[1], item[0]))
            found = [(member, score) for member, score in ranked if low <= score <= high]
            return found[offset:] if limit < 0 else found[offset : offset + limit]
        case CountByScore(name, low, high):
            return sum(low <= score <= high for score in keyspace.scores.get(name, {}).values())
        case GetFields(name, fields):
            return [keyspace.fields.get(name, {}).get(at) for at in fields]
        case GetStatus():
            position = {} if keyspace.next is None else {"next": str(keyspace.next)}
            return {**keyspace.beat, **position}
        case _:
            raise TypeError(f"{type(read).__name__} is no read")


def _between(entries: list[bytes], start: int, stop: int) -> list[bytes]:
    # LRANGE includes `stop`, and forgives ends that lie outside the list.
    size = len(entries)
    first = max(start if start >= 0 else size + start, 0)
    last = min(stop if stop >= 0 else size + stop, size - 1)
    return entries[first : last + 1] if first <= last else []
