"""A fault: how to strike, and what it needs. Adding one is writing a function under `@fault(...)`.

Unshown     the machine lacks what the fault needs: nothing is shown, which is not the same as passed
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Final, Literal

from tests.chaos.scene import Scene

World = Literal["plain", "redis", "three", "small-disk"]
Strike = Callable[[Scene], Awaitable[float]]


class Unshown(Exception):
    """With the reason."""


@dataclass(frozen=True)
class Fault:
    """strike: breaks something under load and puts it right again; returns the moment from which recovery counts, by
    the monotonic clock; its docstring tells people what is done. seconds: how long events are sent. may_repeat: our
    own events may be repeated on a topic."""

    name: str
    row: str
    strike: Strike
    world: World = "plain"
    seconds: float = 5.0
    may_repeat: bool = False

    @property
    def how(self) -> str:
        """What the function's docstring says, on one line."""
        act = self.strike.func if isinstance(self.strike, partial) else self.strike
        said = " ".join((act.__doc__ or "").split())
        return f"{said} With Redis itself." if self.world == "redis" else said


FAULTS: Final[dict[str, Fault]] = {}


def fault(
    name: str, row: str, *, world: World = "plain", seconds: float = 5.0, may_repeat: bool = False, redis: bool = False
) -> Callable[[Strike], Strike]:
    """`redis`: also under "<name>-redis", with Redis itself in place of Valkey."""

    def register(strike: Strike) -> Strike:
        FAULTS[name] = Fault(name, row, strike, world, seconds, may_repeat)
        if redis:
            FAULTS[f"{name}-redis"] = replace(FAULTS[name], name=f"{name}-redis", world="redis")
        return strike

    return register
