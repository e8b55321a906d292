"""The life of a promise: definitions.md, "Promises", as examples.

Given a promise made on Monday at nine, due the next day at nine with an hour's grace, and what happened then; when
somebody asks at some time, then it is so.
"""

from datetime import timedelta

import pytest

from tests.histories.builders import (
    DAY,
    HOUR,
    MINUTE,
    TICK,
    WEEK,
    Event,
    a_cancellation,
    a_connection,
    a_contact,
    a_keep,
    a_promise,
    a_reassignment,
    a_reschedule,
    a_resolution,
    an_attempt,
    an_opening,
    moment,
)
from tests.properties.telling import journey_of, promise_of

MADE = a_promise(0, due_by=DAY, grace_s=3600)
DEADLINE = DAY + HOUR


def outcome(*events: Event, made: Event = MADE) -> str | None:
    return promise_of(made, *events).outcome


# Its window.


def test_it_is_due_from_a_day_before_and_overdue_after_the_grace() -> None:
    assert promise_of(MADE, as_of=0).state == "due"
    assert promise_of(MADE, as_of=DEADLINE).state == "due"
    assert promise_of(MADE, as_of=DEADLINE + TICK).state == "overdue"


def test_long_before_it_is_open() -> None:
    made = a_promise(0, due_by=WEEK)
    assert promise_of(made, as_of=WEEK - DAY - TICK).state == "open"
    assert promise_of(made, as_of=WEEK - DAY).state == "due"


def test_a_window_that_begins_earlier_is_due_from_its_beginning() -> None:
    made = a_promise(0, due_from=2 * DAY, due_by=WEEK)
    assert promise_of(made, as_of=2 * DAY - TICK).state == "open"
    assert promise_of(made, as_of=2 * DAY).state == "due"


def test_without_a_time_it_is_due_within_a_day_and_not_explicit() -> None:
    promise = journey_of(a_promise(0, explicit=True)).promises["p1"]
    assert promise.made is not None
    assert promise.made.window.due_by == moment(DAY)
    assert not promise.made.explicit


def test_the_first_making_counts() -> None:
    again = a_promise(HOUR, due_by=WEEK, owner={"desk": "billing"})
    assert promise_of(MADE, again).window.due_by == moment(DAY)
    assert promise_of(MADE, again).owner.desk == "tech"


# Kept, tried, missed.


@pytest.mark.parametrize("result", ["reached", "refused", None], ids=["reached", "refused", "kept"])
def test_doing_what_we_promised_is_keeping_it(result: str | None) -> None:
    def done(at: timedelta) -> Event:
        return a_keep(at) if result is None else an_attempt(at, result=result)

    assert outcome(done(timedelta(0))) == "kept"
    assert outcome(done(DEADLINE)) == "kept"
    late = promise_of(MADE, done(DEADLINE + TICK))
    assert (late.outcome, late.made_good) == ("missed", "late")


def test_kept_early_is_kept_once_the_window_has_passed_and_closed_at_once() -> None:
    early = promise_of(MADE, a_keep(MINUTE), as_of=HOUR)
    assert (early.state, early.outcome) == ("closed", None)
    assert promise_of(MADE, a_keep(MINUTE), as_of=DEADLINE + TICK).outcome == "kept"


def test_a_keep_counts_when_it_happened_not_when_it_was_written_down() -> None:
    assert outcome(a_keep(WEEK, kept_at=HOUR)) == "kept"


@pytest.mark.parametrize("result", ["no_answer", "busy", "machine"])
def test_a_try_in_the_window_is_no_miss_and_still_a_debt(result: str) -> None:
    tried = promise_of(MADE, an_attempt(DEADLINE, result=result))
    assert (tried.outcome, tried.is_debt) == ("attempted_in_time", True)


def test_a_try_before_the_window_or_after_it_is_no_excuse() -> None:
    made = a_promise(0, due_from=HOUR, due_by=DAY)
    assert outcome(an_attempt(HOUR - TICK), made=made) == "missed"
    assert outcome(an_attempt(HOUR), made=made) == "attempted_in_time"
    assert outcome(an_attempt(DAY + TICK), made=made) == "missed"


def test_a_try_that_failed_on_our_side_is_nothing() -> None:
    assert outcome(an_attempt(HOUR, result="failed")) == "missed"


def test_expiry_is_never_an_ending() -> None:
    years_later = promise_of(MADE, as_of=1000 * DAY)
    assert (years_later.state, years_later.outcome, years_later.is_debt) == ("overdue", "missed", True)


def test_making_good_ends_the_debt_and_the_outcome_stays() -> None:
    made_good = promise_of(MADE, a_keep(3 * DAY))
    assert (made_good.outcome, made_good.made_good, made_good.is_debt) == ("missed", "late", False)


# The customer gets through, or the problem is solved.

ON_ISSUE = a_promise(0, due_by=DAY, issue_id="i1", contact_id="k1")


