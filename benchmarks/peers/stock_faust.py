"""Timeline and ping-pong as Faust's guide teaches: an agent over the events, a table with a row for each customer.

A row holds the customer's last 20 entries and the desks that had the present issue; at A B A B a flag is published.
What is fair to Faust: events as plain dicts (models cost more), the table in memory with its changelog topic as the
durable copy (RocksDB costs more), no web server, no leader topic, no duplicates looked for.
"""

import os
from typing import Any

import faust

from benchmarks.peers.stopwatch import GROUP, KAFKA, TOPIC, Stopwatch
from benchmarks.stack import PARTITIONS

ENTRIES = 20
FLAGS = "peer.flags"

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


def desk_of(event: dict[str, Any]) -> str | None:
    """The desk that has the customer now, as far as this event says."""
    match event["type"]:
        case "contact.connected":
            return str(event["data"]["desk"])
        case "contact.transferred":
            return str(event["data"]["to_desk"])
        case _:
            return None


def is_ping_pong(desks: list[str]) -> bool:
    return len(desks) >= 4 and desks[-4:-2] == desks[-2:]


async def keep(stream: Any) -> None:
    async for customer, event in stream.items():
        journey = journeys[customer]
        journey["entries"] = [*journey["entries"], event][-ENTRIES:]
        desks = journey["desks"]
        if event["type"] == "issue.resolved":
            desks.clear()
        elif (desk := desk_of(event)) and desks[-1:] != [desk]:
            desks.append(desk)
            if is_ping_pong(desks):
                await flags.send(key=customer, value={"kind": "ping_pong", "desks": desks, "cause": event["id"]})
        journeys[customer] = journey
        watch.handled()


app.agent(events)(keep)


if __name__ == "__main__":
    app.main()
