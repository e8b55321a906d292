"""What can be asked of a partition. Each question knows the type of its answer, so `read` is typed without casts.

Answers to names that were never written: None, an empty list, 0, or False for each member or field asked.
"""

from __future__ import annotations

from typing import Any, Generic, TypeVar

import msgspec

T_co = TypeVar("T_co", covariant=True)

# The kind of a call, and its row: the cells that functions.lua expects for that kind.
Packed = tuple[str, tuple[Any, ...]]


class Read(msgspec.Struct, Generic[T_co], frozen=True, gc=False):
    """A question whose answer has the type T. For a list of mixed questions write `list[Read[Any]]`."""

    def packed(self) -> Packed:
        raise NotImplementedError

    def answer(self, raw: Any) -> T_co:
        """The answer from what Redis replied."""
        raise NotImplementedError


class GetValue(Read[bytes | None], frozen=True):
    name: str

    def packed(self) -> Packed:
        return "get_value", (self.name,)

    def answer(self, raw: Any) -> bytes | None:
        return None if raw is None else bytes(raw)


class ListRange(Read[list[bytes]], frozen=True):
    """Entries start to stop, both included, negative ones counted from the end (-1 is the last), as LRANGE has it."""

    name: str
    start: int = 0
    stop: int = -1

    def packed(self) -> Packed:
        return "list_range", (self.name, str(self.start), str(self.stop))

    def answer(self, raw: Any) -> list[bytes]:
        return list(raw)


class ListLength(Read[int], frozen=True):
    name: str

    def packed(self) -> Packed:
        return "list_length", (self.name,)

    def answer(self, raw: Any) -> int:
        return int(raw)


class HasMembers(Read[list[bool]], frozen=True):
    """One bool per member asked, in the order asked."""

    name: str
    members: tuple[bytes, ...]

    def packed(self) -> Packed:
        if len(self.members) == 1:
            return "has_member", (self.name, self.members[0])
        return "has_members", (self.name, self.members)

    def answer(self, raw: Any) -> list[bool]:
        return [raw == 1] if isinstance(raw, int) else [found == 1 for found in raw]


class ByScore(Read[list[tuple[bytes, float]]], frozen=True):
    """(member, score) with low <= score <= high, by score, then by member's bytes; `limit` -1 means all of them."""

    name: str
    low: float = float("-inf")
    high: float = float("inf")
    offset: int = 0
    limit: int = -1

    def packed(self) -> Packed:
        return "by_score", (self.name, repr(float(self.low)), repr(float(self.high)), str(self.offset), str(self.limit))

    def answer(self, raw: Any) -> list[tuple[bytes, float]]:
        return [(member, float(score)) for member, score in zip(raw[::2], raw[1::2], strict=True)]


class CountByScore(Read[int], frozen=True):
    """How many members have low <= score <= high."""

    name: str
    low: float = float("-inf")
    high: float = float("inf")

    def packed(self) -> Packed:
        return "count_by_score", (self.name, repr(float(self.low)), repr(float(self.high)))

    def answer(self, raw: Any) -> int:
        return int(raw)


class GetFields(Read[list[bytes | None]], frozen=True):
    """One value per field asked, in the order asked."""

    name: str
    fields: tuple[str, ...]

    def packed(self) -> Packed:
        return "get_fields", (self.name, self.fields)

    def answer(self, raw: Any) -> list[bytes | None]:
        return list(raw)


class GetStatus(Read[dict[str, str]], frozen=True):
    """What `status(partition)` answers, in the same round trip as a look-up: `next` and the fields of the last beat."""

    def packed(self) -> Packed:
        return "get_status", ("",)

    def answer(self, raw: Any) -> dict[str, str]:
        fields = {name.decode(): value.decode() for name, value in zip(raw[::2], raw[1::2], strict=True)}
        fields.pop("token", None)  # whoever reads it could pretend to be the owner
        return fields
