"""What is asked for at the same moment is done in one go.

Going to Redis or Kafka costs the client some 100 µs, whatever it takes along. Who is alone waits for nobody: one sets
out when everybody had their turn who was ready at that moment.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, NamedTuple, TypeVar

Q = TypeVar("Q")
A = TypeVar("A")


class _Waiting(NamedTuple, Generic[Q, A]):
    question: Q
    answered: asyncio.Future[A]


class Together(Generic[Q, A]):
    """go: an answer to each, in their order, or the error in its place; what it raises is for all of them.

    most: how many go at once.
    """

    def __init__(self, go: Callable[[Sequence[Q]], Awaitable[Sequence[A | Exception]]], most: int) -> None:
        self._go = go
        self._most = most
        self._company: list[_Waiting[Q, A]] = []
        self._under_way: set[asyncio.Task[None]] = set()

    async def ask(self, question: Q) -> A:
        answered: asyncio.Future[A] = asyncio.get_running_loop().create_future()
        if not self._company or len(self._company) >= self._most:
            self._company = []
            task = asyncio.create_task(self._set_out(self._company))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
        self._company.append(_Waiting(question, answered))
        return await answered

    async def _set_out(self, company: list[_Waiting[Q, A]]) -> None:
        if self._company is company:
            self._company = []
        answers: Sequence[A | Exception]
        try:
            answers = await self._go([one.question for one in company])
        except Exception as error:  # noqa: BLE001  whoever asked is told
            answers = [error] * len(company)
        for one, answer in zip(company, answers, strict=True):
            if one.answered.done():  # whoever asked has gone
                continue
            if isinstance(answer, Exception):
                one.answered.set_exception(answer)
            else:
                one.answered.set_result(answer)
