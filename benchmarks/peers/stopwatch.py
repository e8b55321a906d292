"""What a peer says about its own progress: one line when the first events are at hand, one when the last is done."""

import os
import time
from typing import Final

KAFKA: Final = os.environ.get("ASHIATO_KAFKA", "127.0.0.1:9092")
TOPIC: Final = os.environ.get("BENCH_TOPIC", "contact.events.v1")
EVENTS: Final = int(os.environ.get("BENCH_EVENTS", "0"))
GROUP: Final = os.environ.get("BENCH_GROUP", "peer")


class Stopwatch:
    def __init__(self, events: int = EVENTS) -> None:
        self._events = events
        self._done = 0

    def begin(self) -> None:
        print(f"begun {time.time():.6f}", flush=True)

    def handled(self, count: int = 1) -> bool:
        """True with the last event."""
        if self._done == 0 and count == 1:
            self.begin()
        self._done += count
        if self._done != self._events:
            return False
        print(f"handled {time.time():.6f}", flush=True)
        return True
