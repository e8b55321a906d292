"""What one save can change. A save is all or nothing, together with the position.

A name holds each kind apart: the value `x`, the list `x` and the set `x` are three things.
"""

from __future__ import annotations

import math

import msgspec

from shared.projection.reads import Packed


class Write(msgspec.Struct, frozen=True):
    def packed(self) -> Packed:
        raise NotImplementedError


class SetValue(Write, frozen=True):
    name: str
    value: bytes

    def packed(self) -> Packed:
        return "set_value", (self.name, self.value)


class DropValue(Write, frozen=True):
    name: str

    def packed(self) -> Packed:
        return "drop_value", (self.name,)


class Splice(Write, frozen=True):
    """Keep the first `keep` entries of a list (None: all of them), drop the rest, append `items`."""

    name: str
    keep: int | None
    items: tuple[bytes, ...] | list[bytes]

    def __post_init__(self) -> None:
        if self.keep is not None and self.keep < 0:
            raise ValueError(f"keep must be None or at least 0, not {self.keep}")

    def packed(self) -> Packed:
        if self.keep is None and len(self.items) == 1:
            return "append", (self.name, self.items[0])
        return "splice", (self.name, -1 if self.keep is None else self.keep, self.items)


class AddMembers(Write, frozen=True):
    name: str
    members: tuple[bytes, ...] | list[bytes]

    def packed(self) -> Packed:
        if len(self.members) == 1:
            return "add_member", (self.name, self.members[0])
        return "add_members", (self.name, self.members)


class SetScore(Write, frozen=True):
    """Put a member at a score; a member has one score. Whole numbers are exact up to 2^53."""

    name: str
    member: bytes
    score: float

    def __post_init__(self) -> None:
        if math.isnan(self.score):
            raise ValueError("a score must be a number, not NaN")

    def packed(self) -> Packed:
        return "set_score", (self.name, self.member, repr(float(self.score)))


class DropScore(Write, frozen=True):
    name: str
    member: bytes

    def packed(self) -> Packed:
        return "drop_score", (self.name, self.member)


class SetField(Write, frozen=True):
    name: str
    field: str
    value: bytes

    def packed(self) -> Packed:
        return "set_field", (self.name, self.field, self.value)


class DropField(Write, frozen=True):
    name: str
    field: str

    def packed(self) -> Packed:
        return "drop_field", (self.name, self.field)
