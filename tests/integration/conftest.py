import asyncio
import gc
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from shared.event_log.kafka import KafkaLog
from shared.event_log.topics import sized
from tests.engine_fixtures import certificates
from tests.engine_fixtures.guarded import PASSWORDS, Guarded
from tests.engine_fixtures.guarded_kafka import AS_JAVA_OPTIONS, GuardedKafka
from tests.engine_fixtures.guarded_redis import GuardedRedis
from tools.cli.doctor import rights
from tools.kubernetes.errors import NotRun
from tools.kubernetes.kafka_access import CLIENTS
from tools.stack import create_topics


@pytest.fixture(scope="module", autouse=True)
def garbage_of_its_own() -> Iterator[None]:
    """What a module leaves open is reported there, not in whichever test Python next collects garbage."""
    yield
    gc.collect()


@pytest.fixture(scope="session")
def guarded(server_folder: Path) -> Iterator[Guarded]:
    """A broker with TLS, users and ACLs, each process with exactly its rules. For tests of the group "guarded"."""
    folder = server_folder / "guarded"
    signed = certificates.made(folder / "certificates")
    clients = [client for client in CLIENTS if client.deployed]
    passwords = {client.user: f"secret-of-{client.name}" for client in clients} | OTHERS
    node = GuardedKafka(folder / "kafka", signed, passwords)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JAVA_TOOL_OPTIONS", AS_JAVA_OPTIONS)
        node.start()
        node.wait_until_answers(90.0)
    try:
        asyncio.run(create_topics(node.admin_bootstrap, sized(1), security=node.admin_security))
        for client in clients:
            asyncio.run(node.allow(client.user, client.rules))
        asyncio.run(node.allow(rights.USER, rights.KAFKA))
        yield Guarded(node, signed, passwords, folder)
    finally:
        node.stop()


# "both" logs in with either mechanism; "nobody" is granted what a test grants, "stranger" nothing ever.
OTHERS = {
    "both": "secret-of-both",
    "ashiato-nobody": "secret-of-nobody",
    "ashiato-stranger": "secret-of-stranger",
    "ashiato-curious": "secret-of-curious",
    "ashiato-topics": "secret-of-topics",
    rights.USER: "secret-of-doctor",
}


@pytest.fixture(scope="session")
def guarded_store(guarded: Guarded) -> Iterator[GuardedRedis]:
    """A Redis with TLS and users; emptied by whoever needs it empty."""
    try:
        store = GuardedRedis(guarded.folder / "redis", guarded.certificates, PASSWORDS)
    except NotRun as error:
        pytest.skip(f"no Redis with TLS here: {error}")
    store.start()
    yield store
    store.stop()


@pytest.fixture
async def guarded_log(guarded: Guarded) -> AsyncIterator[KafkaLog]:
    """The log of the guarded broker, for a test to write and read as it likes."""
    log = KafkaLog(guarded.kafka.admin_bootstrap, security=guarded.kafka.admin_security)
    await log.start()
    yield log
    await log.stop()
