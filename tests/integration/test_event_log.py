"""The event log suite, on memory and on a real broker."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

from shared.event_log.kafka import KafkaLog
from shared.event_log.log import EventLog
from shared.event_log.memory import MemoryLog
from shared.event_log.topics import Topic
from tests.suites.event_log_suite import PARTITIONS, EventLogSuite
from tools.stack import create_topics

if TYPE_CHECKING:
    from tests.conftest import NewName
    from tools.stack import Kafka


class TestMemoryLog(EventLogSuite):
    @pytest.fixture
    def topic(self, new_topic: NewName) -> str:
        return new_topic()

    @pytest.fixture
    async def log(self, topic: str) -> EventLog:
        return MemoryLog({topic: PARTITIONS})


class TestKafkaLog(EventLogSuite):
    @pytest.fixture
    async def topic(self, kafka: Kafka, new_topic: NewName) -> str:
        name = new_topic()
        await create_topics(kafka.bootstrap, [Topic(name, "test", PARTITIONS)])
        return name

    @pytest.fixture
    async def log(self, kafka: Kafka) -> AsyncIterator[EventLog]:
        log = KafkaLog(kafka.bootstrap, timeout=5.0)
        await log.start()
        yield log
        await log.stop()
