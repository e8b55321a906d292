"""The front door before a real broker, also while that is away."""

import asyncio
import itertools
import os
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator

import httpx
import pytest

from services.routing.api import build
from services.routing.settings import RoutingSettings
from shared.event_log.kafka import KafkaLog
from shared.event_log.log import Record, partition_of
from shared.event_log.topics import CONTACT_EVENTS, Topic
from shared.event_log.wire import decode
from tests.conftest import NewName, OwnKafka
from tests.front_door import BATCH, a_client, an_event, post, written
from tests.routing_process import RoutingProcess
from tests.waiting import eventually
from tools.stack import Kafka, create_topics

PARTITIONS = 6
NO_ANSWER = 0


@pytest.fixture
async def topic(kafka: Kafka, new_topic: NewName) -> str:
    name = new_topic("contact.events")
    await create_topics(kafka.bootstrap, [Topic(name, "customer id", PARTITIONS)])
    return name


@pytest.fixture
async def client(kafka: Kafka, topic: str) -> AsyncIterator[httpx.AsyncClient]:
    async with a_client(build(RoutingSettings(kafka=kafka.bootstrap, topic=topic))) as client:
        yield client


async def on(bootstrap: str, topic: str) -> list[Record]:
    log = KafkaLog(bootstrap)
    try:
        ends = await log.end_offsets(topic)
        return [record for p, end in ends.items() async for batch in log.read(topic, p, 0, end) for record in batch]
    finally:
        await log.stop()


async def test_the_record_holds_the_bytes_received(client: httpx.AsyncClient, kafka: Kafka, topic: str) -> None:
    value = b' {"cost": 1.500, ' + written(an_event(subject="顧客".encode().hex(), source="urn:\u00e9"))[1:] + b"\r\n"
    assert (await post(client, value)).status_code == 202
    (record,) = await on(kafka.bootstrap, topic)
    assert (record.value, record.key) == (value, "顧客".encode().hex().encode())
    assert record.partition == partition_of(record.key or b"", PARTITIONS)
    assert record.headers == (("content-type", b"application/cloudevents+json"),)


async def test_a_batch_keeps_bytes_and_order(client: httpx.AsyncClient, kafka: Kafka, topic: str) -> None:
    sent = [b" " * (n % 3) + written(an_event(id=f"e{n}", subject=f"c{n % 7}")) for n in range(500)]
    answer = await post(client, b"[" + b",\n".join(sent) + b"]", BATCH)
    assert answer.status_code == 202
    kept = await on(kafka.bootstrap, topic)
    for customer in range(7):
        own = [record.value for record in kept if record.key == f"c{customer}".encode()]
        assert own == [value.strip() for value in sent[customer::7]]


async def test_is_not_ready_without_its_topic(kafka: Kafka, new_topic: NewName) -> None:
    settings = RoutingSettings(kafka=kafka.bootstrap, topic=new_topic("nowhere"))
    async with a_client(build(settings)) as client:
        assert (await client.get("/health/ready")).status_code == 503
        answer = await post(client, written(an_event()))
    assert answer.status_code == 503


class Crowd:
    """Several senders, each sending one event after the other, every id until it is acknowledged.

    ledger: ids, each noted only after its 202. slowest: seconds of the slowest answer.
    """

    def __init__(self, client: httpx.AsyncClient, size: int = 8) -> None:
        self.ledger: set[str] = set()
        self.answers: Counter[int] = Counter()
        self.slowest = 0.0
        self._client = client
        self._going_on = True
        self._senders = [asyncio.create_task(self._send_all(number)) for number in range(size)]

    async def until(self, status: int, more: int, within: float = 30) -> None:
        """So many answers more with this status."""
        wanted = self.answers[status] + more
        await eventually(lambda: self.answers[status] >= wanted, within, what=f"{more} answers {status} more")

    async def stop(self) -> None:
        self._going_on = False
        await asyncio.gather(*self._senders)

    async def _send_all(self, sender: int) -> None:
        for number in itertools.count():
            name = f"s{sender}-{number}"
            event = written(an_event(id=name, subject=f"s{sender}.{number % 5}"))
            while await self._send(event) != 202:
                if not self._going_on:
                    return
                await asyncio.sleep(0.05)  # a sender's patience
            self.ledger.add(name)
            if not self._going_on:
                return

    async def _send(self, event: bytes) -> int:
        began = time.monotonic()
        try:
            status = (await post(self._client, event)).status_code
        except httpx.TransportError:
            status = NO_ANSWER
        self.slowest = max(self.slowest, time.monotonic() - began)
        self.answers[status] += 1
        return status


@pytest.mark.parametrize("fault", ["kill", "stop"])
async def test_nothing_acknowledged_is_lost_when_the_broker_goes(own_kafka: OwnKafka, fault: str) -> None:
    kafka = await asyncio.to_thread(own_kafka)
    await create_topics(kafka.bootstrap, partitions=PARTITIONS)
    async with RoutingProcess(kafka=kafka.bootstrap) as api, api.client() as client:
        crowd = Crowd(client)
        await crowd.until(202, more=200)
        await _away_and_back(kafka, fault, crowd)
        await _away_and_back(kafka, fault, crowd)
        await crowd.stop()
        assert (await client.get("/health/ready")).status_code == 200
    kept = {decode(record.value).id for record in await on(kafka.bootstrap, CONTACT_EVENTS.name)}
    assert crowd.ledger - kept == set()
    assert {*crowd.answers} == {202, 503}
    assert crowd.slowest < 8


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
async def test_nothing_acknowledged_is_lost_when_the_api_goes(kafka: Kafka, topic: str, number: signal.Signals) -> None:
    settings = {"ASHIATO_ROUTING_TOPIC": topic}
    async with RoutingProcess(kafka=kafka.bootstrap, settings=settings) as api, api.client() as client:
        crowd = Crowd(client)
        for _ in range(2):
            await crowd.until(202, more=200)
            os.kill(api.pid, number)
            assert await api.exit_code() == (0 if number is signal.SIGTERM else -number)
            await api.start()
        await crowd.until(202, more=200)
        await crowd.stop()
    kept = {decode(record.value).id for record in await on(kafka.bootstrap, topic)}
    assert crowd.ledger - kept == set()
    assert {*crowd.answers} == {202, NO_ANSWER}


async def _away_and_back(kafka: Kafka, fault: str, crowd: Crowd) -> None:
    await asyncio.to_thread(getattr(kafka, fault))
    await crowd.until(503, more=10, within=10)
    accepted = crowd.answers[202]
    await crowd.until(503, more=50)
    assert crowd.answers[202] == accepted
    await asyncio.to_thread(kafka.start)
    await crowd.until(202, more=200)


async def test_a_broker_that_comes_later_is_found(own_kafka: OwnKafka) -> None:
    kafka = await asyncio.to_thread(own_kafka)
    await create_topics(kafka.bootstrap, partitions=PARTITIONS)
    await asyncio.to_thread(kafka.stop)
    async with RoutingProcess(kafka=kafka.bootstrap) as api, api.client() as client:
        assert (await client.get("/health/ready")).status_code == 503
        assert (await post(client, written(an_event()))).status_code == 503
        await asyncio.to_thread(kafka.start)

        async def is_ready() -> bool:
            return (await client.get("/health/ready")).status_code == 200

        await eventually(is_ready, 20)
        assert (await post(client, written(an_event()))).status_code == 202
