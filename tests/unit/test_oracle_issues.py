"""Which issue an event belongs to: the sentences of definitions.md as examples."""

from datetime import timedelta

import pytest

from tests.histories.builders import (
    DAY,
    HOUR,
    MINUTE,
    TICK,
    WEEK,
    Event,
    a_connection,
    a_contact,
    a_failed_transfer,
    a_keep,
    a_promise,
    a_queueing,
    a_redirect,
    a_reopening,
    a_resolution,
    a_transfer,
    an_assignment,
    an_event,
    an_opening,
)
from tests.oracle import Timeline, accept, derive, timeline


def told(*log: Event) -> Timeline:
    return timeline(accept(log).facts)


def issue_of(event: Event, *log: Event) -> str | None:
    line = told(*log, event)
    return line.issue_of[(event["source"], event["id"])]


def implicit(contact: str) -> str:
    return derive(["issue", "c-1", contact])


def by_itself(event: Event) -> str:
    return derive(["issue", "c-1", event["source"], event["id"]])


def test_an_event_with_issue_id_belongs_to_that_issue() -> None:
    assert issue_of(a_connection(0, issue_id="i7")) == "i7"


def test_other_families_and_unknown_types_belong_to_the_customer_only() -> None:
    for kind in ("situation.noted", "contact.waved", "followup.planned"):
        assert issue_of(an_event(kind, issue_id="i7")) is None


@pytest.mark.parametrize("naming", [a_queueing, a_promise, a_resolution])
def test_rule_1_the_first_issue_id_of_its_events_or_what_names_it(naming: object) -> None:
    assert callable(naming)
    later = [naming(HOUR, contact_id="k1", issue_id="i2"), a_connection(2 * HOUR, issue_id="i3")]
    assert issue_of(a_contact(0), *later) == "i2"


def test_rule_2_the_number_that_he_was_told() -> None:
    redirect = a_redirect(0, issue_id="i1", told="+81 3-1234-5678")
    topic = an_opening(0, issue_id="i1", topic="bill")
    assert issue_of(a_contact(HOUR, entry_point="+81312345678", topic="line"), redirect, topic) == "i1"


def test_rule_2_holds_for_24_hours() -> None:
    redirect = a_redirect(0, issue_id="i1", told="A", contact_id="k0")
    topic = an_opening(0, issue_id="i1", topic="bill")
    for at, expected in ((DAY, "i1"), (DAY + TICK, implicit("k1"))):
        assert issue_of(a_contact(at, entry_point="a", topic="line"), redirect, topic) == expected


def test_rule_2_looks_at_all_events_of_the_contact() -> None:
    redirect = a_redirect(0, issue_id="i1", told="https://x.example", to_desk="tech")
    other = an_opening(1, issue_id="i2")
    start = a_contact(MINUTE)
    assert issue_of(start, redirect, other) == "i2"
    assert issue_of(start, redirect, other, a_queueing(HOUR, desk="tech")) == "i1"
    assert issue_of(start, redirect, other, a_connection(HOUR, desk="tech")) == "i1"
    assert issue_of(start, redirect, other, a_queueing(DAY + TICK, desk="tech")) == "i2"
    assert issue_of(start, redirect, other, a_transfer(HOUR, to_desk="tech")) == "i2"


def test_rule_2_told_may_name_a_desk() -> None:
    redirect = a_redirect(0, issue_id="i1", told="tech")
    assert issue_of(a_contact(MINUTE), redirect, an_opening(1, issue_id="i2"), a_queueing(HOUR, desk="tech")) == "i1"


def test_rule_2_the_redirect_precedes_the_contact_and_the_last_that_fits_counts() -> None:
    redirects = [a_redirect(at, issue_id=f"i{at}", told="tech") for at in (1, 2, 30)]
    assert issue_of(a_queueing(10, desk="tech"), *redirects, a_connection(40, desk="tech")) == "i2"


def test_rule_2_a_redirect_without_an_issue_does_not_count() -> None:
    outbound = a_contact(0, contact_id="k0", direction="outbound")
    redirects = [a_redirect(1, issue_id="i1", told="tech"), a_redirect(2, contact_id="k0", told="tech")]
    assert issue_of(a_queueing(3, desk="tech"), outbound, *redirects) == "i1"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("+81 3-1234-5678", "+81 (3) 1234.5678", True),
        ("+81 3-1234-5678", "+81 3-1234-5679", False),
        ("https://Help.example/Account/?from=mail", "HTTP://help.example/account", True),
        ("help.example/account/", "help.example/account", True),
        ("help.example/account", "help.example", False),
        ("tech", "TECH", True),
    ],
)
def test_addresses_are_compared_as_digits_or_as_url(one: str, other: str, same: bool) -> None:
    redirect, later = a_redirect(0, issue_id="i1", told=one), an_opening(1, issue_id="i2")
    assert (issue_of(a_contact(2, entry_point=other), redirect, later) == "i1") is same


def test_rule_3_the_issue_touched_last() -> None:
    openings = [an_opening(0, issue_id="i1"), an_opening(1, issue_id="i2"), an_assignment(2, issue_id="i1")]
    assert issue_of(a_contact(3), *openings) == "i1"


def test_rule_3_less_than_seven_days() -> None:
    assert issue_of(a_contact(WEEK - TICK), an_opening(0)) == "i1"
    assert issue_of(a_contact(WEEK), an_opening(0)) == implicit("k1")


def test_rule_3_topics_are_equal_or_one_has_none() -> None:
    opening = an_opening(0, topic="bill")
    assert issue_of(a_contact(1, topic="bill"), opening) == "i1"
    assert issue_of(a_contact(1), opening) == "i1"
    assert issue_of(a_contact(1, topic="line"), opening) == implicit("k1")
    assert issue_of(a_contact(1, topic="line"), an_opening(0)) == "i1"


