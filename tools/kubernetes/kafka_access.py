"""Who may do what on Kafka: as little as each process needs. KafkaUsers are generated from this table.

What a process needs follows from the code: a producer (idempotent, not transactional) needs Write, a reader Read, both
Describe, which Kafka grants with either. A worker's group needs Read. Nobody creates, alters or deletes anything.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from shared.event_log.topics import CLOCK_PROBES, CONTACT_EVENTS, DEAD_LETTERS, FLAGS, LOOKUPS, Topic


class Rule(NamedTuple):
    """kind: "topic" or "group", as Kafka calls resources."""

    kind: str
    name: str
    operations: tuple[str, ...]


@dataclass(frozen=True)
class KafkaClient:
    """name: the process, and the Deployment; None for what is no process of ours. group: whose offsets it commits."""

    name: str
    reads: tuple[Topic, ...] = ()
    writes: tuple[Topic, ...] = ()
    group: str | None = None
    watches: tuple[str, ...] = ()  # groups whose lag it looks at
    deployed: bool = True

    @property
    def user(self) -> str:
        """On Kafka, and the Secret with its password."""
        return f"ashiato-{self.name}"

    @property
    def rules(self) -> tuple[Rule, ...]:
        return tuple(self._rules())

    def _rules(self) -> Iterator[Rule]:
        for name in sorted({topic.name for topic in (*self.reads, *self.writes)}):
            reads = ("Read",) if name in {topic.name for topic in self.reads} else ()
            writes = ("Write",) if name in {topic.name for topic in self.writes} else ()
            yield Rule("topic", name, ("Describe", *reads, *writes))
        if self.group is not None:
            yield Rule("group", self.group, ("Describe", "Read"))
        if self.watches:
            yield Rule("topic", CONTACT_EVENTS.name, ("Describe",))
        for group in self.watches:
            yield Rule("group", group, ("Describe",))


JOURNEY_GROUP: Final = "ashiato.journey"
FOLLOWUP_GROUP: Final = "ashiato.followup"

CLIENTS: Final = (
    KafkaClient("routing-api", writes=(CONTACT_EVENTS,)),
    # What it has said before it reads again, when it takes a partition (services/journey/voice.py).
    KafkaClient(
        "journey-worker",
        reads=(CONTACT_EVENTS, FLAGS, DEAD_LETTERS),
        writes=(FLAGS, DEAD_LETTERS),
        group=JOURNEY_GROUP,
    ),
    # No record of a look-up, no answer.
    KafkaClient("journey-api", writes=(LOOKUPS,)),
    KafkaClient("followup-api", writes=(LOOKUPS,)),
    KafkaClient(
        "followup-worker",
        reads=(CONTACT_EVENTS, CLOCK_PROBES),
        writes=(CONTACT_EVENTS, CLOCK_PROBES),
        group=FOLLOWUP_GROUP,
    ),
    KafkaClient("keda", watches=(JOURNEY_GROUP, FOLLOWUP_GROUP), deployed=False),
)
