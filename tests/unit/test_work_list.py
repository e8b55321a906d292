"""Work lists: most urgent first over all partitions, page by page, each row once, however much changes meanwhile."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from shared.projection import Read
from shared.projection.memory import MemoryProjection
from shared.work_list.reading import STEP, Listed, Position, Range, read_page
from shared.work_list.row import Row, differences

LIST = "todo"
PARTITIONS = 3


class Board:
    """A work list over three partitions. `meanwhile` is done once, between two questions of a page."""

    def __init__(self) -> None:
        self.projection = MemoryProjection()
        self._rows: list[dict[str, Row]] = [{} for _ in range(PARTITIONS)]
        self.meanwhile: Callable[[], Awaitable[None]] | None = None

    async def read(self, partition: int, reads: Sequence[Read[Any]]) -> list[Any]:
        answers = await self.projection.read(partition, reads)
        if self.meanwhile is not None:
            act, self.meanwhile = self.meanwhile, None
            await act()
        return answers

    async def put(self, partition: int, rows: Mapping[str, Row | None]) -> None:
        """None takes a row off."""
        after = {**self._rows[partition], **rows}
        kept = {member: row for member, row in after.items() if row is not None}
        writes = differences(LIST, self._rows[partition], kept)
        claim = await self.projection.claim(partition)
        await self.projection.save(partition, claim.token, claim.next, writes, 0)
        self._rows[partition] = kept

    async def page(
        self,
        limit: int = 1000,
        after: Position | None = None,
        group: str | None = None,
        fits: Callable[[bytes], bool] = lambda _: True,
    ) -> list[Listed]:
        within = Range(after=after)
        return await read_page(self, PARTITIONS, LIST, group=group, within=within, limit=limit, fits=fits)

    async def members(self, **options: Any) -> list[str]:
        return [one.position.member for one in await self.page(**options)]

    async def all_pages(self, limit: int, group: str | None = None) -> list[str]:
        found: list[str] = []
        after: Position | None = None
        while page := await self.page(limit, after, group):
            found += [one.position.member for one in page]
            after = page[-1].position
        return found


def row(score: float, *groups: str, content: str = "") -> Row:
    return Row(score, groups, content.encode())


async def test_the_most_urgent_comes_first_wherever_it_lies() -> None:
    board = Board()
    await board.put(0, {"a": row(5), "b": row(1)})
    await board.put(2, {"c": row(3), "d": row(-2.5)})
    assert await board.members() == ["d", "b", "c", "a"]


async def test_pages_give_each_row_once_also_where_scores_are_equal() -> None:
    board = Board()
    for partition in range(PARTITIONS):
        await board.put(partition, {f"{name}{partition}": row(7) for name in "abcde"})
    expected = sorted(f"{name}{partition}" for name in "abcde" for partition in range(PARTITIONS))
    for limit in range(1, 17):
        assert await board.all_pages(limit) == expected


async def test_more_equal_scores_than_one_step_reads() -> None:
    board = Board()
    many = 2 * STEP + 3
    await board.put(0, {f"{n:05}": row(7) for n in range(many)})
    await board.put(1, {"later": row(8), "sooner": row(6)})
    expected = ["sooner", *(f"{n:05}" for n in range(many)), "later"]
    assert await board.all_pages(1000) == expected
    assert await board.all_pages(150) == expected


async def test_a_group_shows_only_its_rows() -> None:
    board = Board()
    await board.put(0, {"a": row(1, "tech"), "b": row(2, "billing", "tech"), "c": row(3)})
    assert await board.members(group="tech") == ["a", "b"]
    assert await board.members(group="billing") == ["b"]
    assert await board.members(group="nobody") == []
    assert await board.members() == ["a", "b", "c"]


async def test_a_row_that_changes_hands_leaves_the_group_that_had_it() -> None:
    board = Board()
    await board.put(0, {"a": row(1, "tech")})
    await board.put(0, {"a": row(1, "billing")})
    assert (await board.members(group="tech"), await board.members(group="billing")) == ([], ["a"])


async def test_what_is_done_is_off_every_list() -> None:
    board = Board()
    await board.put(0, {"a": row(1, "tech"), "b": row(2, "tech")})
    await board.put(0, {"a": None})
    assert (await board.members(), await board.members(group="tech")) == (["b"], ["b"])


async def test_rows_that_do_not_fit_do_not_shorten_a_page() -> None:
    board = Board()
    await board.put(0, {f"{n:05}": row(n, content="odd" if n % 2 else "even") for n in range(3 * STEP)})
    found = await board.page(limit=5, fits=lambda content: content == b"odd")
    assert [one.position.score for one in found] == [1, 3, 5, 7, 9]
    late = await board.page(limit=5, fits=lambda content: content == b"odd", after=Position(3 * STEP - 4, "x"))
    assert [one.position.score for one in late] == [3 * STEP - 3, 3 * STEP - 1]


async def test_rows_that_come_and_go_elsewhere_hide_none_from_page_to_page() -> None:
    board = Board()
    await board.put(0, {f"{n:05}": row(n) for n in range(20)})
    first = await board.page(limit=10)
    await board.put(0, {"00003": None, "00004": None, "new": row(2.5)})
    second = await board.page(limit=10, after=first[-1].position)
    assert [one.position.score for one in [*first, *second]] == list(range(20))


async def test_rows_that_go_while_a_page_is_read_hide_none_of_the_others() -> None:
    """A page may need several questions, when much does not fit; settled rows vanish in between."""
    board = Board()
    await board.put(0, {f"{n:05}": row(n, content="no" if n < STEP else "yes") for n in range(2 * STEP)})

    async def settle_some() -> None:
        await board.put(0, {f"{n:05}": None for n in range(50)})

    board.meanwhile = settle_some
    found = await board.page(limit=1000, fits=lambda content: content == b"yes")
    assert [one.position.score for one in found] == list(range(STEP, 2 * STEP))


async def test_rows_that_come_while_a_page_is_read_repeat_none_of_the_others() -> None:
    board = Board()
    await board.put(0, {f"{n:05}": row(n, content="no" if n < STEP - 10 else "yes") for n in range(2 * STEP)})

    async def raise_some() -> None:
        await board.put(0, {f"new {n}": row(-1, content="no") for n in range(50)})

    board.meanwhile = raise_some
    found = await board.page(limit=1000, fits=lambda content: content == b"yes")
    assert [one.position.score for one in found] == list(range(STEP - 10, 2 * STEP))
