"""How often, and how many different customers: what tells an agent at work from somebody who copies the file.

Counted by each process for itself; with several replicas the limits are as many times as high.
"""

import math
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

# Callers remembered; who has not come for the longest time is forgotten first.
MOST_CALLERS: Final = 10_000
HOUR_S: Final = 3600.0
# Whoever waits as long as told must not be sent away by a last digit.
_ROUNDING: Final = 1e-6

T = TypeVar("T")


@dataclass
class Bucket:
    left: float
    at: float


class Rate:
    """per_second on the average, burst at once. now: seconds, of any clock that never goes back."""

    def __init__(self, per_second: float, burst: float) -> None:
        self._per_second = per_second
        self._burst = burst
        self._buckets: _Remembered[Bucket] = _Remembered(lambda: Bucket(burst, 0.0))

    def take(self, caller: str, now: float) -> int | None:
        """None: go on. Else whole seconds until it may be tried again."""
        bucket = self._buckets.of(caller)
        bucket.left = min(self._burst, bucket.left + max(0.0, now - bucket.at) * self._per_second)
        bucket.at = now
        if bucket.left < 1 - _ROUNDING:
            return math.ceil((1 - bucket.left) / self._per_second)
        bucket.left -= 1
        return None


class DifferentCustomers:
    """At most so many different customers a caller within an hour; the same one again is free."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._seen: _Remembered[OrderedDict[str, float]] = _Remembered(OrderedDict)

    def look_at(self, caller: str, customer: str, now: float) -> int | None:
        """None: go on. Else whole seconds until the first of those seen no longer counts."""
        seen = self._seen.of(caller)
        while seen and now - next(iter(seen.values())) >= HOUR_S:
            seen.popitem(last=False)
        if customer not in seen and len(seen) >= self._most:
            return math.ceil(HOUR_S - (now - next(iter(seen.values()))))
        seen[customer] = now
        seen.move_to_end(customer)
        return None


class _Remembered(Generic[T]):
    def __init__(self, fresh: Callable[[], T]) -> None:
        self._fresh = fresh
        self._callers: OrderedDict[str, T] = OrderedDict()

    def of(self, caller: str) -> T:
        found = self._callers.get(caller)
        if found is None:
            found = self._callers[caller] = self._fresh()
            if len(self._callers) > MOST_CALLERS:
                self._callers.popitem(last=False)
        self._callers.move_to_end(caller)
        return found
