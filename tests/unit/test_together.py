"""What is asked for at the same moment is done in one go, and nobody suffers for another."""

import asyncio
from collections.abc import Sequence

import pytest

from shared.together import Together
from tests.waiting import eventually


class Shop:
    """Answers with the tenfold; no answer to 13."""

    def __init__(self, most: int = 10, ways: int = 1_000, patience: float = 0.0) -> None:
        self.ways: list[list[int]] = []
        self.open = asyncio.Event()
        self.open.set()
        self.together: Together[int, int] = Together(self._go, most, ways, patience)

    async def _go(self, questions: Sequence[int]) -> list[int | Exception]:
        self.ways.append(list(questions))
        await self.open.wait()
        if 666 in questions:
            raise ConnectionError("closed")
        return [LookupError("thirteen") if one == 13 else one * 10 for one in questions]


async def test_who_asks_at_the_same_moment_goes_together() -> None:
    shop = Shop()
    assert await asyncio.gather(*map(shop.together.ask, (3, 1, 2))) == [30, 10, 20]
    assert await shop.together.ask(4) == 40
    assert shop.ways == [[3, 1, 2], [4]]


async def test_nobody_waits_for_those_who_are_on_their_way() -> None:
    shop = Shop()
    shop.open.clear()
    first = asyncio.create_task(shop.together.ask(1))
    await eventually(lambda: shop.ways == [[1]])
    second = asyncio.create_task(shop.together.ask(2))
    await eventually(lambda: shop.ways == [[1], [2]])
    shop.open.set()
    assert (await first, await second) == (10, 20)


async def test_no_more_go_at_once_than_may() -> None:
    shop = Shop(most=2)
    assert await asyncio.gather(*map(shop.together.ask, range(5))) == [0, 10, 20, 30, 40]
    assert shop.ways == [[0, 1], [2, 3], [4]]


async def test_who_may_not_go_yet_goes_with_those_who_come_meanwhile() -> None:
    shop = Shop(ways=1)
    shop.open.clear()
    first = asyncio.create_task(shop.together.ask(1))
    await eventually(lambda: shop.ways == [[1]])
    others = [asyncio.create_task(shop.together.ask(one)) for one in (2, 3)]
    await asyncio.sleep(0)
    last = asyncio.create_task(shop.together.ask(4))
    await asyncio.sleep(0)
    assert shop.ways == [[1]]
    shop.open.set()
    assert await asyncio.gather(first, *others, last) == [10, 20, 30, 40]
    assert shop.ways == [[1], [2, 3, 4]]


async def test_whoever_asks_as_the_last_ones_come_back_is_not_forgotten() -> None:
    shop = Shop(ways=1)

    async def again(after: asyncio.Task[int], question: int) -> int:
        await after
        return await shop.together.ask(question)

    first = asyncio.create_task(shop.together.ask(1))
    async with asyncio.timeout(5):
        assert await asyncio.gather(*(again(first, question) for question in range(9))) == [n * 10 for n in range(9)]


async def test_those_who_come_again_wait_for_as_many_as_went_last() -> None:
    shop = Shop(patience=3600)
    await asyncio.gather(*map(shop.together.ask, (1, 2, 3)))
    early = [asyncio.create_task(shop.together.ask(one)) for one in (4, 5)]
    for _ in range(9):
        await asyncio.sleep(0)
    assert shop.ways == [[1, 2, 3]]
    assert await asyncio.gather(*early, shop.together.ask(6)) == [40, 50, 60]
    assert shop.ways == [[1, 2, 3], [4, 5, 6]]


async def test_their_patience_ends() -> None:
    shop = Shop(patience=0.001)
    await asyncio.gather(*map(shop.together.ask, (1, 2, 3)))
    assert await asyncio.gather(*map(shop.together.ask, (4, 5))) == [40, 50]
    assert shop.ways == [[1, 2, 3], [4, 5]]


