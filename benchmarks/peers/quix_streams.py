"""The peers' work as Quix Streams' guide teaches: one stateful function over the stream, its state in RocksDB.

What is fair to Quix: events as plain dicts, the producer compresses with lz4 as ours does, changelog topics as by
default (they are the durable copy). It ends with its last checkpoint: state flushed, flags acknowledged, committed.
"""

from typing import Any

from quixstreams import Application, State

from benchmarks.peers.ping_pong import ENTRIES, desk_of, desks_after, is_ping_pong
from benchmarks.peers.stopwatch import FLAGS, FOLDER, GROUP, KAFKA, TOPIC, Stopwatch

watch = Stopwatch()


def keep(event: dict[str, Any], state: State) -> list[dict[str, Any]]:
    """The flags that follow from one event: none or one."""
    journey: dict[str, Any] = state.get("journey") or {"entries": [], "desks": []}
    before = journey["desks"]
    after = desks_after(before, event["type"], desk_of(event["data"]))
    state.set("journey", {"entries": [*journey["entries"], event][-ENTRIES:], "desks": after})
    if not is_ping_pong(before, after):
        return []
    return [{"kind": "ping_pong", "desks": after, "cause": event["id"]}]


def main() -> None:
    def count(_topic: str, _partition: int, _offset: int) -> None:
        if watch.count():
            app.stop()

    app = Application(
        broker_address=KAFKA,
        consumer_group=GROUP,
        auto_offset_reset="earliest",
        state_dir=FOLDER,
        producer_extra_config={"compression.type": "lz4"},
        on_message_processed=count,
        loglevel="WARNING",
    )
    events = app.topic(TOPIC, key_deserializer="str", value_deserializer="json")
    flags = app.topic(FLAGS, key_serializer="str", value_serializer="json")
    app.dataframe(events).apply(keep, stateful=True, expand=True).to_topic(flags)
    app.run()
    watch.end()


if __name__ == "__main__":
    main()
