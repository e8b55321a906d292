"""Records set aside: nothing of the original is lost, everything fits, and too many of them stop the partition."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.event_log.dead_letters import (
    DeadLetterCount,
    DeadLetterLimit,
    DeadLetterLimitReached,
    NotADeadLetter,
    read_dead_letter,
    sent_again,
    set_aside,
)
from shared.event_log.log import Headers, Message, Record, check_sizes
from shared.event_log.topics import DEAD_LETTERS


def a_record(value: bytes | None = b"{", key: bytes | None = b"C1", headers: Headers = (), offset: int = 7) -> Record:
    return Record("contact.events.v1", 3, offset, 0, key, value, headers)


def on_the_topic(message: Message) -> Record:
    return Record(message.topic, 0, 0, 0, message.key, message.value, message.headers)


header_names = st.text("abcdefghijklmnopqrstuvwxyz_-", min_size=1, max_size=10)


@given(
    st.binary(max_size=50),
    st.none() | st.binary(max_size=20),
    st.lists(st.tuples(header_names, st.binary(max_size=10)), max_size=3),
    st.text(max_size=2_000),
)
def test_a_dead_letter_holds_the_original_and_the_reason(
    value: bytes, key: bytes | None, headers: list[tuple[str, bytes]], text: str
) -> None:
    record = a_record(value, key, tuple(headers))
    message = set_aside(record, "schema", text)
    letter = read_dead_letter(on_the_topic(message))
    assert message.topic == DEAD_LETTERS.name
    assert (letter.value, letter.key, letter.headers) == (value, key, record.headers)
    assert (letter.topic, letter.partition, letter.offset) == ("contact.events.v1", 3, 7)
    assert (letter.id, letter.code) == ("contact.events.v1:3:7", "schema")
    assert letter.text == text[:1_000].encode(errors="replace").decode()
    assert sent_again(letter) == Message(record.topic, key, value, record.headers)


def test_the_same_record_gives_the_same_letter_so_that_a_repeat_can_be_dropped() -> None:
    assert set_aside(a_record(), "schema", "why") == set_aside(a_record(), "schema", "why")


def test_a_letter_that_was_sent_again_and_failed_again_says_its_new_place() -> None:
    sent = sent_again(read_dead_letter(on_the_topic(set_aside(a_record(offset=7), "schema", "why"))))
    again = a_record(sent.value, sent.key, sent.headers, offset=9)
    assert read_dead_letter(on_the_topic(set_aside(again, "schema", "why"))).offset == 9


@pytest.mark.parametrize(
    "record",
    [
        a_record(b"x" * 10_000_000),
        a_record(b"x" * 1_500_000, headers=(("h", b"y" * 1_500_000),)),
        a_record(b"x", key=b"k" * 3_000_000),
        a_record(b"x" * 3_000_000, key=b"k" * 700_000),
    ],
)
def test_a_monster_is_clipped_so_that_it_fits(record: Record) -> None:
    message = set_aside(record, "too_large", "why")
    check_sizes([message])
    letter = read_dead_letter(on_the_topic(message))
    assert letter.clipped
    assert (record.value or b"").startswith(letter.value)
    with pytest.raises(ValueError, match="take it from the log"):
        sent_again(letter)


def test_a_record_of_the_topics_largest_size_is_kept_whole() -> None:
    assert not read_dead_letter(on_the_topic(set_aside(a_record(b"x" * 1024 * 1024), "too_large", "why"))).clipped


@pytest.mark.parametrize(
    "headers",
    [(), (("dead-letter-topic", b"t"),), (("dead-letter-topic", b"t"), ("dead-letter-partition", b"one"))],
)
def test_a_foreign_record_is_no_dead_letter(headers: Headers) -> None:
    with pytest.raises(NotADeadLetter):
        read_dead_letter(a_record(headers=headers))


GOOD, BAD = False, True
START = DeadLetterCount()


def test_without_a_limit_everything_may_be_bad() -> None:
    assert DeadLetterLimit().after(START, [BAD] * 100).seen == 100


def test_too_many_in_a_row_stop() -> None:
    limit = DeadLetterLimit(max_consecutive=2)
    count = limit.after(START, [BAD, BAD, GOOD, BAD, BAD])
    with pytest.raises(DeadLetterLimitReached, match="in a row"):
        limit.after(count, [BAD])


def test_too_many_in_the_window_stop() -> None:
    limit = DeadLetterLimit(max_ratio=0.2, window=10)
    count = limit.after(START, [BAD, BAD, *[GOOD] * 7])
    with pytest.raises(DeadLetterLimitReached, match="last 10"):
        limit.after(count, [BAD])
    limit.after(count, [GOOD, BAD, BAD])


@given(st.lists(st.booleans(), max_size=60), st.integers(0, 60), st.integers(1, 15), st.integers(0, 5))
def test_how_records_are_cut_into_chunks_changes_nothing(bad: list[bool], cut: int, window: int, most: int) -> None:
    limit = DeadLetterLimit(max_ratio=most / window, max_consecutive=most, window=window)

    def outcome(*chunks: list[bool]) -> DeadLetterCount | None:
        count = START
        try:
            for chunk in chunks:
                count = limit.after(count, chunk)
        except DeadLetterLimitReached:
            return None
        return count

    assert outcome(bad) == outcome(bad[:cut], bad[cut:])


@given(st.lists(st.booleans(), max_size=60), st.integers(1, 15), st.integers(0, 5))
def test_the_limit_trips_exactly_when_some_window_holds_too_many(bad: list[bool], window: int, most: int) -> None:
    limit = DeadLetterLimit(max_ratio=(most + 0.5) / window, window=window)
    fullest = max((sum(bad[first : first + window]) for first in range(len(bad))), default=0)
    if fullest <= most:
        assert limit.after(START, bad).seen == len(bad)
    else:
        with pytest.raises(DeadLetterLimitReached):
            limit.after(START, bad)
