"""No person gets into a log line, a metric, or the answer to a mistake, wherever a sender may have written one."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import redirect_stderr
from io import StringIO

import pytest

from services.followup.handlers import FollowupHandler
from services.journey.handlers import JourneyHandler
from services.routing.api import build
from services.routing.settings import RoutingSettings
from shared.event_log.dead_letters import DeadLetterLimit
from shared.event_log.log import Record
from shared.event_log.topics import DEAD_LETTERS, FLAGS
from shared.logs import configure_logs
from shared.stream.errors import NotSettled
from shared.stream.lease import Lease
from shared.stream.measured import MeasuredHandler, measure_partitions
from shared.telemetry.meter import Meter
from tests.canary import CANARY, CUSTOMER, NAME, PHONE, QUESTIONS, TEXT, bad, good, records, sung_by
from tests.engine_fixtures.diary import Diary
from tests.front_door import BATCH, NOW, STRUCTURED, a_client, a_log, post, written
from tests.histories.builders import DAY
from tests.properties.asking import asking_followup, asking_journey
from tests.properties.worlds import World

THEN = "2026-03-02T08:59:00Z"


@pytest.fixture(autouse=True)
def lines() -> Iterator[StringIO]:
    """All that is logged, from the lowest level on, by us and by other libraries."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    with redirect_stderr(StringIO()) as written_to:
        configure_logs(logging.DEBUG)
    logging.getLogger("canary").warning("lines of other libraries are seen here as well")
    yield written_to
    root.handlers[:] = handlers
    root.setLevel(level)


def test_the_canary_is_heard_where_it_sings() -> None:
    assert sung_by(f"{TEXT} {PHONE}") == [PHONE, TEXT]
    assert set(CANARY) <= set(sung_by(repr(good(THEN)) + repr(records(THEN))))


async def test_the_front_door(lines: StringIO) -> None:
    log = a_log()
    app = build(RoutingSettings(), log, lambda: NOW)
    mistakes = []
    async with a_client(app) as client:
        assert (await post(client, written(good(THEN)), BATCH)).status_code == 202
        for event in bad(THEN)[:4]:
            answer = await post(client, written(event), STRUCTURED)
            assert answer.status_code == 422
            mistakes.append({**answer.json(), "instance": None})
        for message in records(THEN):
            headers = {"ce-specversion": "1.0", "ce-id": NAME, "ce-type": TEXT, "ce-subject": PHONE, "ce-time": PHONE}
            mistakes.append((await post(client, message.value, f"text/{NAME}; {TEXT}", **headers)).json())
        mistakes.append((await client.get(f"/{NAME}/{CUSTOMER}?{TEXT}={PHONE}")).json())
        log.unavailable = True
        mistakes.append((await post(client, written(good(THEN)), BATCH)).json())
    assert all(one["status"] in range(400, 600) for one in mistakes)
    assert sung_by(repr(mistakes)) == []
    assert sung_by(app.state.telemetry.meter.text().decode()) == []
    assert "http.request" in lines.getvalue()
    assert sung_by(lines.getvalue()) == []


async def test_journey_from_the_log_to_the_answer(lines: StringIO) -> None:
    meter = Meter("journey")

    def a_handler(world: World) -> MeasuredHandler:
        journey = JourneyHandler(world.log, world.partitions, DeadLetterLimit(), meter)
        return MeasuredHandler(journey, meter)

    async with World(a_handler, partitions=1) as world:
        worker = await world.join()
        measure_partitions(meter, lambda: worker.status, lambda: 0.0)
        await world.send([*good(THEN), *records(THEN)])
        await world.settle()
        assert len(world.records(DEAD_LETTERS.name)) >= 8
        assert world.records(FLAGS.name)
        for record in world.records(DEAD_LETTERS.name):
            reasons = {name: value for name, value in record.headers if name.startswith("ashiato-")}
            assert sung_by(repr(reasons)) == []
        async with asking_journey(world) as client:
            answers = [await client.get(path) for service, path in QUESTIONS if service == "journey"]
            assert sung_by((await client.get(f"/journeys/{CUSTOMER}")).text) == list(CANARY)
    assert all(answer.is_client_error for answer in answers), [answer.status_code for answer in answers]
    assert sung_by(" ".join(answer.text for answer in answers)) == []
    assert sung_by(meter.text().decode()) == []
    assert "partition.claimed" in lines.getvalue()
    assert sung_by(lines.getvalue()) == []


async def test_followup_from_the_log_to_the_answer(lines: StringIO) -> None:
    meter = Meter("followup")

    def a_handler(world: World) -> MeasuredHandler:
        followup = FollowupHandler(world.log, world.partitions, now=lambda: world.now, meter=meter)
        return MeasuredHandler(followup, meter)

    async with World(a_handler, partitions=1) as world:
        await world.join()
        await world.send([*good(THEN), *records(THEN)])
        world.now += DAY
        await world.settle()
        assert any(b"promise.missed" in (record.value or b"") for record in world.records())
        async with asking_followup(world) as client:
            answers = [await client.get(path) for service, path in QUESTIONS if service == "followup"]
    assert all(answer.is_client_error for answer in answers), [answer.status_code for answer in answers]
    assert sung_by(" ".join(answer.text for answer in answers)) == []
    assert sung_by(meter.text().decode()) == []
    assert "lines of other libraries" in lines.getvalue()
    assert sung_by(lines.getvalue()) == []


class Quoting(Diary):
    """A rule whose error quotes what it was reading, as libraries' errors do."""

    async def handle(self, _lease: Lease, records: Sequence[Record]) -> None:
        raise ValueError(f"cannot read {records[0].value!r} of {records[0].key!r}")


async def test_an_error_that_quotes_the_event_is_told_without_its_words(lines: StringIO) -> None:
    meter = Meter("journey")
    async with World(lambda _: MeasuredHandler(Quoting(), meter), partitions=1) as world:
        await world.join()
        await world.send(good(THEN))
        with pytest.raises(NotSettled):
            await world.settle()
    assert 'reason="ValueError"' in meter.text().decode()
    assert "partition.paused" in lines.getvalue()
    assert sung_by(lines.getvalue()) == []
