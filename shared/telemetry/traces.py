"""Traces from the front door to the flag: OpenTelemetry, off unless a setting says where spans go.

    POST /events                     server     routing api, child of the caller's span if the request names one
    └── send contact.events.v1       producer   its context travels in the record's header `traceparent`
        └── process contact.events.v1  consumer   each worker; journey's flags name the same trace

Names and attributes follow the semantic conventions for HTTP and messaging. No key, id, path or text of an error is
among them: each of these may name a customer.
"""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from time import time_ns
from typing import Final, NamedTuple

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter, SpanExporter
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.semconv._incubating.attributes import messaging_attributes as messaging
from opentelemetry.semconv.attributes import error_attributes, http_attributes
from opentelemetry.trace import INVALID_SPAN, Span, SpanKind, Status, StatusCode, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from shared.event_log.log import Headers, Record
from shared.settings import Settings
from shared.telemetry.meter import Meter
from shared.telemetry.trace_context import TRACEPARENT, is_sampled, of_record, well_formed

# A process has 20 s to stop, and a collector that is away must not take them.
_EXPORT_WITHIN_S: Final = 2.0
_CARRIER: Final = TraceContextTextMapPropagator()


class Traces:
    """Of one process. processor: where finished spans go; None: no span is made, and nothing is written to records.

    ratio: of the requests that bring no trace with them, how many begin one. A caller's own decision holds.
    """

    def __init__(self, service: str = "", processor: SpanProcessor | None = None, ratio: float = 1.0) -> None:
        self._provider: TracerProvider | None = None
        self._tracer: Tracer | None = None
        if processor is not None:
            self._provider = TracerProvider(
                sampler=ParentBased(TraceIdRatioBased(ratio)),
                resource=Resource({SERVICE_NAME: f"ashiato-{service}"}),
                shutdown_on_exit=False,
            )
            self._provider.add_span_processor(processor)
            self._tracer = self._provider.get_tracer("ashiato")

    @property
    def on(self) -> bool:
        return self._tracer is not None

    def stop(self) -> None:
        """Send what is left. May take as long as the exporter's timeout."""
        if self._provider is not None:
            self._provider.shutdown()

    @contextmanager
    def answering(self, method: str, traceparent: bytes | None) -> Iterator[Span]:
        """A request. `answered` names the span once its route is known."""
        if self._tracer is None:
            yield INVALID_SPAN
            return
        given = None if traceparent is None else well_formed(traceparent.decode("latin-1"))
        with self._tracer.start_as_current_span(
            method, _context(given), SpanKind.SERVER, record_exception=False, set_status_on_exception=False
        ) as span:
            yield span

    @contextmanager
    def sending(self, topic: str, count: int) -> Iterator[Headers]:
        """An append. Yields the headers that its records shall carry."""
        if self._tracer is None:
            yield ()
            return
        attributes = {**_about(topic, "send"), messaging.MESSAGING_BATCH_MESSAGE_COUNT: count}
        with self._tracer.start_as_current_span(
            f"send {topic}", None, SpanKind.PRODUCER, attributes, record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                carrier: dict[str, str] = {}
                _CARRIER.inject(carrier)
                yield ((TRACEPARENT, carrier[TRACEPARENT].encode()),)
            except Exception as error:
                _failed(span, error)
                raise

    def processed(self, group: str, records: Iterable[Record], began: int, error: Exception | None = None) -> None:
        """A chunk that was handled, or not, since `began` (nanoseconds of the epoch): a span for each record that
        belongs to a trace which is being recorded."""
        if self._tracer is None:
            return
        for record in records:
            traceparent = of_record(record.headers)
            if traceparent is None or not is_sampled(traceparent):
                continue
            attributes = {
                **_about(record.topic, "process"),
                messaging.MESSAGING_CONSUMER_GROUP_NAME: group,
                messaging.MESSAGING_DESTINATION_PARTITION_ID: str(record.partition),
                messaging.MESSAGING_KAFKA_OFFSET: record.offset,
            }
            span = self._tracer.start_span(
                f"process {record.topic}", _context(traceparent), SpanKind.CONSUMER, attributes, start_time=began
            )
            if error is not None:
                _failed(span, error)
            span.end(time_ns())


class Telemetry(NamedTuple):
    """What an API tells about itself."""

    meter: Meter
    traces: Traces


def answered(span: Span, method: str, route: str, status: int | None) -> None:
    span.update_name(f"{method} {route}")
    span.set_attribute(http_attributes.HTTP_REQUEST_METHOD, method)
    span.set_attribute(http_attributes.HTTP_ROUTE, route)
    if status is not None:
        span.set_attribute(http_attributes.HTTP_RESPONSE_STATUS_CODE, status)
    if status is None or status >= 500:
        span.set_status(Status(StatusCode.ERROR))


def traces_of(settings: Settings) -> Traces:
    """As ASHIATO_TRACES says."""
    if not settings.traces:
        return Traces()
    exporter: SpanExporter = (
        ConsoleSpanExporter(out=sys.stderr, formatter=_line)
        if settings.traces == "console"
        else OTLPSpanExporter(settings.traces, timeout=_EXPORT_WITHIN_S)
    )
    return Traces(settings.service, BatchSpanProcessor(exporter), settings.trace_ratio)


def _line(span: ReadableSpan) -> str:
    return f"{span.to_json(indent=None)}\n"


def _context(traceparent: str | None) -> Context:
    """Never that of whatever else runs in this task."""
    return _CARRIER.extract({} if traceparent is None else {TRACEPARENT: traceparent}, Context())


def _about(topic: str, operation: str) -> dict[str, str | int]:
    return {
        messaging.MESSAGING_SYSTEM: messaging.MessagingSystemValues.KAFKA.value,
        messaging.MESSAGING_OPERATION_NAME: operation,
        messaging.MESSAGING_OPERATION_TYPE: operation,
        messaging.MESSAGING_DESTINATION_NAME: topic,
    }


def _failed(span: Span, error: Exception) -> None:
    span.set_status(Status(StatusCode.ERROR))
    span.set_attribute(error_attributes.ERROR_TYPE, type(error).__qualname__)
