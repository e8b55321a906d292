"""Every metric there is: name, kind, unit, labels, meaning. docs/telemetry.md has the same as a table.

A name says its unit (Prometheus' base units: seconds, bytes, ratio) and a counter ends in _total; `Metric` checks it.
Labels are a closed set, so that no customer, id or text can become one. Every metric has `service` beside its own.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal

Label = Literal[
    "kind",  # of flags: three words
    "method",
    "partition",
    "reason",  # a word of ours, or the class of an error
    "route",  # the template, never the path
    "state",
    "status",
    "topic",
    "transition",
]

_NAME: Final = re.compile(r"ashiato(_[a-z]+)+")


class Kind(StrEnum):
    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


class Unit(StrEnum):
    """The suffix of the name. ONE: a number of what the name says."""

    ONE = ""
    SECONDS = "_seconds"
    RATIO = "_ratio"


@dataclass(frozen=True)
class Metric:
    """buckets: a histogram's upper bounds, in its unit. Raises ValueError for a name that does not say what it is."""

    name: str
    kind: Kind
    unit: Unit
    meaning: str
    labels: tuple[Label, ...] = ()
    buckets: Sequence[float] = ()

    def __post_init__(self) -> None:
        suffix = self.unit.value + ("_total" if self.kind is Kind.COUNTER else "")
        if not _NAME.fullmatch(self.name) or not self.name.endswith(suffix):
            raise ValueError(f"{self.name} must begin with ashiato_ and end with {suffix or 'what it counts'}")
        if self.kind is not Kind.COUNTER and self.name.endswith("_total"):
            raise ValueError(f"{self.name}: only a counter ends with _total")
        if (self.kind is Kind.HISTOGRAM) != bool(self.buckets):
            raise ValueError(f"{self.name}: buckets belong to histograms")


_CALL: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
# From the pulse of a worker to a worker that was away for a day.
_WAIT: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3600, 86400)
_LATE: Final = (0.5, 1, 2, 5, 10, 30, 60, 300, 3600, 86400)

# Partitions, of the worker that holds them.
PARTITIONS: Final = Metric(
    "ashiato_partitions", Kind.GAUGE, Unit.ONE, "Partitions that the service should hold over all its workers."
)
PARTITION_STATE: Final = Metric(
    "ashiato_partition_state",
    Kind.GAUGE,
    Unit.ONE,
    "1 for the state a partition is in, 0 for the others.",
    ("partition", "state"),
)
POSITION_AGE: Final = Metric(
    "ashiato_position_age_seconds",
    Kind.GAUGE,
    Unit.SECONDS,
    "Since the instant up to which, as the last beat in Redis says, everything is known: how old an answer may be.",
    ("partition",),
)
RECORDS_BEHIND: Final = Metric(
    "ashiato_records_behind", Kind.GAUGE, Unit.ONE, "Offsets between position and end of the log.", ("partition",)
)
REBUILD_PROGRESS: Final = Metric(
    "ashiato_rebuild_progress_ratio",
    Kind.GAUGE,
    Unit.RATIO,
    "Part of the log that a rebuild has read; 1 when nothing is being rebuilt.",
    ("partition",),
)
LOG_STARTS_AT: Final = Metric(
    "ashiato_log_start_offset",
    Kind.GAUGE,
    Unit.ONE,
    "First offset on the log when the partition was taken; above 0 history is gone, and a rebuild would miss it.",
    ("partition",),
)
LOOP_STILL: Final = Metric(
    "ashiato_loop_still_seconds",
    Kind.GAUGE,
    Unit.SECONDS,
    "Since the loop of the partition last came round, whatever it found.",
    ("partition",),
)

# Chunks: what a worker reads and saves at once.
RECORDS_READ: Final = Metric(
    "ashiato_records_read_total", Kind.COUNTER, Unit.ONE, "Records read and saved.", ("partition",)
)
CHUNK_RECORDS: Final = Metric(
    "ashiato_chunk_records",
    Kind.HISTOGRAM,
    Unit.ONE,
    "Records in a chunk.",
    buckets=(1, 2, 5, 10, 25, 50, 100, 250, 500),
)
CHUNK_SECONDS: Final = Metric(
    "ashiato_chunk_seconds", Kind.HISTOGRAM, Unit.SECONDS, "Load, evolve, append and save of a chunk.", buckets=_CALL
)
TRIES_FAILED: Final = Metric(
    "ashiato_tries_failed_total",
    Kind.COUNTER,
    Unit.ONE,
    "Chunks, and looks at the clock, that failed and are tried again, by the class of the error.",
    ("reason",),
)
SAVE_SECONDS: Final = Metric(
    "ashiato_save_seconds", Kind.HISTOGRAM, Unit.SECONDS, "One fenced save in Redis.", buckets=_CALL
)
RECORDED_TO_VISIBLE: Final = Metric(
    "ashiato_recorded_to_visible_seconds",
    Kind.HISTOGRAM,
    Unit.SECONDS,
    "From the record's timestamp until it is saved; of each chunk its first record. Not in a rebuild.",
    buckets=_WAIT,
)

