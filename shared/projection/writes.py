"""What one save can change. A save is all or nothing, together with the position.

A name holds each kind apart: the value `x`, the list `x` and the set `x` are three things.
"""

from __future__ import annotations

import math
from typing import Final

import msgspec

from shared.projection.reads import Packed

# No list of Redis is longer than this.
EVERYTHING: Final = 2**32


# No collector of cycles: a chunk makes hundreds, which hold nothing but text and bytes.
class Write(msgspec.Struct, frozen=True, gc=False):
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
    """Drop the last `drop` entries of a list, or as many as there are, and append `items`."""

    name: str
    drop: int
    items: tuple[bytes, ...] | list[bytes]

    def __post_init__(self) -> None:
        if not 0 <= self.drop <= EVERYTHING:
            raise ValueError(f"drop must be from 0 to {EVERYTHING}, not {self.drop}")

    def packed(self) -> Packed:
        if not self.drop and len(self.items) == 1:
            return "append", (self.name, self.items[0])
        return "splice", (self.name, self.drop, self.items)


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
