"""What every projection must do when many ask. Subclasses give the `projection` fixture: a fresh one."""

from __future__ import annotations

import asyncio
from typing import Any

from shared.projection import GetStatus, GetValue, ListLength, ListRange, Projection, Read, SetValue, Splice
from tests.suites.projection_suite import first_save


class AtOnceSuite:
    """Many questions at the same moment."""

    async def test_everybody_hears_what_they_asked(self, projection: Projection) -> None:
        for partition in (0, 1):
            mark = b"%d" % partition
            await first_save(projection, SetValue("x", mark), Splice("l", 0, [mark, b"b"]), partition=partition)
        asked: list[tuple[int, list[Read[Any]]]] = [
            (0, [GetValue("x"), ListRange("l")]),
            (1, [ListRange("l", -1), GetStatus(), GetValue("x")]),
            (0, [GetValue("none"), GetValue("x"), GetValue("x")]),
            (2, [GetStatus(), ListLength("l")]),
            (0, [GetValue("x"), ListRange("l")]),
        ]
        assert await asyncio.gather(*(projection.read(partition, reads) for partition, reads in asked)) == [
            [b"0", [b"0", b"b"]],
            [[b"b"], {"next": "1"}, b"1"],
            [None, b"0", b"0"],
            [{}, 0],
            [b"0", [b"0", b"b"]],
        ]
