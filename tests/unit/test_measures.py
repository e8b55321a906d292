"""What the handlers, the engine and the APIs measure, read as Prometheus reads it."""

import time

import pytest

from services.followup.handlers import FollowupHandler
from services.journey import api as journey_api
from services.journey.handlers import JourneyHandler
from services.journey.measures import REASONS
from services.journey.settings import JourneyApiSettings
from services.routing.api import build
from services.routing.settings import RoutingSettings
from shared.event_log.dead_letters import DeadLetterLimit
from shared.event_log.log import LogUnavailable, Message
from shared.event_log.measured import MeasuredLog
from shared.event_log.memory import MemoryLog
from shared.event_log.topics import CLOCK_PROBES, CONTACT_EVENTS
from shared.projection.measured import MeasuredProjection
from shared.projection.memory import MemoryProjection
from shared.stream import PartitionStatus, State
from shared.stream.measured import MeasuredHandler, measure_partitions
from shared.stream.memory import MemoryStream
from shared.telemetry.meter import Meter
from tests.engine_fixtures.diary import Diary
from tests.engine_fixtures.things import TOPIC, numbers
from tests.front_door import BATCH, NOW, a_client, a_log, an_event, post, written
from tests.histories.builders import BEGIN, DAY, HOUR, a_promise, an_assignment
from tests.properties.worlds import World
from tests.waiting import eventually

PING_PONG = [an_assignment(n, issue_id="i1", desk=desk) for n, desk in enumerate(["front", "tech", "front", "tech"])]
BAD = [
    Message(CONTACT_EVENTS.name, b"c-1", b"not JSON"),
    Message(CONTACT_EVENTS.name, b"another", written(an_event())),
]


class Told:
    """A meter, and what it tells."""

    def __init__(self, service: str = "test") -> None:
        self.meter = Meter(service)
        self._service = service

    def __call__(self, name: str, **labels: object) -> float | None:
        texts = {name: str(value) for name, value in labels.items()}
        return self.meter.registry.get_sample_value(name, {"service": self._service, **texts})


async def test_journey_counts_what_came_of_each_record_and_the_flags_it_published() -> None:
    told = Told()

    def a_handler(world: World) -> JourneyHandler:
        return JourneyHandler(world.log, world.partitions, DeadLetterLimit(), told.meter)

    async with World(a_handler, partitions=1) as world:
        await world.join()
        await world.settle()
        await world.send([*BAD, *PING_PONG, PING_PONG[0], {**PING_PONG[1], "data": {"issue_id": "i1", "desk": "x"}}])
        await world.settle()
    assert told("ashiato_events_applied_total") == 4
    assert told("ashiato_events_repeated_total") == 1
    found = {reason: told("ashiato_events_set_aside_total", reason=reason) for reason in REASONS}
    assert found == {**dict.fromkeys(REASONS, 0), "not_json": 1, "misrouted": 1, "conflict": 1}
    assert told("ashiato_flags_total", kind="ping_pong", transition="raised") == 1
    assert told("ashiato_flags_total", kind="ping_pong", transition="withdrawn") == 0
    assert (told("ashiato_occurred_to_visible_seconds_count") or 0) >= 1


async def test_a_second_reading_of_the_log_publishes_nothing_and_counts_no_flag() -> None:
    first, second = Told(), Told()
    meters = [first.meter, second.meter]

    def a_handler(world: World) -> JourneyHandler:
        return JourneyHandler(world.log, world.partitions, DeadLetterLimit(), meters.pop(0))

    async with World(a_handler, partitions=1) as world:
        worker = await world.join()
        await world.send(PING_PONG)
        await world.settle()
        await world.kill(worker)
        world.projection.lose()
        await world.join()
        await world.settle()
    assert first("ashiato_flags_total", kind="ping_pong", transition="raised") == 1
    assert second("ashiato_flags_total", kind="ping_pong", transition="raised") == 0
    assert second("ashiato_events_applied_total") == 4
    assert second("ashiato_occurred_to_visible_seconds_count") is None, "a rebuild is no delay"


async def test_followup_tells_how_late_it_announces_and_what_is_still_to_be_kept() -> None:
    told = Told()

    def a_handler(world: World) -> FollowupHandler:
        return FollowupHandler(world.log, world.partitions, now=lambda: world.now, meter=told.meter)

    promises = [
        a_promise(0, promise_id="missed", due_by=DAY),
        a_promise(1, promise_id="soon", due_by=2 * DAY),
        a_promise(2, promise_id="far", due_by=30 * DAY),
    ]
    async with World(a_handler, partitions=1) as world:
        await world.send(promises)
        world.now = BEGIN + DAY + HOUR
        await world.join()
        await world.settle()
        assert told("ashiato_announcement_late_seconds_count") == 1
        assert told("ashiato_announcement_late_seconds_sum") == HOUR.total_seconds()
        assert told("ashiato_clock_trusted") == 1
        assert told("ashiato_open_promises", partition=0, state="overdue") == 1
        assert told("ashiato_open_promises", partition=0, state="within_a_day") == 1
        assert told("ashiato_open_promises", partition=0, state="later") == 1
    assert told("ashiato_open_promises", partition=0, state="overdue") is None, "given up, and not told any more"


async def test_a_clock_that_is_off_is_told() -> None:
    told = Told()
    log = MemoryLog({CLOCK_PROBES.name: 1})
    handler = FollowupHandler(log, 1, now=lambda: NOW, meter=told.meter)  # NOW is long ago
    await handler._time.trusted()
    assert told("ashiato_clock_trusted") == 0


