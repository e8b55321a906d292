"""Owed callbacks and the clock: the sentences of definitions.md as examples."""

import pytest

from tests.histories.builders import (
    BEGIN,
    DAY,
    FOLLOWUP,
    HOUR,
    MINUTE,
    TICK,
    WEEK,
    Event,
    Offset,
    a_connection,
    a_contact,
    a_correction,
    a_cut,
    a_keep,
    a_promise,
    a_queueing,
    a_reschedule,
    a_retraction,
    an_attempt,
    an_end,
    moment,
)
from tests.histories.followed import with_followup
from tests.oracle import accept, callbacks, derive, flags, life, missed, promises, stamp, timeline

OWED = derive(["owed", "c-1", "k1"])
CANCELLED = derive(["owed", "c-1", "k1", "cancelled"])


def published(*log: Event) -> list[tuple[int, str]]:
    return [(each.index, each.event["id"]) for each in callbacks(log)]


def announced(*log: Event, now: Offset) -> list[tuple[str, bool]]:
    return [(each.id, each.made_good) for each in missed(accept(log).facts, moment(now))]


def miss_id(deadline: Offset, promise_id: str = "p1") -> str:
    return derive(["missed", "c-1", promise_id, stamp(moment(deadline))])


def test_a_cut_in_the_queue_after_a_minute_owes_a_callback() -> None:
    log = [a_contact(0), a_queueing(10, desk="tech"), a_cut(70)]
    [publication] = callbacks(log)
    assert publication.index == 2
    event = publication.event
    assert (event["id"], event["source"], event["type"]) == (OWED, FOLLOWUP, "promise.made")
    assert event["time"] == stamp(moment(70))
    assert event["data"]["promise_id"] == OWED
    assert event["data"]["kind"] == "callback"
    assert event["data"]["contact_id"] == "k1"
    assert event["data"]["owner"] == {"desk": "tech"}
    assert "due_by" not in event["data"]


@pytest.mark.parametrize(
    ("log", "owes"),
    [
        ([a_cut(0, wait_s=60)], True),
        ([a_cut(0, wait_s=59)], False),
        ([a_cut(0, wait_s=60, phase="menu")], True),
        ([a_cut(0, wait_s=60, phase="talk")], False),
        ([an_end(0, wait_s=60, phase="queue")], False),
        ([an_end(0, wait_s=60, phase="queue", ended_by="telecom")], False),
        ([a_cut(0)], False),
        ([a_contact(0), a_cut(60)], True),
        ([a_contact(0), a_cut(60 - 0.000001)], False),
        ([a_contact(0), a_queueing(1), a_cut(60)], False),
        ([a_contact(0), a_queueing(1), a_cut(60, wait_s=60)], True),
        ([a_queueing(0, id="1"), a_queueing(30, id="2"), a_cut(60)], False),
    ],
)
def test_which_cuts_owe(log: list[Event], owes: bool) -> None:
    assert bool(published(*log)) is owes


def test_the_owner_without_a_queue_is_the_default_desk() -> None:
    [publication] = callbacks([a_cut(0, wait_s=60, phase="menu")], default_desk="care")
    assert publication.event["data"]["owner"] == {"desk": "care"}


def test_another_promise_of_the_contact_means_nothing_is_owed() -> None:
    cut, promise = a_cut(0, wait_s=60), a_promise(HOUR, contact_id="k1")
    assert published(promise, cut) == []
    assert published(cut, promise) == [(0, OWED), (1, CANCELLED)]
    assert published(cut, a_promise(HOUR, contact_id="k2")) == [(0, OWED)]


def test_a_voided_cut_cancels_for_good_at_the_time_of_the_cut() -> None:
    cut, promise = a_cut(5, wait_s=60), a_promise(HOUR, contact_id="k1")
    log = [cut, promise, a_retraction(promise, 1)]
    assert published(*log) == [(0, OWED), (1, CANCELLED)]
    voided = [cut, a_correction(cut, 9, ended_by="customer")]
    assert callbacks(voided)[1].event["time"] == stamp(moment(5))


