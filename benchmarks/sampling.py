"""Where a program's time goes: after every few milliseconds of its CPU time, look which of its parts is running.

It costs the program about 1 %. The innermost part on the stack counts, so a part's time holds that of the libraries it
calls. CPU time rather than the clock's, so that a busy machine does not change the shares.
"""

import signal
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Final, NamedTuple

# The kernel makes it one of its own ticks, 1 to 4 ms.
_EVERY_S: Final = 0.001
ELSEWHERE: Final = "everything else"


class Part(NamedTuple):
    """modules: their names or beginnings. functions: of these modules only those; () means all."""

    name: str
    modules: tuple[str, ...]
    functions: tuple[str, ...] = ()

    def holds(self, module: str, function: str) -> bool:
        return module.startswith(self.modules) and (not self.functions or function in self.functions)


class Samples:
    """Shares of the CPU time: by part, and by the innermost of our own functions."""

    def __init__(self, parts: Sequence[Part], own: tuple[str, ...]) -> None:
        self.by_part: Counter[str] = Counter()
        self.by_function: Counter[str] = Counter()
        self._parts = parts
        self._own = own
        self._known: dict[tuple[str, str], str | None] = {}

    @contextmanager
    def taken(self) -> Iterator[None]:
        """In the main thread only."""
        before = signal.signal(signal.SIGPROF, self._look)
        signal.setitimer(signal.ITIMER_PROF, _EVERY_S, _EVERY_S)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.signal(signal.SIGPROF, before)

    def _look(self, _: int, frame: FrameType | None) -> None:
        part, function = None, None
        while frame is not None and (part is None or function is None):
            module, name = frame.f_globals.get("__name__", ""), frame.f_code.co_qualname
            if function is None and module.startswith(self._own):
                function = f"{module}.{name}"
            part = part or self._part(module, frame.f_code.co_name)
            frame = frame.f_back
        self.by_part[part or ELSEWHERE] += 1
        self.by_function[function or ELSEWHERE] += 1

    def _part(self, module: str, function: str) -> str | None:
        key = (module, function)
        if key not in self._known:
            self._known[key] = next((part.name for part in self._parts if part.holds(module, function)), None)
        return self._known[key]


def shares(counted: Counter[str], of: float) -> dict[str, float]:
    """`of` shared out as the samples say, the largest share first."""
    total = sum(counted.values()) or 1
    return {name: of * count / total for name, count in counted.most_common()}
