"""The record of look-ups on a real broker, and no look-up without it."""

import json
from datetime import timedelta
from pathlib import Path

from services.journey import api
from services.journey.settings import JourneyApiSettings
from shared.event_log.kafka import KafkaLog
from shared.event_log.topics import LOOKUPS
from tests.conftest import OwnKafka
from tests.guarded import Issuer, access_settings, asking, told
from tests.histories.builders import BEGIN, an_assignment
from tests.properties.asking import journey_handler
from tests.properties.worlds import PARTITIONS
from tests.waiting import eventually
from tools.stack import Kafka, create_topics


async def on_record(kafka: Kafka) -> list[dict[str, object]]:
    log = KafkaLog(kafka.bootstrap)
    try:
        ends = await log.end_offsets(LOOKUPS.name)
        read = [
            one for p, end in ends.items() if end async for batch in log.read(LOOKUPS.name, p, 0, end) for one in batch
        ]
    finally:
        await log.stop()
    return [json.loads(one.value or b"")["data"] for one in read]


async def test_without_its_broker_nothing_is_shown(tmp_path: Path, own_kafka: OwnKafka) -> None:
    kafka, issuer = own_kafka(), Issuer()
    await create_topics(kafka.bootstrap, [LOOKUPS])
    stored = await told(journey_handler, [an_assignment(0, desk="front")])
    settings = JourneyApiSettings(partitions=PARTITIONS, kafka=kafka.bootstrap, **access_settings(tmp_path, issuer))
    app = api.build(settings, stored, lambda: BEGIN + timedelta(minutes=1))
    async with asking(app, issuer.token()) as client:

        async def shown() -> bool:
            return (await client.get("/journeys/c-1", timeout=30)).status_code == 200

        await eventually(shown, 30)
        assert [one["result"] for one in await on_record(kafka)] == ["shown"]
        kafka.kill()
        answer = await client.get("/journeys/c-1", timeout=30)
        assert answer.status_code == 503
        assert "Retry-After" in answer.headers
        assert "front" not in answer.text
        assert (await client.get("/health/ready")).status_code == 200


async def test_an_issuer_that_does_not_answer_is_our_trouble_and_not_the_callers() -> None:
    settings = JourneyApiSettings(
        partitions=PARTITIONS,
        access_issuer="https://issuer.example",
        access_audience="ashiato",
        access_jwks_url="http://127.0.0.1:9/jwks.json",
        access_pseudonym_key="k" * 32,
    )
    stored = await told(journey_handler, [])
    app = api.build(settings, stored, lambda: BEGIN)
    async with asking(app, Issuer().token()) as client:
        answer = await client.get("/journeys/c-1")
    assert answer.status_code == 503
    assert "Retry-After" in answer.headers