# Events, by what came of them.
EVENTS_APPLIED: Final = Metric(
    "ashiato_events_applied_total", Kind.COUNTER, Unit.ONE, "Events put on a timeline (followup: that concern it)."
)
EVENTS_REPEATED: Final = Metric(
    "ashiato_events_repeated_total", Kind.COUNTER, Unit.ONE, "Second copies of known events, dropped."
)
EVENTS_SET_ASIDE: Final = Metric(
    "ashiato_events_set_aside_total", Kind.COUNTER, Unit.ONE, "Records that became dead letters.", ("reason",)
)
OCCURRED_TO_VISIBLE: Final = Metric(
    "ashiato_occurred_to_visible_seconds",
    Kind.HISTOGRAM,
    Unit.SECONDS,
    "From `time` of an event until it is on its timeline; of each chunk its first event. Not in a rebuild.",
    buckets=_WAIT,
)
FLAGS: Final = Metric(
    "ashiato_flags_total", Kind.COUNTER, Unit.ONE, "Changes of flags that were published.", ("kind", "transition")
)

# Promises and the clock.
OPEN_PROMISES: Final = Metric(
    "ashiato_open_promises",
    Kind.GAUGE,
    Unit.ONE,
    "Promises somebody still has to keep, imported history included: overdue, within_a_day of their deadline, later.",
    ("partition", "state"),
)
CLOCK_TRUSTED: Final = Metric(
    "ashiato_clock_trusted", Kind.GAUGE, Unit.ONE, "0 while our clock differs from the broker's."
)
ANNOUNCEMENT_LATE: Final = Metric(
    "ashiato_announcement_late_seconds",
    Kind.HISTOGRAM,
    Unit.SECONDS,
    "From due + grace (or the later moment at which the promise was made or moved) until promise.missed is on the log.",
    buckets=_LATE,
)

# Writing to Kafka.
MESSAGES_APPENDED: Final = Metric(
    "ashiato_kafka_messages_appended_total", Kind.COUNTER, Unit.ONE, "Messages that Kafka acknowledged.", ("topic",)
)
APPEND_SECONDS: Final = Metric(
    "ashiato_kafka_append_seconds",
    Kind.HISTOGRAM,
    Unit.SECONDS,
    "Until all messages of an append were acknowledged.",
    ("topic",),
    _CALL,
)
APPENDS_FAILED: Final = Metric(
    "ashiato_kafka_appends_failed_total",
    Kind.COUNTER,
    Unit.ONE,
    "Appends that were not acknowledged; whoever made them tries again.",
    ("topic", "reason"),
)

# Answers.
HTTP_REQUESTS: Final = Metric(
    "ashiato_http_requests_total", Kind.COUNTER, Unit.ONE, "Requests answered.", ("route", "method", "status")
)
HTTP_SECONDS: Final = Metric(
    "ashiato_http_request_seconds", Kind.HISTOGRAM, Unit.SECONDS, "Until the answer was sent.", ("route",), _CALL
)
HTTP_IN_FLIGHT: Final = Metric("ashiato_http_requests_in_flight", Kind.GAUGE, Unit.ONE, "Requests being answered now.")
EVENTS_TAKEN: Final = Metric(
    "ashiato_events_taken_total", Kind.COUNTER, Unit.ONE, "Events that the front door acknowledged."
)
EVENTS_REFUSED: Final = Metric(
    "ashiato_events_refused_total", Kind.COUNTER, Unit.ONE, "Events that the front door refused.", ("reason",)
)
LOOKUPS_REFUSED: Final = Metric(
    "ashiato_lookups_refused_total",
    Kind.COUNTER,
    Unit.ONE,
    "Questions that could not be answered now (503), by the class of the error: Rebuilding, ProjectionUnavailable, ...",
    ("reason",),
)

METRICS: Final = tuple(value for value in list(globals().values()) if isinstance(value, Metric))