@pytest.mark.parametrize("ways", [1, 1_000])
async def test_who_went_alone_waits_for_nobody(ways: int) -> None:
    shop = Shop(ways=ways, patience=3600)
    async with asyncio.timeout(5):
        assert [await shop.together.ask(one) for one in (1, 2, 3)] == [10, 20, 30]


async def test_who_gave_up_before_the_others_came_is_not_asked_for() -> None:
    shop = Shop(patience=3600)
    await asyncio.gather(*map(shop.together.ask, (1, 2)))
    gone = asyncio.create_task(shop.together.ask(3))
    await asyncio.sleep(0)
    gone.cancel()
    assert await asyncio.gather(*map(shop.together.ask, (4, 5))) == [40, 50]
    assert shop.ways == [[1, 2], [4, 5]]


async def test_when_one_way_fails_the_next_set_out() -> None:
    shop = Shop(most=1, ways=1)
    found = await asyncio.gather(*map(shop.together.ask, (666, 1)), return_exceptions=True)
    assert [type(found[0]), found[1]] == [ConnectionError, 10]


async def test_an_error_is_for_whom_it_concerns() -> None:
    shop = Shop()
    one, other = await asyncio.gather(*map(shop.together.ask, (13, 1)), return_exceptions=True)
    assert isinstance(one, LookupError)
    assert other == 10


async def test_when_nothing_comes_of_it_all_hear_of_it() -> None:
    shop = Shop()
    found = await asyncio.gather(*map(shop.together.ask, (1, 666)), return_exceptions=True)
    assert [type(one) for one in found] == [ConnectionError, ConnectionError]
    assert await shop.together.ask(2) == 20


async def test_who_goes_away_leaves_the_others_their_answers() -> None:
    shop = Shop()
    gone, stays = asyncio.create_task(shop.together.ask(1)), asyncio.create_task(shop.together.ask(2))
    await asyncio.sleep(0)
    gone.cancel()
    assert await stays == 20
    with pytest.raises(asyncio.CancelledError):
        await gone


async def test_nothing_is_asked_for_who_went_away_while_waiting() -> None:
    """Where those under way hang, whoever comes would else wait behind all who gave up, and these would pile up."""
    shop = Shop(most=1, ways=1)
    shop.open.clear()
    first = asyncio.create_task(shop.together.ask(1))
    await eventually(lambda: shop.ways == [[1]])
    gone, last = asyncio.create_task(shop.together.ask(2)), asyncio.create_task(shop.together.ask(3))
    await asyncio.sleep(0)
    gone.cancel()
    shop.open.set()
    assert (await first, await last) == (10, 30)
    assert shop.ways == [[1], [3]]


async def test_who_is_alone_and_goes_away_at_once_sends_nobody() -> None:
    shop = Shop()
    gone = asyncio.create_task(shop.together.ask(1))
    await asyncio.sleep(0)
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    assert await shop.together.ask(2) == 20
    assert shop.ways == [[2]]


@pytest.mark.parametrize("answers", [[], [1], [1, 2, 3]])
async def test_answers_to_other_questions_are_an_error_for_all(answers: list[int]) -> None:
    async def go(_: Sequence[int]) -> list[int | Exception]:
        return [*answers]

    together: Together[int, int] = Together(go, most=2)
    async with asyncio.timeout(5):
        found = await asyncio.gather(*map(together.ask, (1, 2)), return_exceptions=True)
    assert [type(one) for one in found] == [ValueError, ValueError]


async def test_when_what_is_asked_for_is_called_off_nobody_waits_for_ever() -> None:
    async def go(questions: Sequence[int]) -> list[int | Exception]:
        if 1 in questions:
            raise asyncio.CancelledError
        return [one * 10 for one in questions]

    together: Together[int, int] = Together(go, most=1, ways=1)
    async with asyncio.timeout(5):
        found = await asyncio.gather(*map(together.ask, (1, 2)), return_exceptions=True)
    assert [type(found[0]), found[1]] == [asyncio.CancelledError, 20]
