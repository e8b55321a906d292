"""Stock Faust reading the same events and doing nothing with them: what its delivery alone costs."""

import os
from typing import Any

import faust

from benchmarks.peers.stopwatch import GROUP, KAFKA, TOPIC, Stopwatch

app = faust.App(
    GROUP,
    broker=f"kafka://{KAFKA}",
    topic_disable_leader=True,
    web_enabled=False,
    cython_optimizations=not os.environ.get("NO_CYTHON"),
)
events = app.topic(TOPIC, key_type=str, value_serializer="raw")
watch = Stopwatch()


async def read(stream: Any) -> None:
    async for _ in stream:
        if watch.count():
            watch.end()


app.agent(events)(read)

if __name__ == "__main__":
    app.main()
