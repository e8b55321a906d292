"""Identity, order, corrections, retractions and the digest: the sentences of definitions.md as examples."""

import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import NAMESPACE_URL, uuid5

import pytest

from tests.histories.builders import (
    BEGIN,
    CRM,
    DAY,
    FOLLOWUP,
    HOUR,
    Event,
    a_connection,
    a_contact,
    a_copy,
    a_correction,
    a_promise,
    a_retraction,
    a_transfer,
    an_assignment,
    an_event,
)
from tests.oracle import Fact, accept, derive, digest, effective, stamp
from tests.oracle.facts import parse_time, same_value


def counting(*log: Event) -> list[Fact]:
    return effective(each for each in accept(log).facts if each.customer == "c-1")


def desks(*log: Event) -> list[str]:
    return [each.data["desk"] for each in counting(*log) if "desk" in each.data]


def test_the_first_copy_is_the_fact_its_time_included() -> None:
    first = a_connection(0, desk="front")
    accepted = accept([first, a_copy(first, at=HOUR)])
    assert [each.time for each in accepted.facts] == [BEGIN]
    assert accepted.duplicates == (1,)
    assert accepted.conflicts == ()


def test_a_later_copy_of_other_content_is_set_aside() -> None:
    first = a_connection(0, desk="front")
    other_type = {**first, "type": "contact.queued"}
    other_link = {**first, "corrects": "another"}
    accepted = accept([first, a_copy(first, desk="tech"), other_type, other_link])
    assert [each.data["desk"] for each in accepted.facts] == ["front"]
    assert accepted.conflicts == (1, 2, 3)


def test_customer_and_source_are_part_of_the_identity() -> None:
    log = [an_event("contact.queued", id="1", source=source, customer=who) for source in ("a", "b") for who in "xy"]
    assert len(accept(log).facts) == 4


def test_derived_events_are_compared_by_identity_only() -> None:
    first = a_promise(0, source=FOLLOWUP)
    assert accept([first, a_copy(first, wording="other")]).duplicates == (1,)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (1, 1.0, True),
        (True, 1, False),
        (False, 0, False),
        (True, True, True),
        ({"a": 1, "b": [1]}, {"b": [1.0], "a": 1}, True),
        ([1, 2], [2, 1], False),
        ({"a": None}, {}, False),
        ("1", 1, False),
        (None, False, False),
    ],
)
def test_content_is_compared_as_json_values(one: object, other: object, same: bool) -> None:
    assert same_value(one, other) is same
    assert same_value(other, one) is same


def test_types_that_share_a_second_have_a_rank() -> None:
    kinds = [
        "contact.started",
        "issue.opened",
        "contact.queued",
        "contact.wait_choice",
        "contact.connected",
        "issue.assigned",
        "contact.transferred",
        "contact.transfer_failed",
        "promise.kept",
        "contact.ended",
        "issue.resolved",
    ]
    assert [each.type for each in counting(*[an_event(kind) for kind in reversed(kinds)])] == kinds


def test_within_a_rank_source_and_id_decide_by_code_point() -> None:
    keys = [("B", "2"), ("B", "10"), ("a", "0"), ("a", "\uffff"), ("a", "\U0001f600")]
    log = [an_event("contact.queued", source=source, id=event_id) for source, event_id in keys]
    assert [each.key for each in counting(*log)] == [keys[1], keys[0], *keys[2:]]


def test_times_are_read_to_the_microsecond_in_utc() -> None:
    assert parse_time("2026-03-02T18:00:00.000001+09:00") == BEGIN + timedelta(microseconds=1)
    assert parse_time("2026-03-02t09:00:00z") == BEGIN


def test_a_correction_replaces_the_data_at_the_originals_place() -> None:
    original = a_connection(0, desk="front")
    correction = a_correction(original, HOUR, desk="tech")
    for log in ([original, correction], [correction, original]):
        [fact] = counting(*log)
        assert (fact.id, fact.time, fact.data["desk"]) == (original["id"], BEGIN, "tech")


def test_of_several_corrections_or_a_chain_the_highest_time_wins() -> None:
    original = a_connection(0, desk="front")
    one = a_correction(original, 2 * HOUR, desk="tech")
    two = a_correction(one, HOUR, desk="billing")
    three = a_correction(two, 3 * HOUR, desk="archive")
    assert desks(original, one, two) == ["tech"]
    assert desks(three, two, one, original) == ["archive"]


def test_of_two_corrections_at_one_time_the_higher_id_wins() -> None:
    original = a_connection(0, id="o")
    corrections = [a_correction(original, HOUR, id=name, desk=name) for name in ("b", "a")]
    assert desks(original, *corrections) == ["b"]