def rang(at: timedelta, contact_id: str = "k2", direction: str = "inbound") -> list[Event]:
    start = a_contact(at, contact_id=contact_id, direction=direction)
    return [start, a_connection(at, contact_id=contact_id, issue_id="i1")]


def test_who_gets_through_to_us_about_it_need_not_be_called_back() -> None:
    assert outcome(*rang(HOUR), made=ON_ISSUE) == "superseded"


def test_not_by_the_very_contact_in_which_it_was_promised() -> None:
    assert outcome(*rang(HOUR, contact_id="k1"), made=ON_ISSUE) == "missed"


def test_not_by_a_call_of_ours_nor_about_another_problem() -> None:
    assert outcome(*rang(HOUR, direction="outbound"), made=ON_ISSUE) == "missed"
    other = a_connection(HOUR, contact_id="k2", issue_id="i2")
    assert outcome(other, made=ON_ISSUE) == "missed"


def test_a_customer_who_had_to_ring_again_after_the_time_made_it_good_for_us() -> None:
    late = promise_of(ON_ISSUE, *rang(DAY + TICK))
    assert (late.outcome, late.made_good) == ("missed", "late_by_customer")


def test_a_repair_is_not_done_by_a_call() -> None:
    assert outcome(*rang(HOUR), made=a_promise(0, due_by=DAY, issue_id="i1", kind="repair")) == "missed"


@pytest.mark.parametrize(
    ("kind", "confirmed_by", "expected"),
    [
        ("callback", "agent", "missed"),
        ("callback", "customer", "superseded"),
        ("reply", "silence", "missed"),
        ("visit", "agent", "missed"),
        ("visit", "customer", "superseded"),
        ("repair", "agent", "superseded"),
        ("other", "silence", "superseded"),
    ],
)
def test_a_solved_problem_ends_what_it_makes_needless(kind: str, confirmed_by: str, expected: str) -> None:
    """An agent who promises to ring back and closes the ticket still owes the call."""
    made = a_promise(0, due_by=DAY, issue_id="i1", kind=kind)
    assert outcome(a_resolution(HOUR, issue_id="i1", confirmed_by=confirmed_by), made=made) == expected


def test_after_the_time_such_a_resolution_settles_the_debt() -> None:
    solved = a_resolution(2 * DAY, issue_id="i1", confirmed_by="customer")
    late = promise_of(ON_ISSUE, solved)
    assert (late.outcome, late.made_good, late.ending) == ("missed", None, "issue_resolved")


# Moved, handed on, called off.


def test_moved_in_time_it_has_another_window() -> None:
    moved = a_reschedule(DEADLINE, due_by=3 * DAY, by="customer")
    assert promise_of(MADE, moved, a_keep(3 * DAY)).outcome == "kept"
    assert [by for _, by in promise_of(MADE, moved).moves] == ["customer"]


def test_the_whole_window_is_replaced() -> None:
    assert promise_of(MADE, a_reschedule(HOUR, due_by=3 * DAY)).window.deadline == moment(3 * DAY)


def test_moved_too_late_it_gets_a_recovery_window_and_stays_missed() -> None:
    moved = a_reschedule(DEADLINE + TICK, due_by=3 * DAY)
    recovering = promise_of(MADE, moved, as_of=2 * DAY)
    assert (recovering.state, recovering.outcome, recovering.moves) == ("due", "missed", ())
    assert promise_of(MADE, moved, a_keep(3 * DAY)).made_good == "late"


def test_whoever_it_is_handed_to_owns_it() -> None:
    assert promise_of(MADE, a_reassignment(HOUR, owner={"desk": "billing", "agent": "abe"})).owner.agent == "abe"


def test_called_off_in_time_it_is_cancelled_later_only_the_debt_is() -> None:
    assert outcome(a_cancellation(DEADLINE)) == "cancelled"
    late = promise_of(MADE, a_cancellation(DEADLINE + TICK))
    assert (late.outcome, late.is_debt, late.made_good) == ("missed", False, None)


def test_what_comes_after_the_end_changes_nothing() -> None:
    assert outcome(a_keep(HOUR), a_cancellation(2 * HOUR), an_attempt(3 * HOUR)) == "kept"


# Which problem it belongs to.


def test_a_promise_belongs_to_the_problem_of_the_contact_it_was_made_in() -> None:
    call = [a_contact(0), a_connection(1), an_opening(2, issue_id="i9")]
    journey = journey_of(*call, a_promise(3, contact_id="k1"))
    made = journey.promises["p1"].made
    assert made is not None
    assert made.issue_id == journey.timeline.contacts["k1"].issue


def test_else_to_the_open_problem_that_was_touched_last_else_to_none() -> None:
    def issue(*events: Event) -> str | None:
        made = journey_of(*events).promises["p1"].made
        return made.issue_id if made else None

    assert issue(an_opening(0, issue_id="i1"), an_opening(1, issue_id="i2"), a_promise(2)) == "i2"
    assert issue(a_promise(2)) is None
