"""Whom an agent sees, and whose words."""

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.journey.domain import journey as domain
from services.journey.domain.glance import surely_theirs
from services.journey.domain.journey import Journey
from services.journey.domain.sight import LATELY, is_theirs, may_see
from shared.event_log.wire import decode
from shared.events import BY_TYPE
from shared.events.free_text import free_text_fields, has_only_short_words, without_free_text
from shared.events.words import FreeText, Words
from tests.histories.builders import (
    DAY,
    HOUR,
    Event,
    a_cancellation,
    a_connection,
    a_contact,
    a_keep,
    a_promise,
    a_queueing,
    a_reassignment,
    a_resolution,
    a_retraction,
    a_transfer,
    an_assignment,
    an_end,
    an_event,
    moment,
)
from tests.histories.histories import histories
from tests.properties.worlds import message_of


def folded(*log: Event) -> Journey:
    return domain.fold("c-1", [decode(message_of(one).value) for one in log])


SEEN_BY_BILLING = {
    "an issue is with it": [an_assignment(0, desk="billing")],
    "a contact was moved to it": [a_contact(0), a_transfer(1, from_desk="front", to_desk="billing")],
    "an issue was with it": [an_assignment(0, desk="billing"), an_assignment(1, desk="tech")],
    "it resolved the issue": [an_assignment(0, desk="billing"), a_resolution(1, issue_id="i1")],
    "it speaks with the customer": [a_connection(0, desk="billing")],
    "it rang the customer": [a_contact(0, direction="outbound"), a_connection(1, desk="billing")],
    "it owes something": [a_promise(0, due_by=HOUR, owner={"desk": "billing"})],
    "it stands in for a promise": [a_promise(0, due_by=HOUR), a_reassignment(1, owner={"desk": "billing"})],
    "it promised what another does": [
        a_promise(0, due_by=HOUR, owner={"desk": "billing"}),
        a_reassignment(1, owner={"desk": "tech"}),
    ],
    "it kept its word": [a_promise(0, due_by=HOUR, owner={"desk": "billing"}), a_keep(1)],
}
NOT_SEEN_BY_BILLING = {
    "another has it": [an_assignment(0, desk="tech")],
    "nobody has it": [a_contact(0)],
    "it was only asked": [a_contact(0), an_event("contact.consulted", 1, desk="front", with_desk="billing")],
    "it was said and taken back": [an_assignment(0, desk="billing"), a_retraction(an_assignment(0, desk="billing"), 1)],
    "somebody wrote its name": [an_event("situation.noted", 0, text="billing"), an_assignment(0, desk="tech")],
    "nothing": [],
}


@pytest.mark.parametrize("log", SEEN_BY_BILLING.values(), ids=SEEN_BY_BILLING)
def test_a_desk_sees_whom_it_has_or_had(log: list[Event]) -> None:
    assert may_see(folded(*log), {"billing"}, moment(DAY))
    assert may_see(folded(*log), {"sales", "billing"}, moment(DAY))
    assert not may_see(folded(*log), {"sales"}, moment(DAY))


@pytest.mark.parametrize("log", NOT_SEEN_BY_BILLING.values(), ids=NOT_SEEN_BY_BILLING)
def test_and_nobody_else(log: list[Event]) -> None:
    assert not may_see(folded(*log), {"billing"}, moment(DAY))


def test_who_works_at_no_desk_sees_nobody() -> None:
    assert not may_see(folded(an_assignment(0, desk="billing")), frozenset(), moment(DAY))


@pytest.mark.parametrize(
    ("log", "until"),
    [
        ([an_assignment(0, desk="billing"), an_assignment(DAY, desk="tech")], DAY),
        ([an_assignment(0, desk="billing"), a_resolution(DAY, issue_id="i1")], timedelta(0)),
        ([a_promise(0, due_by=HOUR, owner={"desk": "billing"}), a_cancellation(DAY)], DAY),
        ([a_contact(0, direction="outbound"), a_connection(DAY, desk="billing")], DAY),
    ],
    ids=["handed over", "resolved", "cancelled", "rang"],
)
def test_it_goes_on_seeing_them_for_a_while(log: list[Event], until: timedelta) -> None:
    journey = folded(*log)
    assert may_see(journey, {"billing"}, moment(until + LATELY))
    assert not may_see(journey, {"billing"}, moment(until + LATELY + timedelta(microseconds=1)))