def test_a_correction_needs_source_customer_and_type_of_its_target() -> None:
    original = a_connection(0, id="o", desk="front")
    wrong = [
        a_correction(original, 1, source=CRM, desk="tech"),
        a_correction(original, 2, customer="c-2", desk="tech"),
        an_event("contact.queued", 3, corrects="o", desk="tech"),
    ]
    assert desks(original, *wrong) == ["front"]


def test_corrections_without_an_original_are_nothing() -> None:
    one = an_event("contact.queued", id="1", corrects="2", desk="front")
    two = an_event("contact.queued", id="2", corrects="1", desk="front")
    itself = an_event("contact.queued", id="3", corrects="3", desk="front")
    lost = an_event("contact.queued", id="4", corrects="never", desk="front")
    assert counting(one, two, itself, lost) == []


def test_a_retraction_voids_for_good_in_any_order() -> None:
    event = a_connection(0)
    correction = a_correction(event, HOUR, desk="tech")
    retraction = a_retraction(event, DAY)
    assert desks(event, correction, retraction) == desks(retraction, correction, event) == []


def test_a_retraction_is_by_the_same_source() -> None:
    event = a_connection(0, desk="front")
    assert desks(event, a_retraction(event, source=CRM)) == ["front"]


def test_retracting_a_retraction_has_no_effect() -> None:
    event = a_connection(0)
    retraction = a_retraction(event, 1)
    assert desks(event, retraction, a_retraction(retraction, 2)) == []


def test_a_corrected_retraction_still_counts_and_so_does_its_correction() -> None:
    one, two = a_connection(0, desk="front"), a_connection(1, desk="tech")
    retraction = a_retraction(one, 2)
    assert desks(one, two, retraction, a_correction(retraction, 3, retracts=two["id"])) == []


def test_a_retracted_correction_gives_way_to_the_one_before_but_still_links() -> None:
    original = a_connection(0, desk="front")
    one = a_correction(original, 1, desk="tech")
    two = a_correction(one, 2, desk="billing")
    assert desks(original, one, two, a_retraction(two, 3)) == ["tech"]
    assert desks(original, one, two, a_retraction(one, 3)) == ["billing"]
    assert desks(original, one, a_retraction(one, 3)) == ["front"]


def test_ids_are_derived_from_a_compact_unescaped_array() -> None:
    namespace = uuid5(NAMESPACE_URL, "urn:ashiato")
    assert derive(["issue", "c-1", "電話"]) == str(uuid5(namespace, '["issue","c-1","電話"]'))


def test_times_in_ids_have_six_decimals_and_z() -> None:
    assert stamp(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)) == "2026-01-02T03:04:05.000000Z"


def test_the_digest_is_of_canonical_json_per_customer_and_over_all() -> None:
    desk_events = [an_assignment(at, id=str(at), desk=desk) for at, desk in enumerate(("A", "B", "A", "B"))]
    promise = a_promise(0, id="p", due_by=DAY, issue_id="i1")
    log = [*desk_events, promise, an_event("promise.missed", 5, id="m", due_by=DAY, grace_s=0)]
    source = promise["source"]
    expected = {
        "events": [[source, name] for name in ("0", "1", "2", "3", "p")],
        "issues": {"i1": [["A", "B", "A", "B"]]},
        "flags": [
            ["missed_promise", "p1", "raised", [[source, "p"]]],
            ["ping_pong", "i1", "raised", [[source, name] for name in "0123"]],
        ],
        "promises": {"p1": ["due", None]},
    }
    result = digest(log, BEGIN + HOUR)
    assert result.documents == {"c-1": expected}
    text = json.dumps(expected, sort_keys=True, separators=(",", ":"))
    assert result.customers == {"c-1": sha256(text.encode()).hexdigest()}
    assert result.overall == sha256(f'{{"c-1":"{result.customers["c-1"]}"}}'.encode()).hexdigest()


def test_the_digest_names_all_accepted_events_and_issues_without_desks() -> None:
    event = a_connection(0, id="1")
    correction = a_correction(event, id="2")
    log = [
        event,
        a_copy(event, desk="other"),
        correction,
        a_retraction(event, id="3"),
        an_event("contact.waved", id="4"),
        an_event("issue.opened", id="5"),
    ]
    document = digest(log, BEGIN).documents["c-1"]
    assert [event_id for _, event_id in document["events"]] == ["1", "2", "3", "4", "5"]
    assert document["issues"] == {"i1": []}


def test_promises_made_after_the_given_time_are_not_in_the_digest() -> None:
    assert digest([a_promise(HOUR)], BEGIN).documents["c-1"]["promises"] == {}


def test_unknown_types_change_no_rule() -> None:
    log = [a_contact(0), a_transfer(1, from_desk="front")]
    unknown = [an_event("contact.waved", 0, contact_id="k1", issue_id="i9", desk="A"), an_event("issue.pondered", 0)]
    plain, odd = (digest(each, BEGIN).documents["c-1"] for each in (log, log + unknown))
    assert {**plain, "events": None} == {**odd, "events": None}
