"""Which problem a contact is about: the rules of definitions.md, "Which issue an event belongs to", as examples."""

from collections.abc import Callable

import pytest

from shared.timeline.issues import lapsed
from tests.histories.builders import (
    DAY,
    HOUR,
    TICK,
    WEEK,
    Event,
    a_connection,
    a_contact,
    a_correction,
    a_promise,
    a_queueing,
    a_redirect,
    a_resolution,
    a_retraction,
    a_transfer,
    an_assignment,
    an_event,
    an_opening,
    moment,
)
from tests.oracle import derive
from tests.properties.telling import desks_of, implicit, issue_of, issues_of, journey_of

ELSEWHERE = "+81 3-9999-0000"

# Rule 1: somebody says it.


def test_a_contact_belongs_as_a_whole_to_the_issue_that_one_of_its_events_names() -> None:
    call = [a_contact(0), a_queueing(1), a_connection(2, issue_id="i1", desk="tech")]
    assert (issue_of("k1", *call), issues_of(*call)) == ("i1", ["i1"])


def test_the_first_name_counts_and_an_event_that_names_another_belongs_there() -> None:
    call = [a_connection(0, desk="a", issue_id="i1"), a_connection(1, desk="b", issue_id="i2"), a_queueing(2)]
    assert issue_of("k1", *call) == "i1"
    assert (desks_of(*call), desks_of(*call, issue="i2")) == ([["a"]], [["b"]])


def test_a_promise_made_in_the_contact_may_say_it_too() -> None:
    assert issue_of("k1", a_contact(0), a_promise(9, contact_id="k1", issue_id="i1")) == "i1"


# Rule 2: the customer came where we had told them to go.


@pytest.mark.parametrize("entry_point", ["+81399990000", "+81 (3) 9999-0000", "+81 3-9999-0000"])
def test_a_customer_who_rings_the_number_we_gave_still_has_the_same_problem(entry_point: str) -> None:
    sent = [a_connection(0, issue_id="i1", desk="front"), a_redirect(1, contact_id="k1", told=ELSEWHERE)]
    came = a_contact(HOUR, contact_id="k2", entry_point=entry_point, topic="something else")
    assert issue_of("k2", *sent, came) == "i1"


def test_an_address_may_be_written_in_many_ways() -> None:
    sent = a_redirect(0, issue_id="i1", told="https://Help.example/Account/?from=mail")
    assert issue_of("k2", sent, a_contact(1, contact_id="k2", entry_point="help.example/account")) == "i1"


def test_being_connected_to_the_desk_we_named_is_coming_there() -> None:
    sent = a_redirect(0, issue_id="i1", told=ELSEWHERE, to_desk="billing")
    came = [a_contact(1, contact_id="k2"), a_connection(2, contact_id="k2", desk="billing")]
    assert issue_of("k2", sent, *came) == "i1"


def test_a_day_later_it_is_no_longer_because_of_what_we_said() -> None:
    sent, way = a_redirect(0, issue_id="i1", told=ELSEWHERE), {"contact_id": "k2", "entry_point": ELSEWHERE}
    assert issue_of("k2", sent, a_contact(DAY, **way)) == "i1"
    away = [an_opening(-1, issue_id="i9"), sent, a_resolution(1, issue_id="i1")]
    assert issue_of("k2", *away, a_contact(DAY, **way)) == "i1"
    assert issue_of("k2", *away, a_contact(DAY + TICK, **way)) == "i9"


def test_of_several_redirects_that_fit_the_last_counts() -> None:
    sent = [a_redirect(0, issue_id="i1", told=ELSEWHERE), a_redirect(1, issue_id="i2", told=ELSEWHERE)]
    assert issue_of("k2", *sent, a_contact(2, contact_id="k2", entry_point=ELSEWHERE)) == "i2"


# Rule 3: the open problem that was touched last.


def test_who_calls_again_within_seven_days_calls_about_the_same() -> None:
    first = a_contact(0)
    assert issue_of("k2", first, a_contact(WEEK - TICK, contact_id="k2")) == implicit("k1")
    assert issue_of("k2", first, a_contact(WEEK, contact_id="k2")) == implicit("k2")


def test_unless_both_say_what_it_is_about_and_it_is_not_the_same() -> None:
    bill = a_contact(0, topic="bill")
    assert issue_of("k2", bill, a_contact(HOUR, contact_id="k2", topic="bill")) == implicit("k1")
    assert issue_of("k2", bill, a_contact(HOUR, contact_id="k2")) == implicit("k1")
    assert issue_of("k2", bill, a_contact(HOUR, contact_id="k2", topic="line")) == implicit("k2")


