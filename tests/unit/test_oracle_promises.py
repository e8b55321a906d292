"""The life of a promise: the sentences of definitions.md as examples. `p1` is due after a day, with an hour's grace."""

import pytest

from tests.histories.builders import (
    DAY,
    HOUR,
    MINUTE,
    TICK,
    WEEK,
    Event,
    Offset,
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
from tests.oracle import BY_ALL_FACTS, Life, accept, life, promise_figures, promises, timeline

DEADLINE = DAY + HOUR


def made(**fields: object) -> Event:
    return a_promise(
        0, **{"id": "made", "due_by": DAY, "grace_s": 3600, "issue_id": "i1", "contact_id": "k1", **fields}
    )


def told(*log: Event, until: Offset | None = None) -> Life:
    promise = promises(timeline(accept(log).facts))["p1"]
    return life(promise, BY_ALL_FACTS if until is None else moment(until))


def ending(*log: Event) -> tuple[str | None, str | None]:
    life_of_it = told(*log)
    return life_of_it.outcome, life_of_it.ended


def test_states_follow_the_window() -> None:
    promise = made(due_by=2 * DAY)
    states = {at: told(promise, until=at).state for at in (0, DAY - TICK, DAY, 2 * DAY + HOUR, 2 * DAY + HOUR + TICK)}
    assert list(states.values()) == ["open", "open", "due", "due", "overdue"]


def test_due_from_makes_it_due_earlier_never_later() -> None:
    early, late = made(due_by=2 * DAY, due_from=HOUR), made(due_by=2 * DAY, due_from=2 * DAY)
    assert [told(early, until=at).state for at in (HOUR - TICK, HOUR)] == ["open", "due"]
    assert [told(late, until=at).state for at in (DAY - TICK, DAY)] == ["open", "due"]


def test_the_outcome_is_decided_after_due_by_and_grace() -> None:
    assert told(made(), until=DEADLINE).outcome is None
    assert told(made(), until=DEADLINE + TICK).outcome == "missed"


def test_without_due_by_it_is_due_24_hours_after_it_was_made() -> None:
    assert told(made(due_by=None, grace_s=None)).window.deadline == moment(DAY)


@pytest.mark.parametrize("at", [-HOUR, MINUTE, DEADLINE])
def test_kept_in_time_early_too(at: Offset) -> None:
    for keep in (
        a_keep(at),
        a_keep(WEEK, kept_at=at),
        an_attempt(at, result="reached"),
        an_attempt(at, result="refused"),
    ):
        assert ending(made(due_from=HOUR), keep) == ("kept", "kept")


def test_kept_early_is_closed_at_once_and_an_outcome_at_the_deadline() -> None:
    log = [made(), a_keep(HOUR)]
    assert [(told(*log, until=at).state, told(*log, until=at).outcome) for at in (HOUR, DEADLINE, DEADLINE + TICK)] == [
        ("closed", None),
        ("closed", None),
        ("closed", "kept"),
    ]


def test_kept_after_the_window_is_late_and_the_outcome_stays() -> None:
    assert ending(made(), a_keep(DEADLINE + TICK)) == ("missed", "late")
    assert told(made(), a_keep(WEEK)).made_good == "late"


@pytest.mark.parametrize("result", ["no_answer", "busy", "machine"])
def test_an_attempt_from_the_windows_start_to_its_end(result: str) -> None:
    promise = made(due_from=HOUR)
    for at, outcome in ((HOUR - TICK, "missed"), (HOUR, "attempted_in_time"), (DEADLINE, "attempted_in_time")):
        assert ending(promise, an_attempt(at, result=result)) == (outcome, None)
    assert ending(promise, an_attempt(DEADLINE + TICK, result=result)) == ("missed", None)


def test_a_failed_attempt_is_nothing() -> None:
    assert ending(made(), an_attempt(HOUR, result="failed")) == ("missed", None)


def test_an_attempt_leaves_a_debt() -> None:
    log = [made(), an_attempt(HOUR)]
    assert told(*log, until=DEADLINE + TICK).state == "overdue"
    assert ending(*log, a_keep(WEEK)) == ("attempted_in_time", "late")


def test_cancelled_in_time_or_after() -> None:
    assert ending(made(), a_cancellation(DEADLINE)) == ("cancelled", "cancelled")
    assert ending(made(), a_cancellation(DEADLINE + TICK)) == ("missed", "cancelled")
    assert told(made(), a_cancellation(HOUR), until=HOUR).outcome == "cancelled"


@pytest.mark.parametrize(
    ("kind", "outcome"),
    [
        ("callback", "superseded"),
        ("reply", "superseded"),
        ("repair", "missed"),
        ("visit", "missed"),
        ("other", "missed"),
    ],
)
def test_superseded_by_getting_through(kind: str, outcome: str) -> None:
    connected = a_connection(DEADLINE, contact_id="k2", issue_id="i1")
    assert told(made(kind=kind), connected).outcome == outcome


def test_getting_through_after_the_window_is_late_by_customer() -> None:
    connected = a_connection(DEADLINE + TICK, contact_id="k2", issue_id="i1")
    assert ending(made(), connected) == ("missed", "late_by_customer")


def test_only_another_inbound_contact_on_the_same_issue_after_it_was_made() -> None:
    nothing = [
        a_connection(HOUR, contact_id="k1", issue_id="i1"),
        a_connection(HOUR, contact_id="k3", issue_id="i2"),
        a_connection(-HOUR, contact_id="k4", issue_id="i1"),
        a_contact(0, contact_id="k5", direction="outbound"),
        a_connection(HOUR, contact_id="k5", issue_id="i1"),
    ]
    assert ending(made(), *nothing) == ("missed", None)


@pytest.mark.parametrize("kind", ["callback", "reply", "visit"])
def test_a_resolution_must_be_confirmed_by_the_customer(kind: str) -> None:
    for confirmed_by, outcome in (("customer", "superseded"), ("agent", "missed"), ("silence", "missed")):
        resolution = a_resolution(HOUR, issue_id="i1", confirmed_by=confirmed_by)
        assert told(made(kind=kind), resolution).outcome == outcome


@pytest.mark.parametrize("kind", ["repair", "other"])
def test_any_resolution_ends_a_repair(kind: str) -> None:
    assert ending(made(kind=kind), a_resolution(DEADLINE, issue_id="i1")) == ("superseded", "superseded")
    assert ending(made(kind=kind), a_resolution(WEEK, issue_id="i1")) == ("missed", "issue_resolved")


def test_rescheduling_in_time_moves_the_window() -> None:
    log = [made(), a_reschedule(DEADLINE, due_by=3 * DAY, by="customer")]
    moved = told(*log)
    assert (moved.outcome, moved.moves, moved.window.deadline) == ("missed", ["customer"], moment(3 * DAY))
    assert moved.first == moved.window
    assert ending(*log, a_keep(3 * DAY)) == ("kept", "kept")
    assert ending(*log, an_attempt(DEADLINE - TICK)) == ("missed", None)
    assert ending(*log, an_attempt(DEADLINE)) == ("attempted_in_time", None)


def test_rescheduling_afterwards_opens_a_recovery_window() -> None:
    log = [made(), a_reschedule(WEEK, due_by=2 * WEEK)]
    recovery = told(*log, until=WEEK)
    assert (recovery.state, recovery.outcome, recovery.moves) == ("open", "missed", [])
    assert told(*log, until=2 * WEEK + TICK).state == "overdue"
    assert ending(*log, a_keep(2 * WEEK)) == ("missed", "late")
    assert recovery.first is not None
    assert recovery.first.deadline == moment(DEADLINE)


def test_a_promise_is_made_by_the_first_promise_made_in_the_order() -> None:
    log = [made(), a_promise(HOUR, id="again", due_by=WEEK)]
    assert told(*log).window.deadline == moment(DEADLINE)


def test_the_owner_is_who_it_was_reassigned_to_last() -> None:
    log = [made(), a_reassignment(2, owner={"desk": "B"}), a_reassignment(1, owner={"desk": "A"})]
    assert told(*log).owner == {"desk": "B"}
    assert told(*log, until=1).owner == {"desk": "A"}


def test_at_replaces_time_also_for_the_order_of_a_life() -> None:
    log = [made(), a_cancellation(2 * HOUR), a_keep(3 * HOUR, kept_at=HOUR)]
    assert ending(*log) == ("kept", "kept")
    assert told(made(), a_keep(3 * HOUR, kept_at=HOUR), until=2 * HOUR).state == "closed"


def test_a_promise_of_the_contact_that_is_superseded_on_its_issue() -> None:
    log = [an_opening(-1), a_contact(0), a_promise(1, contact_id="k1", due_by=DAY)]
    assert ending(*log, a_connection(HOUR, contact_id="k2")) == ("superseded", "superseded")


def test_the_report_as_of_a_time() -> None:
    log = [
        made(promise_id="kept"),
        a_keep(HOUR, promise_id="kept"),
        made(promise_id="late"),
        a_keep(WEEK, promise_id="late"),
        made(promise_id="overdue"),
        made(promise_id="not due", due_by=3 * WEEK),
        made(promise_id="other"),
        a_cancellation(HOUR, promise_id="other"),
        made(promise_id="not stated", due_by=None),
        a_promise(2 * WEEK, promise_id="not yet made"),
    ]
    log = [{**event, "id": str(place)} for place, event in enumerate(log)]
    every = promises(timeline(accept(log).facts)).values()
    words = ("kept", "late", "overdue", "not_due", "other", "not_stated")
    assert promise_figures(every, moment(WEEK)) == dict.fromkeys(words, 1)
    assert promise_figures(every, moment(HOUR))["kept"] == 1