def test_the_issue_takes_the_first_topic_given() -> None:
    log = [an_opening(0), a_contact(1, topic="bill"), a_contact(2, contact_id="k2", topic="line")]
    assert told(*log).issues["i1"].topic == "bill"
    assert issue_of(a_contact(3, contact_id="k3", topic="line"), *log) == implicit("k2")


def test_the_topic_and_direction_of_a_contact_may_come_after_its_first_event() -> None:
    opening = an_opening(0, topic="bill")
    assert issue_of(a_queueing(1), opening, a_contact(2, topic="line")) == implicit("k1")
    assert issue_of(a_queueing(1), opening, a_contact(2, direction="outbound")) is None


def test_rule_3_only_open_issues() -> None:
    assert issue_of(a_contact(2), an_opening(0), a_resolution(1, issue_id="i1")) == implicit("k1")
    assert issue_of(a_contact(3), an_opening(0), a_resolution(1, issue_id="i1"), a_reopening(2)) == "i1"


def test_rule_4_a_new_implicit_issue() -> None:
    assert issue_of(a_contact(0)) == implicit("k1")
    assert told(a_contact(0)).issues[implicit("k1")].implicit


def test_an_outbound_contact_makes_no_issue_and_does_not_touch() -> None:
    assert issue_of(a_contact(0, direction="outbound")) is None
    log = [an_opening(0), a_contact(DAY, direction="outbound", issue_id="i1")]
    assert issue_of(a_contact(WEEK, contact_id="k2"), *log) == implicit("k2")


def test_a_transfer_or_redirect_touches_in_any_direction() -> None:
    out = a_contact(0, direction="outbound")
    for event in (a_transfer(DAY, issue_id="i1"), a_redirect(DAY, contact_id="k1", issue_id="i1")):
        assert issue_of(a_contact(WEEK, contact_id="k2"), out, an_opening(0), event) == "i1"


def test_redirects_and_transfers_without_contact_follow_rules_3_and_4_by_themselves() -> None:
    for event in (a_redirect(HOUR), a_transfer(HOUR, contact_id=None)):
        assert issue_of(event) == by_itself(event)
        assert issue_of(event, an_opening(0, topic="bill")) == "i1"


def test_a_failed_transfer_without_contact_belongs_to_the_customer_only() -> None:
    assert issue_of(a_failed_transfer(HOUR, contact_id=None), an_opening(0)) is None


def test_a_resolution_without_issue_id_is_of_its_contact_else_of_the_open_issue_touched_last() -> None:
    log = [a_contact(0, issue_id="i1"), an_opening(1, issue_id="i2")]
    assert issue_of(a_resolution(2, contact_id="k1"), *log) == "i1"
    assert issue_of(a_resolution(2), *log) == "i2"
    assert issue_of(a_resolution(3), *log, a_resolution(2)) == "i1"
    assert issue_of(a_resolution(2, contact_id="k9"), *log, a_queueing(3, contact_id="k9")) == "i2"
    assert issue_of(a_resolution(2)) is None


def test_a_lapsed_issue_can_be_resolved_but_takes_no_promise() -> None:
    log = [a_contact(0)]
    assert issue_of(a_resolution(WEEK), *log) == implicit("k1")
    assert issue_of(a_promise(WEEK), *log) is None
    assert issue_of(a_promise(WEEK - TICK), *log) == implicit("k1")
    assert issue_of(a_promise(3 * WEEK), an_opening(0)) == "i1"


def test_a_promise_belongs_to_the_contact_it_was_made_in_if_that_has_begun() -> None:
    log = [a_contact(0, issue_id="i1"), an_opening(1, issue_id="i2")]
    assert issue_of(a_promise(2, contact_id="k1"), *log) == "i1"
    assert issue_of(a_promise(2), *log) == "i2"
    assert issue_of(a_promise(2, contact_id="k9"), *log, a_contact(3, contact_id="k9", issue_id="i9")) == "i2"


def test_what_is_said_of_a_promise_belongs_to_its_issue() -> None:
    log = [an_opening(0), a_promise(1), an_opening(2, issue_id="i2")]
    assert issue_of(a_keep(3), *log) == "i1"
    assert issue_of(a_keep(3, issue_id="i2"), *log) == "i2"
    assert issue_of(a_keep(0, id="early"), *log) == "i1"
    assert issue_of(a_keep(3, promise_id="never made"), *log) is None


def test_implicit_issues_are_not_touched_by_what_is_done_to_them() -> None:
    done = an_assignment(DAY, issue_id=implicit("k1"), desk="tech")
    assert issue_of(a_contact(WEEK, contact_id="k2"), a_contact(0), done) == implicit("k2")
    assert issue_of(a_contact(WEEK, contact_id="k2"), an_opening(0), an_assignment(DAY)) == "i1"


def test_a_desk_assertion_opens_the_issue_again_but_a_voided_transfer_does_not() -> None:
    log = [an_opening(0), a_resolution(1, issue_id="i1"), a_transfer(2, issue_id="i1", to_desk="tech")]
    assert issue_of(a_contact(HOUR, contact_id="k2"), *log) == "i1"
    assert issue_of(a_contact(HOUR, contact_id="k2"), *log, a_failed_transfer(3)) == implicit("k2")


def test_a_late_event_can_change_an_attribution() -> None:
    log = [a_contact(HOUR)]
    assert list(told(*log).issues) == [implicit("k1")]
    assert list(told(*log, an_opening(timedelta(0), issue_id="i1")).issues) == ["i1"]