def test_a_promise_that_was_retracted_before_the_cut_is_none() -> None:
    promise = a_promise(HOUR, contact_id="k1")
    log = [promise, a_cut(0, wait_s=60), a_retraction(promise, 1)]
    assert published(*log) == [(2, OWED)]


def test_nothing_is_published_that_is_on_the_log() -> None:
    log = with_followup([a_cut(0, wait_s=60), a_promise(HOUR, contact_id="k1")])
    assert [each["id"] for each in log if each["source"] == FOLLOWUP] == [OWED, CANCELLED]
    assert published(*log) == [(0, OWED), (2, CANCELLED)]
    assert published(log[3], *log) == []


def test_a_promise_that_stands_on_the_log_without_its_cut_is_cancelled() -> None:
    cut, owed = with_followup([a_cut(0, wait_s=60)])
    assert published(owed, cut) == [(0, CANCELLED)]


def test_the_owed_callback_is_cancelled_or_superseded_like_others() -> None:
    cut = a_cut(0, wait_s=60)
    log = with_followup([a_queueing(-HOUR), cut, a_connection(HOUR, contact_id="k2")])
    assert life(promises(timeline(accept(log).facts))[OWED]).outcome == "superseded"
    log = with_followup([cut, a_promise(HOUR, contact_id="k1")])
    assert life(promises(timeline(accept(log).facts))[OWED]).outcome == "cancelled"


def test_a_miss_is_announced_after_the_deadline_never_at_it() -> None:
    promise = a_promise(0, due_by=DAY, grace_s=60)
    assert announced(promise, now=DAY + MINUTE) == []
    assert announced(promise, now=DAY + MINUTE + TICK) == [(miss_id(DAY + MINUTE), False)]


def test_it_is_announced_also_when_made_good_meanwhile() -> None:
    log = [a_promise(0, due_by=DAY), a_keep(2 * DAY)]
    assert announced(*log, now=DAY + TICK) == [(miss_id(DAY), False)]
    assert announced(*log, now=WEEK) == [(miss_id(DAY), True)]


def test_attempts_keeps_and_history_are_not_announced() -> None:
    assert announced(a_promise(0, due_by=DAY), an_attempt(HOUR), now=WEEK) == []
    assert announced(a_promise(0, due_by=DAY), a_keep(DAY), now=WEEK) == []
    assert announced(a_promise(0, due_by=DAY, historic=True), now=WEEK) == []


def test_a_moved_window_is_announced_and_a_recovery_window_is_not() -> None:
    promise = a_promise(0, due_by=DAY)
    assert announced(promise, a_reschedule(HOUR, due_by=2 * DAY), now=WEEK) == [(miss_id(2 * DAY), False)]
    assert announced(promise, a_reschedule(2 * DAY, due_by=3 * DAY), now=WEEK) == [(miss_id(DAY), False)]


def test_an_announcement_says_when_and_what() -> None:
    [miss] = missed(accept([a_promise(0, due_by=DAY, grace_s=60), an_attempt(2 * DAY)]).facts, moment(WEEK))
    event = miss.event(detected_at=moment(WEEK))
    assert event["time"] == stamp(moment(DAY + MINUTE))
    assert event["data"] == {
        "promise_id": "p1",
        "due_by": stamp(moment(DAY)),
        "grace_s": 60,
        "detected_at": stamp(moment(WEEK)),
        "attempts_outside": 1,
        "made_good": False,
        "owner": {"desk": "tech"},
    }


def test_the_announcement_raises_the_flag() -> None:
    log = with_followup([a_promise(0, due_by=DAY)], [(1, BEGIN + WEEK)])
    assert [(each.kind, each.state) for each in flags(accept(log).facts).values()] == [("missed_promise", "raised")]
