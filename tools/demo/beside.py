"""One coroutine to its end, while others must not fail."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, Final, TypeVar

from tools.demo.processes import Processes

T = TypeVar("T")

_LOOK_EVERY_S: Final = 0.2


async def beside(main: Coroutine[Any, Any, T], *others: Coroutine[Any, Any, None]) -> T:
    """What main returns. The first failure, of main or of another, ends all of them and is raised."""
    first = asyncio.create_task(main)
    tasks = [first, *(asyncio.create_task(other) for other in others)]
    try:
        while not first.done():
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks[1:]:
                if task.done():
                    await task
                    tasks.remove(task)
        return await first
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError, Exception):
                await task


async def guard(processes: Processes) -> None:
    """For ever. Raises ProcessEnded when one of them dies."""
    while True:
        processes.check()
        await asyncio.sleep(_LOOK_EVERY_S)
