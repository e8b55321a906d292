"""What is asked for at the same moment is done in one go.

Going to Redis or Kafka costs the client some 100 µs, whatever it takes along. Who is alone waits for nobody: one sets
out when everybody had their turn who was ready at that moment. Where not all may be under way at once, those who come
meanwhile go together when the first are back.

Whoever is answered last asks again a moment after the others, and would go alone from then on: of sixteen who ask again
and again, half of all ways were made for one. So those who have some patience wait for as many as went last.
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

    most: how many go together. ways: how often they may be under way at once. patience: seconds that they wait, at
    most, for as many as went together last; who went alone waits for nobody.
    """

    def __init__(
        self,
        go: Callable[[Sequence[Q]], Awaitable[Sequence[A | Exception]]],
        most: int,
        ways: int = sys.maxsize,
        patience: float = 0.0,
    ) -> None:
        self._go = go
        self._most = most
        self._ways = ways
        self._patience = patience
        self._last = 1
        self._all_there: asyncio.Future[None] | None = None
        self._waiting: deque[_Waiting[Q, A]] = deque()
        self._about_to_go = False
        self._under_way = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def ask(self, question: Q) -> A:
        answered: asyncio.Future[A] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(question, answered))
        if self._all_there is not None and len(self._waiting) >= self._last:
            _is_so(self._all_there)
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
        try:
            await self._gathered()
            if company := self._company():
                self._last = len(company)
                self._set_out()  # there may be more of them than go together
                await self._served(company)
        finally:
            self._under_way -= 1
            self._set_out()  # whoever came meanwhile, or still waits when a way was called off

    async def _gathered(self) -> None:
        try:
            if self._patience > 0 and len(self._waiting) < self._last:
                loop = asyncio.get_running_loop()
                self._all_there = loop.create_future()
                enough = loop.call_later(self._patience, _is_so, self._all_there)
                await self._all_there
                enough.cancel()
        finally:
            self._all_there, self._about_to_go = None, False

    def _company(self) -> list[_Waiting[Q, A]]:
        """Who goes next. Those who went away meanwhile keep nobody waiting, and do not pile up while others hang."""
        company: list[_Waiting[Q, A]] = []
        while self._waiting and len(company) < self._most:
            one = self._waiting.popleft()
            if not one.answered.done():
                company.append(one)
        return company

    async def _served(self, company: Sequence[_Waiting[Q, A]]) -> None:
        answers: Sequence[tuple[_Waiting[Q, A], A | Exception]]
        try:
            answers = list(zip(company, await self._go([one.question for one in company]), strict=True))
        except asyncio.CancelledError:
            for one in company:
                one.answered.cancel()
            raise
        except Exception as error:  # noqa: BLE001  whoever asked is told
            answers = [(one, error) for one in company]
        for one, answer in answers:
            if one.answered.done():  # whoever asked has gone
                continue
            if isinstance(answer, Exception):
                one.answered.set_exception(answer)
            else:
                one.answered.set_result(answer)


def _is_so(one: asyncio.Future[None]) -> None:
    if not one.done():
        one.set_result(None)
