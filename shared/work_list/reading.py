"""Pages of a work list over all partitions, most urgent first."""

import heapq
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Collection
from typing import NamedTuple

from shared.projection import ByScore, GetFields, Readable
from shared.work_list.row import rows_name, scores_name

STEP = 200  # rows asked of one partition at a time


class Position(NamedTuple):
    """Where a page ended: the sort key, which no two rows share."""

    score: float
    member: str


class Listed(NamedTuple):
    position: Position
    content: bytes


class Range(NamedTuple):
    low: float = float("-inf")
    high: float = float("inf")
    after: Position | None = None


async def read_page(
    projection: Readable,
    partitions: int,
    work_list: str,
    *,
    group: str | None,
    within: Range,
    limit: int,
    fits: Callable[[bytes], bool],
) -> list[Listed]:
    """The first `limit` rows whose content fits; fewer mean that there are no more."""
    page: list[Listed] = []
    heads: list[tuple[Listed, int]] = []
    streams = [_rows(projection, p, work_list, group, within, fits) for p in range(partitions)]
    try:
        for number, stream in enumerate(streams):
            await _push(heads, stream, number)
        while heads and len(page) < limit:
            first, number = heapq.heappop(heads)
            page.append(first)
            await _push(heads, streams[number], number)
    finally:
        for stream in streams:
            await stream.aclose()
    return page


async def read_groups(
    projection: Readable,
    partitions: int,
    work_list: str,
    *,
    groups: Collection[str] | None,
    within: Range,
    limit: int,
    fits: Callable[[bytes], bool],
) -> list[Listed]:
    """As read_page, of rows in any of these groups, each once; None: of all rows."""
    pages = [
        await read_page(projection, partitions, work_list, group=group, within=within, limit=limit, fits=fits)
        for group in ([None] if groups is None else sorted(groups))
    ]
    merged = {one.position: one for page in pages for one in page}
    return [merged[position] for position in sorted(merged)[:limit]]


async def _push(heads: list[tuple[Listed, int]], stream: AsyncIterator[Listed], number: int) -> None:
    row = await anext(stream, None)
    if row is not None:
        heapq.heappush(heads, (row, number))


async def _rows(
    projection: Readable,
    partition: int,
    work_list: str,
    group: str | None,
    within: Range,
    fits: Callable[[bytes], bool],
) -> AsyncGenerator[Listed, None]:
    """Each step begins at the score that the last one ended with, because rows may come and go in between; only within
    a run of equal scores it counts on."""
    low, after, offset = within.low, within.after, 0
    if after is not None:
        low = max(low, after.score)
    while True:
        [found] = await projection.read(
            partition, [ByScore(scores_name(work_list, group), low, within.high, offset, STEP)]
        )
        positions = [Position(score, member.decode()) for member, score in found]
        fresh = [one for one in positions if after is None or one > after]
        if fresh:
            names = tuple(one.member for one in fresh)
            [contents] = await projection.read(partition, [GetFields(rows_name(work_list), names)])
            for position, content in zip(fresh, contents, strict=True):
                if content is not None and fits(content):
                    yield Listed(position, content)
            after = fresh[-1]
        if len(found) < STEP:
            return
        last = positions[-1].score
        low, offset = (low, offset + STEP) if last == low else (last, 0)
