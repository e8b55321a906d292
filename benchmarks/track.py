"""Positions over time: how fast partitions go forward, and how long each stood still."""

import asyncio
import json
import threading
import time
from bisect import bisect_left
from itertools import chain
from types import TracebackType
from typing import Final, Self

from benchmarks.stack import PARTITIONS, Stack, wait_until
from shared.projection.redis import RedisProjection
from tools.stack import Process

_LOOK_EVERY_S: Final = 0.02
_SETTLED_AFTER_S: Final = 1.0
_WITHIN_S: Final = 90.0


class Track:
    """A thread that looks at a service's positions every 20 ms while the context lasts. Times are epoch seconds."""

    def __init__(self, stack: Stack, service: str) -> None:
        self._projection = RedisProjection(stack.valkey.url, service=service, partitions=PARTITIONS)
        self._looks: list[tuple[float, tuple[int, ...]]] = []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._watch()), name="track", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        wait_until(lambda: bool(self._looks), _WITHIN_S, "a first look at the positions")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self._ended.set()
        self._thread.join()

    async def _watch(self) -> None:
        await self._projection.start()
        try:
            while not self._ended.is_set():
                at = time.time()
                found = [await self._projection.status(number) for number in range(PARTITIONS)]
                self._looks.append((at, tuple(int(one.get("next", 0)) for one in found)))
                await asyncio.sleep(_LOOK_EVERY_S)
        finally:
            await self._projection.stop()

    @property
    def now(self) -> tuple[int, ...]:
        """Each partition's position, as last seen."""
        return self._looks[-1][1]

    def rate(self, since: float, until: float) -> float:
        """Records a second, of all partitions."""
        looks = self._between(since, until)
        (begun, before), (ended, after) = looks[0], looks[-1]
        return (sum(after) - sum(before)) / (ended - begun)

    def longest_stall(self, since: float, until: float) -> float:
        """Seconds for which the worst partition stood still."""
        looks = self._between(since, until)
        longest = 0.0
        for partition in range(PARTITIONS):
            moved_at, position = looks[0][0], looks[0][1][partition]
            for at, positions in looks:
                if positions[partition] != position:
                    longest = max(longest, at - moved_at)
                    moved_at, position = at, positions[partition]
            longest = max(longest, looks[-1][0] - moved_at)
        return longest

    def first_at(self, ends: tuple[int, ...], since: float) -> float | None:
        """When the first partition was seen at its end; None: not yet."""
        for at, positions in self._between(since, time.time()):
            if any(position >= end for position, end in zip(positions, ends, strict=True)):
                return at
        return None

    def settled(self, processes: list[Process]) -> None:
        """Wait until every partition has gone forward from where it is now, and then some. Raises NotReady."""
        seen = self.now

        def moved() -> bool:
            return all(after > before for after, before in zip(self.now, seen, strict=True))

        wait_until(moved, _WITHIN_S, "every partition to go forward", processes)
        time.sleep(_SETTLED_AFTER_S)

    def _between(self, since: float, until: float) -> list[tuple[float, tuple[int, ...]]]:
        looks = self._looks[:]
        first = bisect_left(looks, since, key=lambda look: look[0])
        return looks[max(0, first - 1) : bisect_left(looks, until, key=lambda look: look[0])]


def partitions_of(worker: Process) -> list[int]:
    """Those that a worker's log says it was given last."""
    lines = [line for line in worker.output().splitlines() if '"worker.assigned"' in line]
    found: list[int] = json.loads(lines[-1])["partitions"] if lines else []
    return found


def shared_out(workers: list[Process]) -> None:
    """Wait until every partition has a worker and every worker a partition. Raises NotReady."""

    def done() -> bool:
        shares = [partitions_of(worker) for worker in workers]
        return all(shares) and sorted(chain.from_iterable(shares)) == list(range(PARTITIONS))

    wait_until(done, _WITHIN_S, "partitions to be shared out", workers)