async def test_the_engine_measures_chunks_saves_and_partitions() -> None:
    told, log, diary = Told(), MemoryLog({TOPIC: 1}), Diary(poison=b"6")
    projection = MeasuredProjection(MemoryProjection(), told.meter)
    async with MemoryStream(log, projection, TOPIC, chunk_size=3) as stream:
        await log.append(numbers(6))
        worker = await stream.join(MeasuredHandler(diary, told.meter))
        measure_partitions(told.meter, lambda: worker.status, lambda: time.time() + 500)
        await stream.settled()
        assert told("ashiato_records_read_total", partition=0) == 6
        assert told("ashiato_chunk_records_sum") == 6
        assert told("ashiato_chunk_seconds_count") == told("ashiato_chunk_records_count") == len(diary.chunks)
        assert told("ashiato_save_seconds_count") == len(diary.chunks) + 1, "and the first position"
        assert told("ashiato_partition_state", partition=0, state="running") == 1
        assert told("ashiato_partition_state", partition=0, state="paused") == 0
        assert told("ashiato_records_behind", partition=0) == 0
        assert told("ashiato_rebuild_progress_ratio", partition=0) == 1
        assert told("ashiato_log_start_offset", partition=0) == 0
        await log.append(numbers(3, start=6))
        await eventually(lambda: told("ashiato_partition_state", partition=0, state="paused") == 1)
        assert told("ashiato_tries_failed_total", reason="ZeroDivisionError") == 1
        await eventually(lambda: told("ashiato_records_behind", partition=0) == 3)
        assert 499 < (told("ashiato_position_age_seconds", partition=0) or 0) < 600


@pytest.mark.parametrize(("read", "ratio"), [(0, 0.0), (3, 0.5), (6, 1.0)])
def test_progress_of_a_rebuild_is_the_part_of_the_log_that_was_read(read: int, ratio: float) -> None:
    one = PartitionStatus(0, State.REBUILDING, "", 100 + read, 200, None, rebuild_to=106, log_start=100)
    assert one.rebuilt == ratio


async def test_appends_count_by_topic_and_failures_by_reason() -> None:
    told, log = Told(), MemoryLog({CONTACT_EVENTS.name: 1, "elsewhere": 1})
    measured = MeasuredLog(log, told.meter)
    await measured.append([Message(CONTACT_EVENTS.name, b"k", b"1"), Message(CONTACT_EVENTS.name, b"k", b"2")])
    await measured.append([Message("elsewhere", b"k", b"3")])
    await measured.append([])
    log.unavailable = True
    with pytest.raises(LogUnavailable):
        await measured.append([Message(CONTACT_EVENTS.name, b"k", b"4")])
    assert told("ashiato_kafka_messages_appended_total", topic=CONTACT_EVENTS.name) == 2
    assert told("ashiato_kafka_messages_appended_total", topic="other") == 1
    assert told("ashiato_kafka_append_seconds_count", topic=CONTACT_EVENTS.name) == 1
    assert told("ashiato_kafka_appends_failed_total", topic=CONTACT_EVENTS.name, reason="LogUnavailable") == 1


async def test_answers_count_by_template_and_status_and_no_path_becomes_a_label() -> None:
    app = build(RoutingSettings(), a_log(), lambda: NOW)
    async with a_client(app) as client:
        await post(client, written([an_event(), an_event(id="e2"), an_event(id="e3", subject="no spaces")]), BATCH)
        await client.get("/nobody/c-4711")
        await client.request("BREW", "/events")
    text = app.state.telemetry.meter.text().decode()
    assert 'ashiato_http_requests_total{method="POST",route="/events",service="routing",status="207"} 1.0' in text
    assert 'ashiato_http_requests_total{method="GET",route="(none)",service="routing",status="404"} 1.0' in text
    assert 'method="other"' in text
    assert 'ashiato_http_requests_in_flight{service="routing"} 0.0' in text
    assert 'ashiato_events_taken_total{service="routing"} 2.0' in text
    assert 'ashiato_events_refused_total{reason="schema",service="routing"} 1.0' in text
    assert "4711" not in text
    assert "BREW" not in text


async def test_a_question_that_cannot_be_answered_now_counts_by_its_reason() -> None:
    store = MemoryProjection()
    app = journey_api.build(JourneyApiSettings(partitions=1), store, lambda: NOW)
    async with a_client(app) as client:
        assert (await client.get("/journeys/c-1")).status_code == 503
        store.unavailable = True
        assert (await client.get("/journeys/c-1")).status_code == 503
    text = app.state.telemetry.meter.text().decode()
    assert 'ashiato_lookups_refused_total{reason="Rebuilding",service="journey"} 1.0' in text
    assert 'ashiato_lookups_refused_total{reason="ProjectionUnavailable",service="journey"} 1.0' in text


async def test_an_idle_partition_stays_young_and_grows_old_while_its_store_takes_no_beats() -> None:
    told, projection = Told(), MemoryProjection()
    async with MemoryStream(MemoryLog({TOPIC: 1}), projection, TOPIC) as stream:
        worker = await stream.join(MeasuredHandler(Diary(), told.meter))
        measure_partitions(told.meter, lambda: worker.status, time.time)
        await stream.settled()

        def age() -> float:
            return told("ashiato_position_age_seconds", partition=0) or 0

        began = time.time()
        await eventually(lambda: 0 < age() < time.time() - began)
        projection.unavailable = True
        failed = age()
        await eventually(lambda: age() > failed + 0.2)
        projection.unavailable = False
        await eventually(lambda: 0 < age() < 0.2)
