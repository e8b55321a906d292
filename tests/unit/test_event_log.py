"""Laws of the log that need no broker, and the faults of the log in memory."""

from __future__ import annotations

import pytest
from aiokafka.partitioner import DefaultPartitioner
from hypothesis import given
from hypothesis import strategies as st

from shared.event_log.log import LogUnavailable, MessageTooLarge, Record, check_sizes, partition_of
from shared.event_log.memory import MemoryLog
from shared.event_log.topics import CONTACT_EVENTS
from tests.suites.event_log_suite import a_message, everything, values


@given(st.binary(), st.integers(1, 200))
def test_a_key_has_the_partition_that_other_clients_give_it(key: bytes, partitions: int) -> None:
    everyone = list(range(partitions))
    assert partition_of(key, partitions) == DefaultPartitioner()(key, everyone, everyone)


@pytest.mark.parametrize(
    ("key", "murmur2"), [(b"21", -973932308), (b"foobar", -790332482), (b"a-little-bit-long-string", -985981536)]
)
def test_hashes_are_those_of_kafkas_own_tests(key: bytes, murmur2: int) -> None:
    assert partition_of(key, 2**31) == murmur2 & 0x7FFFFFFF


@pytest.mark.parametrize(("key", "partition"), [(b"7K3M9QX2C", 37), (b"", 25)])
def test_a_key_keeps_its_partition_for_ever(key: bytes, partition: int) -> None:
    assert partition_of(key, 64) == partition


def test_a_known_topics_own_limit_holds() -> None:
    check_sizes([a_message(CONTACT_EVENTS.name, b"x" * (CONTACT_EVENTS.largest_record - 4_096))])
    with pytest.raises(MessageTooLarge):
        check_sizes([a_message(CONTACT_EVENTS.name, b"x" * CONTACT_EVENTS.largest_record)])


async def test_an_unavailable_log_writes_nothing() -> None:
    log = MemoryLog({"t": 1})
    log.unavailable = True
    with pytest.raises(LogUnavailable):
        await log.append([a_message("t")])
    log.unavailable = False
    assert log.records("t") == []


async def test_a_lost_acknowledgement_leaves_the_messages_written() -> None:
    log = MemoryLog({"t": 1})
    log.acknowledgements_lost = True
    with pytest.raises(LogUnavailable):
        await log.append([a_message("t")])
    assert values(log.records("t")) == [b"1"]


async def test_a_gap_in_the_offsets_is_read_over() -> None:
    log = MemoryLog({"t": 1}, now_ms=lambda: 7)
    await log.append([a_message("t", b"a")])
    log.skip("t", 0, 3)
    await log.append([a_message("t", b"b")])
    log.skip("t", 0)
    assert await log.end_offset("t", 0) == 6
    assert await everything(log, "t") == [Record("t", 0, 0, 7, b"C1", b"a"), Record("t", 0, 4, 7, b"C1", b"b")]
