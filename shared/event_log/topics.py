"""The topics: names, keys, partition counts and settings. Local stack and Kubernetes manifests are made from these.

Every record says everything by itself (`shared.event_log.wire`), so a topic is only a name, a key and a lifetime.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

# Fixed for life: keys would move to other partitions. 64 x 50,000 events/s is far above what any one company says.
PARTITIONS: Final = 64

FOR_EVER: Final = "-1"
_YEAR_MS: Final = 366 * 24 * 3600 * 1000
_MIB: Final = 1024 * 1024
# By default a broker refuses what is stamped an hour ahead of its own clock. A sender whose clock is wrong has facts to
# tell all the same; nothing is decided by Kafka's timestamps, and where they count (retention) all is kept for ever.
_ANY_CLOCK: Final = {"message.timestamp.after.max.ms": f"{2**63 - 1}"}


@dataclass(frozen=True)
class Topic:
    """name; key: what the record key is; partitions; config: Kafka topic settings, as Kafka writes them."""

    name: str
    key: str
    partitions: int = PARTITIONS
    config: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "config", MappingProxyType(dict(self.config)))

    def __hash__(self) -> int:
        return hash((self.name, self.partitions))

    @property
    def largest_record(self) -> int:
        """Bytes of the largest record batch the broker takes: a producer's max_request_size must not be below."""
        return int(self.config.get("max.message.bytes", _MIB))


# The truth: kept for ever. Anybody may write up to 1 MiB here, so that what is too large for an event (256 KiB) can
# still be set aside instead of failing at the sender without a trace.
CONTACT_EVENTS: Final = Topic(
    name="contact.events.v1",
    key="customer id",
    config={
        "cleanup.policy": "delete",
        "retention.ms": FOR_EVER,
        "retention.bytes": "-1",
        "max.message.bytes": f"{_MIB}",
        **_ANY_CLOCK,
    },
)

# As many partitions as the events: the worker that owns partition p of the events reads p here before it rebuilds.
# Kept for ever, because silence at a rebuild depends on it. Evidence may be long, hence the size.
FLAGS: Final = Topic(
    name="journey.flags.v1",
    key="customer id",
    config={
        "cleanup.policy": "delete",
        "retention.ms": FOR_EVER,
        "retention.bytes": "-1",
        "max.message.bytes": f"{2 * _MIB}",
        **_ANY_CLOCK,
    },
)

# Original bytes with a reason in the headers, so larger than any event. Same partitions as the events.
DEAD_LETTERS: Final = Topic(
    name="contact.dead-letters.v1",
    key="as the original",
    config={
        "cleanup.policy": "delete",
        "retention.ms": FOR_EVER,
        "max.message.bytes": f"{2 * _MIB}",
        **_ANY_CLOCK,
    },
)

LOOKUPS: Final = Topic(
    name="journey.lookups.v1",
    key="agent",
    partitions=8,
    config={"cleanup.policy": "delete", "retention.ms": f"{_YEAR_MS}"},
)

DIRECTORY: Final = Topic(
    name="directory.v1",
    key="desk or agent",
    partitions=1,
    config={"cleanup.policy": "compact"},
)

# Stamped by the broker on arrival: what followup holds its clock against. Nobody else reads it.
CLOCK_PROBES: Final = Topic(
    name="followup.clock-probes.v1",
    key="none",
    partitions=1,
    config={"cleanup.policy": "delete", "retention.ms": f"{3600 * 1000}", "message.timestamp.type": "LogAppendTime"},
)

TOPICS: Final = (CONTACT_EVENTS, FLAGS, DEAD_LETTERS, LOOKUPS, DIRECTORY, CLOCK_PROBES)


def sized(partitions: int) -> tuple[Topic, ...]:
    """All topics with another partition count where the count is that of the events (a small stack, a test)."""
    return tuple(replace(topic, partitions=partitions) if topic.partitions == PARTITIONS else topic for topic in TOPICS)
