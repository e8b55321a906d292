"""What a peer is told by its environment, and what it says about its own progress.

One line when the first event is at hand, one when the last is done. Only the standard library: see ping_pong.py.
"""

import os
import time
from typing import Final

KAFKA: Final = os.environ.get("ASHIATO_KAFKA", "127.0.0.1:9092")
REDIS: Final = os.environ.get("ASHIATO_REDIS", "redis://127.0.0.1:6379/0")
PARTITIONS: Final = int(os.environ.get("ASHIATO_PARTITIONS", "4"))
TOPIC: Final = os.environ.get("BENCH_TOPIC", "contact.events.v1")
FLAGS: Final = os.environ.get("BENCH_FLAGS", "peer.flags")
EVENTS: Final = int(os.environ.get("BENCH_EVENTS", "0"))
GROUP: Final = os.environ.get("BENCH_GROUP", "peer")
FOLDER: Final = os.environ.get("BENCH_FOLDER", ".")


class Stopwatch:
    def __init__(self, events: int = EVENTS) -> None:
        self._events = events
        self._done = 0

    def begin(self) -> None:
        print(f"begun {time.time():.6f}", flush=True)

    def end(self) -> None:
        print(f"handled {time.time():.6f}", flush=True)

    def count(self) -> bool:
        """One more; True with the last event."""
        if self._done == 0:
            self.begin()
        self._done += 1
        return self._done == self._events