def test_what_is_still_open_is_seen_however_old_it_is() -> None:
    journey = folded(an_assignment(0, desk="billing"), a_promise(0, due_by=HOUR, owner={"desk": "tech"}))
    assert may_see(journey, {"billing"}, moment(400 * DAY))
    assert may_see(journey, {"tech"}, moment(400 * DAY))


CONTEXT = [
    an_assignment(0, desk="billing"),
    a_connection(1, desk="billing", issue_id="i1"),
    a_promise(2, due_by=DAY, owner={"desk": "billing"}),
]
WORDS_OF_BILLING = [
    a_promise(2, due_by=DAY, wording="by noon", owner={"desk": "billing"}),
    a_resolution(3, issue_id="i1"),
    an_end(3, raw_reason="tired of it"),
    a_cancellation(3),
    an_event("feedback.given", 3, text="slow", about={"desk": "billing"}),
    an_event("issue.praised", 3, desk="billing", words="unheard of"),
]
WORDS_OF_NOBODY_KNOWN = [
    an_event("issue.praised", 3, words="unheard of"),
    an_event("issue.praised", 3, promise_id={"a": 1}, owner=[7], desk=7),
    an_end(3, contact_id="k-unknown", raw_reason="tired of it"),
    a_retraction(an_assignment(0), 3),
]
WORDS_FOR_EVERYBODY = [
    an_event("situation.noted", 3),
    an_event("feedback.given", 3, text="thank you"),
    an_event("notice.raised", 3, cause="delay", explanation="snow"),
]


@pytest.mark.parametrize("event", WORDS_OF_BILLING, ids=lambda one: one["type"])
def test_a_desks_words_are_its_own(event: Event) -> None:
    read = decode(message_of(event).value)
    assert is_theirs(folded(*CONTEXT), read, {"billing"})
    assert not is_theirs(folded(*CONTEXT), read, {"tech"})


@pytest.mark.parametrize("event", WORDS_OF_NOBODY_KNOWN, ids=lambda one: one["type"])
def test_words_of_which_nobody_knows_whose_they_are_are_for_none(event: Event) -> None:
    assert not is_theirs(folded(*CONTEXT), decode(message_of(event).value), {"billing"})


@pytest.mark.parametrize("event", WORDS_FOR_EVERYBODY, ids=lambda one: one["type"])
def test_what_is_noted_of_the_person_is_for_every_desk(event: Event) -> None:
    assert is_theirs(folded(*CONTEXT), decode(message_of(event).value), {"tech"})


def test_both_ends_of_a_transfer_may_read_why_it_failed() -> None:
    failed = decode(message_of(an_event("contact.transfer_failed", 3, from_desk="billing", to_desk="tech")).value)
    assert is_theirs(folded(*CONTEXT), failed, {"billing"})
    assert is_theirs(folded(*CONTEXT), failed, {"tech"})
    assert not is_theirs(folded(*CONTEXT), failed, {"sales"})


def test_the_models_say_which_fields_are_free_text() -> None:
    found = {name: free_text_fields(getattr(kind, "Data")) for name, kind in BY_TYPE.items()}  # noqa: B009
    assert found["promise.made"] == ("wording",)
    assert found["contact.ended"] == ("raw_reason",)
    assert found["notice.raised"] == ("explanation",)
    assert {field for fields in found.values() for field in fields} == {
        *("raw_reason", "cause", "resolution", "wording", "reason", "why", "purpose", "explanation", "text")
    }


def test_free_text_that_hides_inside_another_model_is_a_mistake_of_ours() -> None:
    class Inner(Words):
        note: FreeText

    class Outer(Words):
        inner: Inner | None = None

    with pytest.raises(TypeError, match="free text inside"):
        free_text_fields(Outer)


