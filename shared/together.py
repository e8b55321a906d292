"""What is asked for at the same moment is done in one go.

Going to Redis or Kafka costs the client some 100 µs, whatever it takes along. Who is alone waits for nobody: one sets
out when everybody had their turn who was ready at that moment. Where not all may be under way at once, those who come
meanwhile go together when the first are back.
"""

import asyncio
import sys
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, NamedTuple, TypeVar

Q = TypeVar("Q")
A = TypeVar("A")


class _Waiting(NamedTuple, Generic[Q, A]):
    question: Q
    answered: asyncio.Future[A]


class Together(Generic[Q, A]):
    """go: an answer to each, in their order, or the error in its place; what it raises is for all of them.

    most: how many go together. ways: how often they may be under way at once.
    """

    def __init__(
        self,
        go: Callable[[Sequence[Q]], Awaitable[Sequence[A | Exception]]],
        most: int,
        ways: int = sys.maxsize,
    ) -> None:
        self._go = go
        self._most = most
        self._ways = ways
        self._waiting: deque[_Waiting[Q, A]] = deque()
        self._about_to_go = False
        self._under_way = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def ask(self, question: Q) -> A:
        answered: asyncio.Future[A] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(question, answered))
        self._set_out()
        return await answered

    def _set_out(self) -> None:
        if self._waiting and not self._about_to_go and self._under_way < self._ways:
            self._about_to_go = True
            self._under_way += 1
            task = asyncio.create_task(self._way())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _way(self) -> None:
        self._about_to_go = False
        try:
            while self._waiting:
                company = [self._waiting.popleft() for _ in range(min(self._most, len(self._waiting)))]
                self._set_out()  # there may be more of them than go together
                await self._served(company)
        finally:
            self._under_way -= 1

    async def _served(self, company: Sequence[_Waiting[Q, A]]) -> None:
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
