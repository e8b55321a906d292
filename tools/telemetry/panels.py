"""The dashboard, row by row: is it well, what is late, how fast. How it is drawn stands in dashboard.py.

In the queries `$ns` stands for the namespace.
"""

from dataclasses import dataclass
from typing import Final, Literal

Drawn = Literal["stat", "timeseries"]


@dataclass(frozen=True)
class Panel:
    """unit: as Grafana names it. bad_above: where it turns red."""

    title: str
    queries: tuple[tuple[str, str], ...]  # PromQL, legend
    unit: str = "short"
    drawn: Drawn = "timeseries"
    bad_above: float | None = None


def _quantiles(name: str, by: str = "", where: str = "") -> tuple[tuple[str, str], ...]:
    group, legend = (f", {by}", f"{{{{{by}}}}} ") if by else ("", "")
    return tuple(
        (
            f"histogram_quantile({q}, sum by (le{group}) (rate({name}_bucket{{$ns{where}}}[5m])))",
            f"{legend}p{int(q * 100)}",
        )
        for q in (0.5, 0.99)
    )


WELL: Final = (
    Panel(
        "Partitions not being read",
        (
            (
                "sum by (service) (1 - max by (service, partition)"
                ' (ashiato_partition_state{$ns, state=~"running|rebuilding"}))',
                "{{service}}",
            ),
        ),
        drawn="stat",
        bad_above=1,
    ),
    Panel(
        "Partitions without a worker",
        (
            (
                "max by (service) (ashiato_partitions{$ns})"
                " - count by (service) (count by (service, partition) (ashiato_partition_state{$ns}))",
                "{{service}}",
            ),
        ),
        drawn="stat",
        bad_above=1,
    ),
    Panel(
        "Dead letters today",
        (("sum by (reason) (increase(ashiato_events_set_aside_total{$ns}[1d]))", "{{reason}}"),),
        drawn="stat",
        bad_above=1,
    ),
    Panel("Clocks that are off", (("sum(1 - ashiato_clock_trusted{$ns})", "workers"),), drawn="stat", bad_above=1),
    Panel(
        "Answers by status",
        (("sum by (service, status) (rate(ashiato_http_requests_total{$ns}[5m]))", "{{service}} {{status}}"),),
        unit="reqps",
    ),
    Panel(
        "Questions not answered now",
        (("sum by (service, reason) (rate(ashiato_lookups_refused_total{$ns}[5m]))", "{{service}} {{reason}}"),),
    ),
    Panel(
        "Tries that failed",
        (
            ("sum by (service, reason) (rate(ashiato_tries_failed_total{$ns}[5m]))", "{{service}} {{reason}}"),
            ("sum by (service, topic) (rate(ashiato_kafka_appends_failed_total{$ns}[5m]))", "{{service}} {{topic}}"),
        ),
    ),
)
LATE: Final = (
    Panel(
        "Age of what is known",
        (("max by (service, partition) (ashiato_position_age_seconds{$ns})", "{{service}} {{partition}}"),),
        unit="s",
        bad_above=120,
    ),
    Panel(
        "Records behind",
        (("max by (service, partition) (ashiato_records_behind{$ns})", "{{service}} {{partition}}"),),
    ),
    Panel("Rebuilt", (("min by (service) (ashiato_rebuild_progress_ratio{$ns})", "{{service}}"),), unit="percentunit"),
    Panel("Recorded to visible", _quantiles("ashiato_recorded_to_visible_seconds", "service"), unit="s"),
    Panel("Occurred to visible", _quantiles("ashiato_occurred_to_visible_seconds"), unit="s"),
    Panel("Announcements after their time", _quantiles("ashiato_announcement_late_seconds"), unit="s", bad_above=60),
    Panel("Promises to be kept", (("sum by (state) (ashiato_open_promises{$ns})", "{{state}}"),)),
    Panel(
        "Flags",
        (("sum by (kind, transition) (increase(ashiato_flags_total{$ns}[1h]))", "{{kind}} {{transition}}"),),
    ),
)
FAST: Final = (
    Panel(
        "Events",
        (
            ("sum by (service) (rate(ashiato_records_read_total{$ns}[1m]))", "{{service}} read"),
            ("sum by (service) (rate(ashiato_events_applied_total{$ns}[1m]))", "{{service}} applied"),
            ("sum by (service) (rate(ashiato_events_repeated_total{$ns}[1m]))", "{{service}} repeated"),
            ("sum(rate(ashiato_events_taken_total{$ns}[1m]))", "front door"),
        ),
        unit="eps",
    ),
    Panel("Look-ups", _quantiles("ashiato_http_request_seconds", where=', route="/journeys/{customer}"'), unit="s"),
    Panel("Front door", _quantiles("ashiato_http_request_seconds", where=', route="/events"'), unit="s"),
    Panel("Chunks", _quantiles("ashiato_chunk_seconds", "service"), unit="s"),
    Panel("Saves in Redis", _quantiles("ashiato_save_seconds", "service"), unit="s"),
    Panel("Appends to Kafka", _quantiles("ashiato_kafka_append_seconds", "topic"), unit="s"),
    Panel("Records in a chunk", _quantiles("ashiato_chunk_records", "service")),
    Panel("Memory", (("process_resident_memory_bytes{$ns}", "{{pod}}"),), unit="bytes"),
    Panel("Processor", (("rate(process_cpu_seconds_total{$ns}[1m])", "{{pod}}"),), unit="percentunit"),
)
ROWS: Final = (("Is it well?", WELL), ("What is late?", LATE), ("How fast?", FAST))
