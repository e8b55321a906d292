"""Kafka: does it answer, are the topics there, do their partition counts agree, is it as it should be."""

from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from shared.event_log.log import EventLog, LogError, LogUnavailable, Message
from shared.event_log.topics import CLOCK_PROBES, CONTACT_EVENTS, DEAD_LETTERS, FLAGS, TOPICS
from tools.cli.dead_letters import count_dead_letters
from tools.cli.doctor.broker_rules import broker_findings, in_words
from tools.cli.doctor.finding import Finding
from tools.cli.world import World

CLOCK_TOLERANCE_S: Final = 5.0  # beyond it followup is silent (services/followup/trusted_clock.py)


class KafkaState(NamedTuple):
    """partitions: of contact.events.v1, None where that is not known."""

    findings: list[Finding]
    partitions: int | None


async def examine_kafka(world: World) -> KafkaState:
    address = world.settings.kafka
    try:
        async with world.log() as log:
            counts = {topic.name: await _partitions(log, topic.name) for topic in TOPICS}
            letters = [await _letters(log)] if counts[DEAD_LETTERS.name] else []
            clock = [await _clock(log)] if counts[CLOCK_PROBES.name] else []
    except LogError as error:
        mend = "start it (`make up`), mend what it says, or set ASHIATO_KAFKA to host:port"
        return KafkaState([Finding("Kafka", "error", f"{address}: {error}", mend)], None)
    facts = await world.look_at_broker(world.settings)
    answers = Finding("Kafka", "ok", f"{address} answers{'' if facts is None else in_words(facts)}")
    said = [] if facts is None else broker_findings(facts, world.settings)
    events = counts[CONTACT_EVENTS.name] or None
    return KafkaState([answers, *_topics(counts), *_agree(counts), *said, *clock, *letters], events)


async def _partitions(log: EventLog, topic: str) -> int | None:
    """None: there is no such topic. 0: we may not see it."""
    try:
        return await log.partition_count(topic)
    except LogUnavailable as error:
        if "does not let us see" in str(error):
            return 0
        if "knows no topic" in str(error) or "there is no partition" in str(error):
            return None
        raise


def _topics(counts: dict[str, int | None]) -> list[Finding]:
    return [_topic(f"topic {name}", count) for name, count in counts.items()]


def _topic(subject: str, count: int | None) -> Finding:
    match count:
        case None:
            mend = "create it (`python -m shared.event_log.creation`; `make up` does on the local stack)"
            return Finding(subject, "error", "is missing", mend)
        case 0:
            return Finding(subject, "warning", "may not be seen", "grant Describe on it to the doctor")
        case _:
            return Finding(subject, "ok", f"{count} partitions")


def _agree(counts: dict[str, int | None]) -> list[Finding]:
    """The owner of partition p of the events reads p of the flags and of the dead letters."""
    events = counts[CONTACT_EVENTS.name]
    differing = [name for name in (FLAGS.name, DEAD_LETTERS.name) if counts[name] and counts[name] != events]
    if not events or not differing:
        return []
    mend = f"create anew with {events} partitions, as {CONTACT_EVENTS.name} has; the count is fixed for life"
    return [
        Finding(f"topic {name}", "error", f"{counts[name]} partitions instead of {events}", mend) for name in differing
    ]


async def _letters(log: EventLog) -> Finding:
    """How many were ever written, also those sent again since."""
    subject = "dead letters"
    try:
        count = await count_dead_letters(log)
    except LogUnavailable as error:
        return Finding(subject, "warning", f"may not be counted ({error})", "grant the doctor Describe on their topic")
    if not count:
        return Finding(subject, "ok", "none")
    return Finding(subject, "warning", f"{count} were set aside", "look: `ashiato dead-letters list`")


async def _clock(log: EventLog) -> Finding:
    """By a probe, as followup does it: the broker stamps it on arrival."""
    subject = "Kafka clock"
    try:
        before = datetime.now(UTC)
        [(partition, offset)] = await log.append([Message(CLOCK_PROBES.name, None, b"", partition=0)])
        after = datetime.now(UTC)
        stamps = [one async for one in log.read(CLOCK_PROBES.name, partition, offset, offset + 1)]
    except LogUnavailable as error:
        mend = f"grant the doctor Read and Write on {CLOCK_PROBES.name}"
        return Finding(subject, "warning", f"could not be asked ({error})", mend)
    there = datetime.fromtimestamp(stamps[0][0].timestamp_ms / 1000, UTC)
    off = max(before - there, there - after, timedelta(0)).total_seconds()
    told = f"its clock is {off:.1f} s from ours, beyond what the question took"
    if off > CLOCK_TOLERANCE_S:
        return Finding(subject, "error", told, "set both clocks (NTP): followup is silent while they differ")
    return Finding(subject, "ok", told)
