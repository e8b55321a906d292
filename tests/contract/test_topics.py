"""The topics as the rest of the product relies on them."""

import pytest

from shared.event_log.topics import CONTACT_EVENTS, DEAD_LETTERS, FLAGS, TOPICS, sized
from shared.event_log.wire import LARGEST_RECORD


def test_flags_have_as_many_partitions_as_events_whatever_the_size() -> None:
    for topics in (TOPICS, sized(4)):
        count = {topic.name: topic.partitions for topic in topics}
        assert count[FLAGS.name] == count[CONTACT_EVENTS.name] == count[DEAD_LETTERS.name]


def test_another_size_leaves_the_other_topics_alone() -> None:
    assert [topic.partitions for topic in sized(4)] == [4, 4, 4, 8, 1, 1]


def test_the_truth_is_kept_for_ever() -> None:
    assert CONTACT_EVENTS.config["retention.ms"] == "-1"
    assert CONTACT_EVENTS.config["cleanup.policy"] == "delete"


def test_a_dead_letter_has_room_for_the_largest_record_and_its_headers() -> None:
    assert LARGEST_RECORD < CONTACT_EVENTS.largest_record < DEAD_LETTERS.largest_record


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_settings_are_texts_that_nobody_changes(topic: object) -> None:
    config = topic.config  # type: ignore[attr-defined]

    assert all(isinstance(value, str) for value in config.values())
    with pytest.raises(TypeError):
        config["retention.ms"] = "1"
