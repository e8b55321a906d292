"""Which spans are made, what they say, and what is passed on to whom."""

import threading
import time
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind

from services.journey.handlers import JourneyHandler
from services.routing.handlers import HEADERS, FrontDoor
from services.routing.settings import RoutingSettings
from shared.event_log.dead_letters import DeadLetterLimit
from shared.event_log.log import LogUnavailable, Message, Record
from shared.event_log.topics import CONTACT_EVENTS, FLAGS
from shared.settings import SettingsError, load
from shared.stream.traced import TracedHandler
from shared.telemetry.trace_context import is_sampled, of_record, well_formed
from shared.telemetry.traces import Traces, answered, traces_of
from tests.engine_fixtures.diary import Diary
from tests.front_door import NOW, a_log, an_event, written
from tests.histories.builders import an_assignment
from tests.properties.worlds import World, event_of, message_of
from tools.stack import free_ports

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
SAMPLED, UNSAMPLED = f"00-{TRACE}-00f067aa0ba902b7-01", f"00-{TRACE}-00f067aa0ba902b7-00"
PING_PONG = [an_assignment(n, issue_id="i1", desk=desk) for n, desk in enumerate("abab")]


class Seen:
    """Traces, and the spans that they have finished."""

    def __init__(self, ratio: float = 1.0) -> None:
        self._exporter = InMemorySpanExporter()
        self.traces = Traces("test", SimpleSpanProcessor(self._exporter), ratio)

    @property
    def spans(self) -> Sequence[ReadableSpan]:
        return self._exporter.get_finished_spans()

    @property
    def one(self) -> ReadableSpan:
        [span] = self.spans
        return span


def attributes(span: ReadableSpan) -> Mapping[str, object]:
    return dict(span.attributes or {})


def a_record(traceparent: str | None, offset: int = 7) -> Record:
    headers = () if traceparent is None else (("traceparent", traceparent.encode()),)
    return Record(CONTACT_EVENTS.name, 2, offset, 0, b"c-1", b"{}", headers)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "the customer's phone number",
        SAMPLED.upper(),
        SAMPLED + "-more",
        "01" + SAMPLED[2:],
        f"00-{'0' * 32}-00f067aa0ba902b7-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"{SAMPLED}\n",
    ],
)
def test_what_has_not_the_form_is_not_passed_on(text: str) -> None:
    assert well_formed(text) is None
    assert of_record((("traceparent", text.encode()),)) is None


def test_what_has_the_form_is() -> None:
    assert well_formed(SAMPLED) == SAMPLED
    assert of_record((("other", b"1"), ("traceparent", SAMPLED.encode()))) == SAMPLED
    assert (is_sampled(SAMPLED), is_sampled(UNSAMPLED)) == (True, False)
    assert well_formed(None) is None
    assert of_record(()) is None


async def test_without_tracing_records_are_as_they_were() -> None:
    log = a_log()
    await FrontDoor(log, now=lambda: NOW).take([written(an_event())])
    [record] = log.records(CONTACT_EVENTS.name)
    assert record.headers == HEADERS


async def test_the_front_door_sends_its_context_along_with_the_bytes_as_they_came() -> None:
    log, seen = a_log(), Seen()
    value = written(an_event(traceparent=UNSAMPLED))
    await FrontDoor(log, now=lambda: NOW, traces=seen.traces).take([value])
    [record] = log.records(CONTACT_EVENTS.name)
    assert record.value == value
    assert (seen.one.name, seen.one.kind) == ("send contact.events.v1", SpanKind.PRODUCER)
    sent = of_record(record.headers) or ""
    assert sent.startswith(f"00-{seen.one.context.trace_id:032x}-{seen.one.context.span_id:016x}-")
    assert is_sampled(sent)
    assert attributes(seen.one) == {
        "messaging.system": "kafka",
        "messaging.operation.name": "send",
        "messaging.operation.type": "send",
        "messaging.destination.name": "contact.events.v1",
        "messaging.batch.message_count": 1,
    }


async def test_an_append_that_failed_shows_by_its_class_without_its_text() -> None:
    log, seen = a_log(), Seen()
    log.unavailable = True
    with pytest.raises(LogUnavailable):
        await FrontDoor(log, now=lambda: NOW, traces=seen.traces).take([written(an_event())])
    assert attributes(seen.one)["error.type"] == "LogUnavailable"
    assert (seen.one.events, seen.one.status.description) == ((), None)


