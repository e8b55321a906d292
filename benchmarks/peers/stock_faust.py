"""The peers' work as Faust's guide teaches: an agent over the events, a table with a row for each customer.

What is fair to Faust: events as plain dicts (models cost more), the table in memory with its changelog topic as the
durable copy (RocksDB costs more), no web server, no leader topic, its compiled parts switched on.
"""

import os
from typing import Any

import faust

from benchmarks.peers.ping_pong import ENTRIES, desk_of, desks_after, is_ping_pong
from benchmarks.peers.stopwatch import FLAGS, GROUP, KAFKA, PARTITIONS, TOPIC, Stopwatch

app = faust.App(
    GROUP,
    broker=f"kafka://{KAFKA}",
    topic_partitions=PARTITIONS,
    topic_disable_leader=True,
    web_enabled=False,
    cython_optimizations=not os.environ.get("NO_CYTHON"),
)
events = app.topic(TOPIC, key_type=str, value_serializer="json")
flags = app.topic(FLAGS, key_type=str, value_serializer="json", partitions=PARTITIONS)
journeys = app.Table("journeys", default=lambda: {"entries": [], "desks": []}, partitions=PARTITIONS)
watch = Stopwatch()


async def keep(stream: Any) -> None:
    async for customer, event in stream.items():
        journey = journeys[customer]
        before = journey["desks"]
        after = desks_after(before, event["type"], desk_of(event["data"]))
        if is_ping_pong(before, after):
            await flags.send(key=customer, value={"kind": "ping_pong", "desks": after, "cause": event["id"]})
        journeys[customer] = {"entries": [*journey["entries"], event][-ENTRIES:], "desks": after}
        if watch.count():
            watch.end()


app.agent(events)(keep)


if __name__ == "__main__":
    app.main()
