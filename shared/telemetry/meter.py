"""The metrics of one process. Counting costs a microsecond or two, so a worker counts by chunk, not by event."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.core import Metric as Family
from prometheus_client.registry import Collector

from shared.telemetry.metrics import Kind, Label, Metric

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

# What is read when somebody asks: the values of a gauge's labels in their order, and the number.
Reading = tuple[tuple[object, ...], float]

disable_created_metrics()  # type: ignore[no-untyped-call]  # when a counter began: as many series again, for nothing


class Meter:
    """service: journey, followup, routing; the first label of everything."""

    def __init__(self, service: str = "") -> None:
        self.registry = CollectorRegistry()
        self._service = service
        self._made: dict[str, Any] = {}  # by name: a metric's own hash looks at all its fields
        self._labelled: dict[tuple[object, ...], Any] = {}  # by name and labels: prometheus_client takes a lock to look

    def begin(self, metric: Metric, **labels: object) -> None:
        """At nought: Prometheus sees no increase of what was not there before."""
        self._of(metric, labels)

    def count(self, metric: Metric, by: float = 1, **labels: object) -> None:
        self._of(metric, labels).inc(by)

    def observe(self, metric: Metric, value: float, **labels: object) -> None:
        self._of(metric, labels).observe(value)

    def read_from(self, metric: Metric, readings: Callable[[], Iterable[Reading]]) -> None:
        """A gauge whose numbers are looked up when Prometheus asks: what is no longer there is no longer told."""
        self.registry.register(_Looked(metric, self._service, readings))

    def watch_process(self) -> None:
        """Memory, processor time, files, threads of this process (process_..., python_info)."""
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)

    def text(self) -> bytes:
        """In Prometheus' text format (CONTENT_TYPE)."""
        return generate_latest(self.registry)

    def _of(self, metric: Metric, labels: dict[str, object]) -> Any:
        told = (metric.name, *labels.items())
        found = self._labelled.get(told)
        if found is None:
            made = self._made.get(metric.name)
            if made is None:
                made = self._made[metric.name] = self._make(metric)
            found = self._labelled[told] = made.labels(self._service, *(labels[name] for name in metric.labels))
        return found

    def _make(self, metric: Metric) -> Counter | Gauge | Histogram:
        names: tuple[str | Label, ...] = ("service", *metric.labels)
        match metric.kind:
            case Kind.COUNTER:
                return Counter(metric.name, metric.meaning, names, registry=self.registry)
            case Kind.GAUGE:
                return Gauge(metric.name, metric.meaning, names, registry=self.registry)
            case Kind.HISTOGRAM:
                return Histogram(metric.name, metric.meaning, names, registry=self.registry, buckets=metric.buckets)


class _Looked(Collector):
    def __init__(self, metric: Metric, service: str, readings: Callable[[], Iterable[Reading]]) -> None:
        self._metric, self._service, self._readings = metric, service, readings

    def describe(self) -> Iterator[Family]:
        """Without asking: nothing may be there yet."""
        yield self._family()

    def collect(self) -> Iterator[Family]:
        family = self._family()
        for values, number in self._readings():
            family.add_metric([self._service, *map(str, values)], number)
        yield family

    def _family(self) -> GaugeMetricFamily:
        return GaugeMetricFamily(self._metric.name, self._metric.meaning, labels=["service", *self._metric.labels])
