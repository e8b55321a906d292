"""Kafka or Redis go away, forget, or change under a worker; a rule is broken."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete

from shared.stream import State
from tests.engine_fixtures.crew import Crew, a_crew
from tests.waiting import eventually

if TYPE_CHECKING:
    from tests.conftest import NewName, OwnKafka, OwnValkey
    from tools.stack import Kafka, Valkey


async def test_a_rule_that_raises_pauses_its_partition_and_a_mended_one_goes_on(
    kafka: Kafka, valkey: Valkey, new_topic: NewName, server_folder: Path
) -> None:
    async with a_crew(kafka, valkey, new_topic("engine"), server_folder) as crew:
        worker = crew.hire(poison=b"poison")
        await crew.serving()
        await crew.send(400)
        await crew.send(1, b"poison", partition=2)
        await crew.send(4000)
        await eventually(lambda: state_of(crew, 2, State.PAUSED, "ZeroDivisionError"))
        await eventually(lambda: only_behind(crew, 2))
        assert "partition.paused" in worker.output()
        assert "a rule is broken" not in worker.output()  # a message may quote what a customer said
        assert await asyncio.to_thread(worker.stop, 20.0) == 0
        paused_at = (await crew.beats())[2].next
        assert (await crew.committed())[2] == paused_at
        crew.hire()
        await crew.drained()
        assert await crew.stored_equals_log() == 4401


async def state_of(crew: Crew, partition: int, state: State, reason: str) -> bool:
    beat = (await crew.beats())[partition]
    return (beat.state, beat.reason) == (state, reason)


async def only_behind(crew: Crew, partition: int) -> bool:
    ends = await crew.log.end_offsets(crew.name)
    return [p for p, beat in (await crew.beats()).items() if beat.next != ends[p]] == [partition]


async def test_a_store_emptied_under_a_worker_is_rebuilt_whether_it_is_busy_or_idle(
    kafka: Kafka, own_valkey: OwnValkey, new_topic: NewName, server_folder: Path
) -> None:
    store = own_valkey()
    async with a_crew(kafka, store, new_topic("engine"), server_folder) as crew:
        worker = crew.hire()
        await crew.serving()
        async with crew.under_load():
            await crew.grown(2000)
            await asyncio.to_thread(store.restart, empty=True)
            await eventually(lambda: '"refusal":"Lost"' in worker.output(), 20.0)
        await crew.drained()
        assert await crew.stored_equals_log() > 2000

        said = worker.output().count('"refusal":"Lost"')
        await asyncio.to_thread(store.restart, empty=True)
        await eventually(lambda: worker.output().count('"refusal":"Lost"') >= said + 4, 20.0)
        await crew.drained()
        assert await crew.stored_equals_log() > 2000
        await crew.serving()


async def test_a_broker_that_restarts_or_is_killed_is_waited_for(
    own_kafka: OwnKafka, valkey: Valkey, new_topic: NewName, server_folder: Path
) -> None:
    broker = own_kafka()
    async with a_crew(broker, valkey, new_topic("engine"), server_folder) as crew:
        worker = crew.hire()
        await crew.serving()
        async with crew.under_load():
            await crew.grown(1000)
            await asyncio.to_thread(broker.restart)
            await crew.grown(1000)
            await asyncio.to_thread(broker.kill)
            await asyncio.to_thread(broker.start)
            await crew.grown(1000)
        await crew.drained()
        assert await crew.stored_equals_log() > 3000
        assert worker.running


async def test_a_worker_waits_for_kafka_and_redis_and_stops_when_told_to(
    own_kafka: OwnKafka, valkey: Valkey, new_topic: NewName, server_folder: Path
) -> None:
    broker = own_kafka()
    async with a_crew(broker, valkey, new_topic("engine"), server_folder) as crew:
        await asyncio.to_thread(broker.kill)
        impatient, patient = crew.hire(), crew.hire()
        await eventually(lambda: '"until_up":"kafka"' in impatient.output() and "waiting" in patient.output(), 20.0)
        assert await asyncio.to_thread(impatient.stop, 20.0) == 0
        await asyncio.to_thread(broker.start)
        await crew.serving()
        assert await asyncio.to_thread(patient.stop, 20.0) == 0


async def test_a_topic_with_another_partition_count_is_refused(
    kafka: Kafka, valkey: Valkey, new_topic: NewName, server_folder: Path
) -> None:
    async with a_crew(kafka, valkey, new_topic("engine"), server_folder) as crew:
        await crew.projection.remember_partitions(3)
        worker = crew.hire()
        await eventually(lambda: worker.exit_code is not None, 20.0)
        assert worker.exit_code == 1
        assert "worker.refused_to_start" in worker.output()


async def test_records_deleted_before_they_were_read_are_not_passed_over_in_silence(
    kafka: Kafka, valkey: Valkey, new_topic: NewName, server_folder: Path
) -> None:
    async with a_crew(kafka, valkey, new_topic("engine"), server_folder) as crew:
        worker = crew.hire()
        await crew.serving()
        worker.freeze()
        for _ in range(20):
            await crew.send(1, partition=1)
        await delete_records(crew, partition=1, before=15)
        worker.thaw()
        await eventually(lambda: state_of(crew, 1, State.PAUSED, "PositionOutsideLog"))
        assert await asyncio.to_thread(worker.stop, 20.0) == 0

        crew.hire()
        await eventually(lambda: state_of(crew, 0, State.RUNNING, ""))
        await eventually(lambda: state_of(crew, 1, State.PAUSED, "PositionOutsideLog"))


async def delete_records(crew: Crew, partition: int, before: int) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=crew.bootstrap)
    await admin.start()
    try:
        await admin.delete_records({TopicPartition(crew.name, partition): RecordsToDelete(before)})
    finally:
        await admin.close()
