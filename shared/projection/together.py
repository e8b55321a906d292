"""Questions that are asked at the same moment go to the store together.

Each time it goes there costs the client 100 µs, whatever it asks. Sixteen look-ups that wait at once go one way, as one
call for each partition they ask about. Who is alone waits for nobody: it sets out when everybody had their turn who was
ready when it asked.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, NamedTuple

from shared.projection.reads import Read

# The store does nothing else while it answers a call.
MOST: Final = 32


class Call(NamedTuple):
    partition: int
    reads: Sequence[Read[Any]]


class _Waiting(NamedTuple):
    call: Call
    answered: asyncio.Future[list[Any]]


class Together:
    """ask: all of these; of each its answers, or why there are none. Raises where nothing can be asked at all."""

    def __init__(self, ask: Callable[[Sequence[Call]], Awaitable[list[list[Any] | Exception]]]) -> None:
        self._ask = ask
        self._company: list[_Waiting] = []
        self._ways: set[asyncio.Task[None]] = set()

    async def read(self, partition: int, reads: Sequence[Read[Any]]) -> list[Any]:
        """Raises what asking raises."""
        answered: asyncio.Future[list[Any]] = asyncio.get_running_loop().create_future()
        if not self._company or len(self._company) >= MOST:
            self._company = []
            way = asyncio.create_task(self._go(self._company))
            self._ways.add(way)
            way.add_done_callback(self._ways.discard)
        self._company.append(_Waiting(Call(partition, reads), answered))
        return await answered

    async def _go(self, company: list[_Waiting]) -> None:
        if self._company is company:
            self._company = []
        answers: Sequence[list[Any] | Exception]
        try:
            answers = await self._answers([one.call for one in company])
        except Exception as error:  # noqa: BLE001  whoever asked is told
            answers = [error] * len(company)
        for one, answer in zip(company, answers, strict=True):
            if one.answered.done():  # whoever asked has gone
                continue
            if isinstance(answer, Exception):
                one.answered.set_exception(answer)
            else:
                one.answered.set_result(answer)

    async def _answers(self, asked: list[Call]) -> list[list[Any] | Exception]:
        """What several ask of a partition is asked once."""
        if len(asked) == 1:
            return await self._ask(asked)
        by_partition: dict[int, dict[Read[Any], Any]] = {}
        for call in asked:
            by_partition.setdefault(call.partition, {}).update(dict.fromkeys(call.reads))
        calls = [Call(partition, list(reads)) for partition, reads in by_partition.items()]
        answers = dict(zip(by_partition, await self._ask(calls), strict=True))
        for (partition, reads), answer in zip(by_partition.items(), answers.values(), strict=True):
            if not isinstance(answer, Exception):
                reads.update(zip(reads, answer, strict=True))
        return [
            answer if isinstance(answer := answers[one.partition], Exception) else
            [by_partition[one.partition][read] for read in one.reads]
            for one in asked
        ]