@pytest.mark.parametrize("said", [an_opening, an_assignment])
def test_an_issue_takes_the_topic_that_is_said_of_it(said: Callable[..., Event]) -> None:
    log = [said(0, issue_id="i1", topic="bill"), a_contact(1, contact_id="k1", topic="line")]
    assert issue_of("k1", *log) == implicit("k1")
    assert issue_of("k1", log[0], a_contact(1, contact_id="k1", topic="bill")) == "i1"


def test_an_issue_takes_the_first_topic_given() -> None:
    log = [a_contact(0), a_contact(1, contact_id="k2", topic="bill"), a_contact(2, contact_id="k3", topic="line")]
    assert issue_of("k2", *log) == implicit("k1")
    assert issue_of("k3", *log) == implicit("k3")


def test_a_resolved_problem_is_over() -> None:
    log = [a_contact(0), a_resolution(1, contact_id="k1"), a_contact(2, contact_id="k2")]
    assert issue_of("k2", *log) == implicit("k2")


def test_a_call_of_ours_is_about_no_problem_unless_it_says_so() -> None:
    assert issue_of("k2", a_contact(0), a_contact(1, contact_id="k2", direction="outbound")) is None


def test_a_contact_of_which_nobody_said_who_called_is_read_as_the_customers() -> None:
    assert issue_of("k1", a_queueing(0)) == implicit("k1")


# Rule 4: a new one.


def test_a_problem_that_nobody_named_has_the_id_of_the_contact_that_brought_it() -> None:
    assert issues_of(a_contact(0)) == [derive(["issue", "c-1", "k1"])]


def test_a_redirect_without_a_contact_brings_one_of_its_own() -> None:
    sent = a_redirect(0, id="e1")
    assert issues_of(sent) == [derive(["issue", "c-1", sent["source"], "e1"])]
    assert issues_of(an_opening(-1), sent) == ["i1"]


def test_a_transfer_without_a_contact_continues_what_is_open() -> None:
    assert desks_of(an_opening(0), a_transfer(1, contact_id=None, from_desk="a", to_desk="b")) == [["a", "b"]]


# Open, touched, lapsed.


def test_a_problem_that_somebody_named_never_lapses() -> None:
    given = journey_of(an_opening(0)).timeline.issues["i1"]
    found = journey_of(a_contact(0)).timeline.issues[implicit("k1")]
    late = moment(WEEK)
    assert (lapsed(given, late), lapsed(found, late), lapsed(found, moment(WEEK - TICK))) == (False, True, False)


def test_a_resolved_problem_opens_again_with_the_next_desk() -> None:
    log = [an_opening(0), a_resolution(1, issue_id="i1")]
    assert not journey_of(*log).timeline.issues["i1"].open
    assert journey_of(*log, an_assignment(2, desk="tech")).timeline.issues["i1"].open


def test_notes_and_thanks_belong_to_the_person_not_to_a_problem() -> None:
    assert issues_of(an_event("situation.noted", 0), an_event("feedback.given", 1)) == []


# The order and corrections.


def test_a_late_event_may_change_what_a_contact_was_about() -> None:
    call = [a_contact(0), a_connection(2, desk="front")]
    assert issues_of(*call) == [implicit("k1")]
    assert issues_of(*call, a_queueing(1, issue_id="i1")) == ["i1"]


def test_a_correction_takes_the_place_of_what_it_corrects() -> None:
    wrong = an_assignment(0, desk="fornt")
    assert desks_of(wrong, an_assignment(1, desk="tech"), a_correction(wrong, 5, desk="front")) == [["front", "tech"]]


def test_of_several_corrections_the_latest_counts() -> None:
    wrong = an_assignment(0, desk="a")
    first, second = a_correction(wrong, 8, desk="b"), a_correction(wrong, 5, desk="c")
    assert desks_of(wrong, first, second) == [["b"]]


def test_what_is_retracted_never_was() -> None:
    mistaken = an_assignment(0, desk="a")
    assert desks_of(mistaken, an_assignment(1, desk="b"), a_retraction(mistaken, 5)) == [["b"]]


def test_a_correction_or_retraction_may_come_before_what_it_is_about() -> None:
    wrong = an_assignment(0, desk="a")
    assert desks_of(a_correction(wrong, 5, desk="b"), wrong) == [["b"]]
    assert desks_of(a_retraction(wrong, 5), wrong) == []