def test_a_request_is_a_child_of_the_callers_span_and_named_by_its_template() -> None:
    seen = Seen(ratio=0)
    with seen.traces.answering("GET", SAMPLED.encode()) as span:
        answered(span, "GET", "/journeys/{customer}", 503)
    assert seen.one.name == "GET /journeys/{customer}"
    assert seen.one.parent is not None
    assert f"{seen.one.parent.trace_id:032x}" == TRACE
    assert attributes(seen.one) == {
        "http.request.method": "GET",
        "http.route": "/journeys/{customer}",
        "http.response.status_code": 503,
    }
    assert not seen.one.status.is_ok


@pytest.mark.parametrize("given", [None, UNSAMPLED.encode(), b"\xff\xfe not a trace"])
def test_of_who_does_not_ask_for_a_trace_only_a_share_is_sampled(given: bytes | None) -> None:
    seen = Seen(ratio=0)
    with seen.traces.answering("GET", given) as span:
        answered(span, "GET", "/", 200)
    assert seen.spans == ()


def test_each_record_of_a_trace_that_is_recorded_gets_a_span_and_no_other_does() -> None:
    seen = Seen()
    seen.traces.processed("ashiato.journey", [a_record(SAMPLED), a_record(UNSAMPLED), a_record(None)], began=1)
    assert (seen.one.name, seen.one.kind, seen.one.start_time) == ("process contact.events.v1", SpanKind.CONSUMER, 1)
    assert attributes(seen.one) == {
        "messaging.system": "kafka",
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "messaging.destination.name": "contact.events.v1",
        "messaging.destination.partition.id": "2",
        "messaging.kafka.offset": 7,
        "messaging.consumer.group.name": "ashiato.journey",
    }


async def test_a_rule_that_raises_shows_in_the_trace_of_its_record() -> None:
    seen = Seen()
    handler = TracedHandler(Diary(poison=b"{}"), seen.traces, "group")
    async with World(lambda _: handler, partitions=1) as world:
        await world.join()
        await world.log.put([Message(CONTACT_EVENTS.name, b"c-1", b"{}", (("traceparent", SAMPLED.encode()),))])
        with pytest.raises(Exception, match="ZeroDivisionError"):
            await world.settle()
    assert attributes(seen.one)["error.type"] == "ZeroDivisionError"


@pytest.mark.parametrize(
    ("header", "attribute", "passed_on"),
    [
        (SAMPLED, None, SAMPLED),
        (SAMPLED, UNSAMPLED, SAMPLED),
        (None, UNSAMPLED, UNSAMPLED),
        ("+81 3 5550 0199", "+81 3 5550 0199", None),
        (None, None, None),
    ],
)
async def test_a_flag_names_the_trace_of_its_cause(
    header: str | None, attribute: str | None, passed_on: str | None
) -> None:
    *before, cause = PING_PONG
    given = {} if attribute is None else {"traceparent": attribute}
    headers = () if header is None else (("traceparent", header.encode()),)
    async with World(
        lambda world: JourneyHandler(world.log, world.partitions, DeadLetterLimit()), partitions=1
    ) as world:
        await world.join()
        await world.send([*before, message_of({**cause, **given})._replace(headers=headers)])
        await world.settle()
        [flag] = map(event_of, world.records(FLAGS.name))
    assert flag.get("traceparent") == passed_on


def settings(monkeypatch: pytest.MonkeyPatch, traces: str) -> RoutingSettings:
    monkeypatch.setenv("ASHIATO_TRACES", traces)
    monkeypatch.setenv("ASHIATO_TRACE_RATIO", "1")
    return load(RoutingSettings)


def test_tracing_is_off_by_default_and_a_wrong_place_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ASHIATO_TRACES", raising=False)
    assert not traces_of(load(RoutingSettings)).on
    with pytest.raises(SettingsError, match="ASHIATO_ROUTING_TRACES"):
        settings(monkeypatch, "somewhere")


def test_a_collector_is_told_when_the_process_ends_at_the_latest(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[bytes] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told.append(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Collector) as collector:
        serving = threading.Thread(target=collector.serve_forever, kwargs={"poll_interval": 0.01})
        serving.start()
        traces = traces_of(settings(monkeypatch, f"http://127.0.0.1:{collector.server_port}/v1/traces"))
        with traces.answering("GET", None) as span:
            answered(span, "GET", "/journeys/{customer}", 200)
        traces.stop()
        collector.shutdown()
        serving.join()
    [body] = told
    assert b"GET /journeys/{customer}" in body
    assert b"ashiato-routing" in body


def test_a_collector_that_is_away_holds_up_nobody_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    traces = traces_of(settings(monkeypatch, f"http://127.0.0.1:{free_ports(1)[0]}/v1/traces"))
    with traces.answering("GET", None) as span:
        answered(span, "GET", "/", 200)
    began = time.monotonic()
    traces.stop()
    assert time.monotonic() - began < 5