@pytest.mark.parametrize(
    ("event", "fields"),
    [
        (a_promise(0, wording="CANARY", odd="CANARY", owner={"desk": "tech", "note": "CANARY"}), ["wording"]),
        (a_promise(0), []),
        (an_event("feedback.given", 0, text="CANARY", about={"desk": "tech", "said": "CANARY"}), ["text"]),
        (an_event("issue.praised", 0, words="CANARY"), ["data"]),
        ({**a_keep(0), "said": "CANARY"}, []),
    ],
    ids=["known", "without words", "nested", "unknown type", "extension"],
)
def test_what_no_model_knows_goes_with_the_words(event: Event, fields: list[str]) -> None:
    left = without_free_text(decode(message_of(event).value))
    assert b"CANARY" not in left.text
    assert left.fields == fields
    assert decode(left.text).id == event["id"] if fields == ["data"] else event["type"].encode() in left.text


@given(histories())
@settings(max_examples=60, deadline=None)
def test_what_has_only_short_words_loses_nothing_when_words_are_withheld(log: list[Event]) -> None:
    for event in log:
        raw = message_of(event).value or b""
        if has_only_short_words(json.loads(raw)):
            left = without_free_text(decode(raw))
            assert left.fields == []
            assert decode(left.text) == decode(raw)
            assert json.loads(left.text)["data"].keys() == event["data"].keys()


@pytest.mark.parametrize(
    "changed",
    [
        {"type": "contact.waved"},
        {"type": "contact.ended", "data": {"contact_id": "k1", "ended_by": "system", "raw_reason": "CANARY"}},
        {"extension": "CANARY"},
        {"data": {"contact_id": "k1", "desk": "front", "note": "CANARY"}},
        {"data": {"contact_id": "k1", "desk": "front", "position": {"note": "CANARY"}}},
        {"data": {"contact_id": "k1", "desk": ["CANARY"]}},
        {"data": "CANARY"},
        {"data": None},
    ],
)
def test_whatever_may_hold_other_words_is_looked_at_more_closely(changed: dict[str, Any]) -> None:
    event = a_queueing(0)
    assert has_only_short_words(event)
    assert not has_only_short_words({**event, **changed})


@given(histories(), st.sets(st.sampled_from(("front", "billing", "tech", "sales"))))
@settings(max_examples=100, deadline=None)
def test_a_glance_tells_the_same_as_the_whole_event(log: list[Event], desks: set[str]) -> None:
    journey = folded(*log)
    for event in log:
        raw = message_of(event).value or b""
        read = decode(raw)
        known = event["data"] if read.data is None or isinstance(read.data, dict) else vars(read.data)
        if event["data"].keys() <= known.keys():
            assert surely_theirs(journey, raw, desks) == is_theirs(journey, read, desks)


@pytest.mark.parametrize("event", [*WORDS_OF_BILLING, *WORDS_FOR_EVERYBODY], ids=lambda one: one["type"])
def test_a_glance_shows_a_desk_its_own_words(event: Event) -> None:
    assert surely_theirs(folded(*CONTEXT), message_of(event).value or b"", {"billing"})


@pytest.mark.parametrize(
    "event",
    [
        *WORDS_OF_NOBODY_KNOWN,
        an_event("issue.praised", 3, issue_id="i1", contact_id="k1", promise_id="p1"),
        an_event("contact.re_explained", 3, contact_id="k-unknown", what="problem", promise_id="p1"),
        an_event("issue.dropped", 3, phase="queue", contact_id="k1"),
        {**a_resolution(3, issue_id="i1"), "data": None},
        {**a_resolution(3, issue_id="i1"), "data": [{"desk": "billing"}]},
        {**a_resolution(3), "data": {"desk": ["billing"], "owner": "billing", "about": {"desk": None}}},
    ],
    ids=lambda one: one["type"],
)
def test_at_a_glance_nothing_is_theirs_that_may_be_anothers(event: Event) -> None:
    assert not surely_theirs(folded(*CONTEXT), json.dumps(event).encode(), {"billing"})
