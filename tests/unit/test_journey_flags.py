"""Flags: what is raised, withdrawn and settled, and why; definitions.md, "Flags", as examples."""

import pytest

from services.journey.domain.journey import begin
from tests.histories.builders import (
    DAY,
    HOUR,
    TICK,
    Event,
    a_cancellation,
    a_connection,
    a_keep,
    a_miss,
    a_promise,
    a_reopening,
    a_reschedule,
    a_resolution,
    a_retraction,
    an_assignment,
    an_attempt,
)
from tests.oracle import derive
from tests.properties.reading import read
from tests.properties.telling import evidence_of, flags_of, journey_of, published, severity_of

YEAR = 365 * DAY


def around(*desks: str, at: float = 0) -> list[Event]:
    return [an_assignment(at + n, issue_id="i1", desk=desk) for n, desk in enumerate(desks)]


RUNAROUND = around("a", "b", "c")
PROMISE = a_promise(0, due_by=DAY)
MISSED = [PROMISE, a_miss(DAY)]


def resolved(at: float) -> Event:
    return a_resolution(at, issue_id="i1")


# Raised, settled, withdrawn.


def test_a_flag_stands_until_the_problem_is_resolved() -> None:
    assert flags_of(*RUNAROUND) == {"runaround": "raised"}
    assert flags_of(*RUNAROUND, resolved(9)) == {"runaround": "settled"}
    assert published(*RUNAROUND, resolved(9)) == ["raised", "settled"]


def test_settled_stays_true_for_ever() -> None:
    assert flags_of(*RUNAROUND, resolved(9), a_reopening(10), *around("a", at=11)) == {"runaround": "settled"}


def test_a_problem_that_is_passed_around_again_is_flagged_again() -> None:
    again = [*RUNAROUND, resolved(9), *around("a", "b", "c", at=10)]
    assert flags_of(*again) == {"runaround": "raised"}
    assert published(*again) == ["raised", "settled", "raised"]


def test_a_late_report_of_what_happened_before_the_resolution_raises_and_settles_at_once() -> None:
    assert published(RUNAROUND[0], RUNAROUND[1], resolved(9), RUNAROUND[2]) == ["raised", "settled"]


def test_what_was_never_true_is_withdrawn() -> None:
    assert published(*RUNAROUND, a_retraction(RUNAROUND[1], 9)) == ["raised", "withdrawn"]
    assert flags_of(*RUNAROUND, a_retraction(RUNAROUND[1], 9)) == {}


def test_raised_withdrawn_and_raised_again_are_three_events() -> None:
    back = an_assignment(0.5, id="again", issue_id="i1", desk="b")
    _, said = read([*RUNAROUND, a_retraction(RUNAROUND[1], 9), back])
    assert [one.transition for one in said] == ["raised", "withdrawn", "raised"]
    assert len({one.event_id for one in said}) == 3


def test_the_id_says_which_flag_and_which_event_was_being_read() -> None:
    _, [raised] = read(RUNAROUND)
    flag = derive(["flag", "c-1", "runaround", "i1"])
    assert raised.event_id == derive([flag, "raised", RUNAROUND[2]["source"], RUNAROUND[2]["id"]])


def test_growing_evidence_is_shown_and_not_published_again() -> None:
    more = around("d", "e", at=3)
    assert published(*RUNAROUND, *more) == ["raised"]
    assert evidence_of("runaround", *RUNAROUND, *more) == [event["id"] for event in (*RUNAROUND, *more)]


def test_evidence_of_several_sequences_that_show_it_adds_up() -> None:
    again = around("a", "b", "c", at=20)
    plain = around("a", "b", at=10)
    log = [*RUNAROUND, resolved(9), *plain, resolved(19), *again]
    assert evidence_of("runaround", *log) == [event["id"] for event in (*RUNAROUND, *again)]


# A promise that was missed.


def test_time_alone_raises_nothing_the_announcement_does() -> None:
    assert flags_of(PROMISE) == {}
    assert flags_of(*MISSED) == {"missed_promise": "raised"}
    assert evidence_of("missed_promise", *MISSED) == [PROMISE["id"]]


def test_made_good_after_the_deadline_it_was_missed_without_any_announcement() -> None:
    assert published(PROMISE, a_keep(DAY + TICK)) == ["raised", "settled"]
    assert published(PROMISE, a_keep(DAY)) == []


@pytest.mark.parametrize(
    ("event", "why"),
    [
        (a_keep(DAY + HOUR), "made_good"),
        (an_attempt(DAY + HOUR, result="reached"), "made_good"),
        (a_cancellation(DAY + HOUR), "cancelled"),
    ],
)
def test_it_is_settled_when_nothing_is_left_to_do(event: Event, why: str) -> None:
    [flag] = journey_of(*MISSED, event).flags.values()
    assert flag.settled == why


def test_a_resolution_settles_it_only_where_it_settles_the_debt() -> None:
    """An agent who promises to ring back and closes the ticket still owes the call."""
    owed = [a_promise(0, due_by=DAY, issue_id="i1"), a_miss(DAY)]
    assert flags_of(*owed, a_resolution(DAY + HOUR, issue_id="i1", confirmed_by="agent"))["missed_promise"] == "raised"
    closed = a_resolution(DAY + HOUR, issue_id="i1", confirmed_by="customer")
    assert flags_of(*owed, closed)["missed_promise"] == "settled"


def test_a_customer_who_gets_through_late_settles_it() -> None:
    rang = a_connection(DAY + HOUR, contact_id="k2", issue_id="i1")
    assert flags_of(a_promise(0, due_by=DAY, issue_id="i1"), a_miss(DAY), rang)["missed_promise"] == "settled"


@pytest.mark.parametrize("late_news", [a_keep(HOUR), an_attempt(HOUR), a_reschedule(HOUR, due_by=3 * DAY)])
def test_what_happened_in_time_and_is_told_late_takes_it_back(late_news: Event) -> None:
    assert published(*MISSED, late_news) == ["raised", "withdrawn"]


def test_an_announcement_for_another_deadline_is_none_for_this() -> None:
    moved = a_reschedule(HOUR, due_by=2 * DAY)
    assert flags_of(PROMISE, moved, a_miss(DAY)) == {}
    assert flags_of(PROMISE, moved, a_miss(2 * DAY)) == {"missed_promise": "raised"}


def test_imported_history_raises_no_flag() -> None:
    assert flags_of(a_promise(0, due_by=DAY, historic=True), a_keep(DAY + HOUR)) == {}


# How bad it is.


def test_a_flag_is_as_severe_as_the_promises_we_broke_in_the_year_before() -> None:
    broken = [a_promise(0, due_by=1), a_miss(1)]
    assert severity_of("runaround", *RUNAROUND) == 1
    assert severity_of("runaround", *broken, *around("a", "b", "c", at=9)) == 2
    after_a_year = [an_assignment(YEAR + n * TICK, issue_id="i1", desk=d) for n, d in enumerate("abc", 1_000_000 - 2)]
    assert severity_of("runaround", *broken, *after_a_year) == 2
    later = [an_assignment(YEAR + n * TICK, issue_id="i1", desk=d) for n, d in enumerate("abc", 1_000_000 - 1)]
    assert severity_of("runaround", *broken, *later) == 1


def test_a_missed_promise_does_not_count_itself() -> None:
    assert severity_of("missed_promise", *MISSED) == 1


def test_nothing_happened_nothing_stands() -> None:
    assert begin("c-1").flags == {}
