"""One thing to do, as it is listed: its place in the list, the groups it is also listed under, and its content."""

from collections.abc import Callable, Mapping

import msgspec

from shared.projection import DropField, DropScore, SetField, SetScore, Write


class Row(msgspec.Struct, frozen=True):
    """score: ascending, what comes first is most urgent. groups: for narrowed reading, e.g. the desks concerned."""

    score: float
    groups: tuple[str, ...]
    content: bytes


def scores_name(work_list: str, group: str | None = None) -> str:
    return f"work:{work_list}" if group is None else f"work:{work_list}@{group}"


def rows_name(work_list: str) -> str:
    return f"rows:{work_list}"


def member_of(customer_id: str, subject: str) -> str:
    """A customer id has no tab."""
    return f"{customer_id}\t{subject}"


def differences(
    work_list: str,
    before: Mapping[str, Row],
    after: Mapping[str, Row],
    pack: Callable[[bytes], bytes] = bytes,
) -> list[Write]:
    """What to write so that rows listed as `before` are listed as `after`; both by member.

    pack: makes of a content what is stored, and what readers are given.
    """
    writes: list[Write] = []
    for member in before.keys() | after.keys():
        old, new = before.get(member), after.get(member)
        if old != new:
            writes += _difference(work_list, member, old, new, pack)
    return writes


def removal(work_list: str, member: str) -> list[Write]:
    """Of a row that may be listed, nobody knows how: it is shown nowhere any more."""
    return [DropScore(scores_name(work_list), member.encode()), DropField(rows_name(work_list), member)]


def _difference(
    work_list: str, member: str, old: Row | None, new: Row | None, pack: Callable[[bytes], bytes]
) -> list[Write]:
    listed = {None, *old.groups} if old else set()
    wanted = {None, *new.groups} if new else set()
    key = member.encode()
    writes: list[Write] = [DropScore(scores_name(work_list, group), key) for group in listed - wanted]
    if new is None:
        return [*writes, DropField(rows_name(work_list), member)]
    writes += [SetScore(scores_name(work_list, group), key, new.score) for group in wanted]
    return [*writes, SetField(rows_name(work_list), member, pack(new.content))]
