"""Hash tags: found again for ever, and spread evenly."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.crc import key_slot

from shared.projection.tags import SLOTS, hash_tag, slot_of


@given(st.sampled_from(["journey", "followup", "routing"]), st.integers(1, 300), st.data())
def test_a_tag_lies_in_its_partitions_even_share_of_the_slots(
    service: str, partitions: int, data: st.DataObject
) -> None:
    partition = data.draw(st.integers(0, partitions - 1))
    slot = slot_of(hash_tag(service, partition, partitions))
    assert partition * SLOTS // partitions <= slot < (partition + 1) * SLOTS // partitions


@given(st.text("abcdefghijklmnopqrstuvwxyz0123456789-.", min_size=1))
def test_slots_are_those_of_the_cluster_client(tag: str) -> None:
    assert slot_of(tag) == key_slot(f"{{{tag}}}:name".encode())


def test_tags_never_change_since_stored_keys_are_found_through_them() -> None:
    assert [hash_tag("journey", partition, 4) for partition in range(4)] == [
        "journey-0of4-2",
        "journey-1of4-3",
        "journey-2of4-0",
        "journey-3of4-1",
    ]


@pytest.mark.parametrize(("service", "partition", "partitions"), [("a*", 0, 1), ("", 0, 1), ("a", 1, 1), ("a", -1, 4)])
def test_a_tag_that_could_not_be_found_again_is_refused(service: str, partition: int, partitions: int) -> None:
    with pytest.raises(ValueError, match=r"named with|does not exist"):
        hash_tag(service, partition, partitions)
