"""Wait for a condition with a deadline, instead of sleeping and hoping."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, overload

T = TypeVar("T")


@overload
async def eventually(
    condition: Callable[[], Awaitable[T]], timeout: float = ..., *, every: float = ..., what: str = ...
) -> T: ...


@overload
async def eventually(condition: Callable[[], T], timeout: float = ..., *, every: float = ..., what: str = ...) -> T: ...


async def eventually(
    condition: Callable[[], Any], timeout: float = 10.0, *, every: float = 0.02, what: str = ""
) -> Any:
    """The first truthy value of `condition()`, which may be a plain or an async function, within `timeout` seconds.

    An AssertionError inside it means "not yet", so it may assert on its way to a truthy value.
    Raises AssertionError that shows the last value or the last assertion.
    """
    deadline = time.monotonic() + timeout
    while True:
        held, last = await _asked(condition)
        if held:
            return last
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {timeout:g} s: {what or _name(condition)}; last: {last!r}")
        await asyncio.sleep(every)


async def _asked(condition: Callable[[], Any]) -> tuple[bool, Any]:
    """Whether it held, and its value or the assertion that failed."""
    try:
        answer = condition()
        value = await answer if inspect.isawaitable(answer) else answer
    except AssertionError as not_yet:
        return False, not_yet
    return bool(value), value


def _name(condition: Callable[..., object]) -> str:
    return getattr(condition, "__qualname__", repr(condition))
