"""Kafka: does it answer, are the topics there, do their partition counts agree."""

from typing import NamedTuple

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from shared.event_log.log import EventLog, LogError, LogUnavailable
from shared.event_log.topics import CONTACT_EVENTS, DEAD_LETTERS, FLAGS, TOPICS
from tools.cli.dead_letters import count_dead_letters
from tools.cli.doctor.finding import Finding
from tools.cli.world import World

_FETCH = 1  # Kafka's number of the Fetch request


class KafkaState(NamedTuple):
    """partitions: of contact.events.v1, None where that is not known."""

    findings: list[Finding]
    partitions: int | None


async def examine_kafka(world: World) -> KafkaState:
    address = world.settings.kafka
    try:
        async with world.log() as log:
            counts = {topic.name: await _partitions(log, topic.name) for topic in TOPICS}
            letters = [] if counts[DEAD_LETTERS.name] is None else [_letters(await count_dead_letters(log))]
    except LogError as error:
        mend = "start it (`make up`), or set ASHIATO_KAFKA to host:port"
        return KafkaState([Finding("Kafka", "wrong", f"{address}: {error}", mend)], None)
    answers = Finding("Kafka", "ok", f"{address} answers{await _version(address)}")
    return KafkaState([answers, *_topics(counts), *_agree(counts), *letters], counts[CONTACT_EVENTS.name])


async def _partitions(log: EventLog, topic: str) -> int | None:
    """None: there is no such topic."""
    try:
        return await log.partition_count(topic)
    except LogUnavailable as error:
        if "knows no topic" in str(error) or "there is no partition" in str(error):
            return None
        raise


def _topics(counts: dict[str, int | None]) -> list[Finding]:
    mend = "create it (`make up` does on the local stack)"
    return [
        Finding(f"topic {name}", "wrong", "is missing", mend)
        if count is None
        else Finding(f"topic {name}", "ok", f"{count} partitions")
        for name, count in counts.items()
    ]


def _agree(counts: dict[str, int | None]) -> list[Finding]:
    """The owner of partition p of the events reads p of the flags and of the dead letters."""
    events = counts[CONTACT_EVENTS.name]
    differing = [name for name in (FLAGS.name, DEAD_LETTERS.name) if counts[name] not in (None, events)]
    if events is None or not differing:
        return []
    mend = f"create anew with {events} partitions, as {CONTACT_EVENTS.name} has; the count is fixed for life"
    return [
        Finding(f"topic {name}", "wrong", f"{counts[name]} partitions instead of {events}", mend) for name in differing
    ]


def _letters(count: int) -> Finding:
    """A note: how many were ever written, also those sent again since."""
    told = f"{count} were set aside" if count else "none"
    return Finding(
        "dead letters", "note" if count else "ok", told, "look: `ashiato dead-letters list`" if count else ""
    )


async def _version(address: str) -> str:
    """Brokers do not say their version, only which requests they know: 4.0 took away the oldest Fetch."""
    admin = AIOKafkaAdminClient(bootstrap_servers=address, request_timeout_ms=5_000)
    try:
        await admin.start()
        cluster = await admin.describe_cluster()
        versions = await _requests(admin)
    except (KafkaError, OSError):
        return ""
    finally:
        await admin.close()
    oldest = versions.get(_FETCH, (None, None))[0]
    release = "" if oldest is None else f", Kafka {'4 or newer' if oldest >= 4 else 'before 4'}"
    brokers = len(cluster["brokers"])
    return f"{release}, {brokers} broker{'s' if brokers != 1 else ''}, cluster {cluster['cluster_id']}"


async def _requests(admin: AIOKafkaAdminClient) -> dict[int, tuple[int, int]]:
    """Which versions of each request the broker knows. aiokafka has no public way to ask."""
    client = admin._client
    connection = await client._get_conn(client.get_random_node())
    found: dict[int, tuple[int, int]] = getattr(connection, "_versions", {})
    return found
