"""The limit: read everything with aiokafka and do nothing with it."""

import asyncio

from aiokafka import AIOKafkaConsumer, TopicPartition

from benchmarks.peers.stopwatch import EVENTS, KAFKA, PARTITIONS, TOPIC, Stopwatch


async def main() -> None:
    consumer = AIOKafkaConsumer(bootstrap_servers=KAFKA, group_id=None, enable_auto_commit=False)
    await consumer.start()
    partitions = [TopicPartition(TOPIC, number) for number in range(PARTITIONS)]
    consumer.assign(partitions)
    for partition in partitions:
        consumer.seek(partition, 0)
    watch, read = Stopwatch(), 0
    watch.begin()
    while read < EVENTS:
        found = await consumer.getmany(timeout_ms=500)
        read += sum(len(records) for records in found.values())
    watch.end()
    await consumer.stop()


if __name__ == "__main__":
    asyncio.run(main())
