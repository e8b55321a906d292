"""Somebody who keeps asking while things break, and notes every answer."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any, Final, NamedTuple

from tests.e2e.system import Json, Service, System

# What an answer says about the moment rather than about the customer.
_OF_THE_MOMENT: Final = ("as_of", "behind")


class Question(NamedTuple):
    """`whole`: its answer must not change, whatever breaks; else only the status is looked at."""

    service: Service
    path: str
    whole: bool = True


class Onlooker:
    """`statuses`: how often each was seen, by path without its customer. `wrong`: what must never be answered."""

    def __init__(self, system: System, questions: Iterable[Question]) -> None:
        self.statuses: defaultdict[str, Counter[int]] = defaultdict(Counter)
        self.wrong: list[str] = []
        self._system = system
        self._questions = list(questions)
        self._before: dict[Question, Any] = {}

    async def remember(self) -> None:
        """The answers that are right."""
        for question in self._questions:
            answer = await self._system.get(question.service, question.path)
            assert answer.status_code == 200, answer.text
            self._before[question] = _lasting(answer.json())

    async def look(self) -> None:
        for question in self._questions:
            answer = await self._system.get(question.service, question.path)
            self.statuses[_kind(question)][answer.status_code] += 1
            if answer.status_code == 503:
                self._note("Retry-After" in answer.headers, question, "503 without Retry-After")
            elif answer.status_code == 200:
                same = not question.whole or _lasting(answer.json()) == self._before[question]
                self._note(same, question, f"another answer: {answer.text[:300]}")
            else:
                self._note(False, question, f"{answer.status_code} {answer.text[:300]}")

    def _note(self, right: bool, question: Question, why: str) -> None:
        if not right:
            self.wrong.append(f"{question.path}: {why}")

    def told(self) -> dict[str, dict[int, int]]:
        return {path: dict(seen) for path, seen in self.statuses.items()}

    def seen(self, status: int) -> bool:
        return any(status in one for one in self.statuses.values())


@asynccontextmanager
async def looking_on(system: System, questions: Iterable[Question]) -> AsyncIterator[Onlooker]:
    """Asks without a pause while the context lasts; nothing wrong may have been answered by its end."""
    onlooker = Onlooker(system, questions)
    await onlooker.remember()
    done = asyncio.Event()

    async def go_on() -> None:
        while not done.is_set():
            await onlooker.look()

    asking = asyncio.create_task(go_on())
    try:
        yield onlooker
    finally:
        done.set()
        await asking
    assert not onlooker.wrong, onlooker.wrong[:5]


def _lasting(answer: Json) -> Json:
    return {name: value for name, value in answer.items() if name not in _OF_THE_MOMENT}


def _kind(question: Question) -> str:
    head, _, rest = question.path.lstrip("/").partition("/")
    _, _, tail = rest.partition("/") if head == "journeys" else ("", "", rest.partition("?")[0])
    return f"{question.service} /{head.partition('?')[0]}" + (f"/…/{tail.partition('?')[0]}" if tail else "")
