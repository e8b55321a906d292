"""The line that hung up on its own: when we owe a callback, and when we did not owe it after all.

definitions.md, "Owed callback"; stories.md S1.
"""

import pytest

from tests.histories.builders import (
    HOUR,
    MINUTE,
    TICK,
    Event,
    a_connection,
    a_contact,
    a_correction,
    a_cut,
    a_promise,
    a_queueing,
    a_retraction,
    an_end,
    time,
)
from tests.oracle import derive
from tests.properties.reading_followup import read

OWED = derive(["owed", "c-1", "k1"])
CANCELLED = derive(["owed", "c-1", "k1", "cancelled"])


def said(*events: Event) -> list[str]:
    """Ids of what followup says on reading these one after the other."""
    return [one.event["id"] for one in read(events)[1]]


@pytest.mark.parametrize(
    ("call", "owes"),
    [
        ([a_queueing(0), a_cut(MINUTE)], True),
        ([a_queueing(0), a_cut(MINUTE - TICK)], False),
        ([a_cut(0, wait_s=60)], True),
        ([a_cut(0, wait_s=59.9)], False),
        ([a_contact(0), a_cut(MINUTE, phase="menu")], True),
        ([a_contact(0), a_queueing(1), a_cut(MINUTE)], False),
        ([a_cut(0)], False),
        ([a_queueing(0), an_end(HOUR, ended_by="customer", phase="queue")], False),
        ([a_queueing(0), an_end(HOUR, ended_by="telecom", phase="queue")], False),
        ([a_queueing(0), a_cut(HOUR, phase="talk")], False),
    ],
    ids=[
        "a minute in the queue",
        "a tick less",
        "the switch measured a minute",
        "the switch measured less",
        "a minute in the menu",
        "counted from the queue, not from the start",
        "nobody knows how long",
        "the customer hung up",
        "the line broke",
        "cut while talking",
    ],
)
def test_a_wait_of_a_minute_that_we_end_is_owed_a_callback(call: list[Event], owes: bool) -> None:
    assert said(*call) == ([OWED] if owes else [])


def test_the_desk_that_kept_the_customer_waiting_rings_back_by_the_time_of_the_cut() -> None:
    [owed] = read([a_queueing(0, desk="tech"), a_queueing(1, desk="billing"), a_cut(HOUR)])[1]
    assert owed.event["data"]["owner"] == {"desk": "billing"}
    assert owed.event["time"] == time(HOUR)


def test_a_queue_that_came_after_the_cut_has_not_kept_anybody_waiting() -> None:
    [owed] = read([a_queueing(2 * HOUR, desk="tech"), a_cut(HOUR, wait_s=60)])[1]
    assert owed.event["data"]["owner"] == {"desk": "front"}


def test_who_promised_to_ring_back_in_that_contact_need_not_be_told() -> None:
    promise = a_promise(MINUTE, contact_id="k1")
    assert said(promise, a_queueing(0), a_cut(HOUR)) == []
    assert said(a_queueing(0), a_cut(HOUR), promise) == [OWED, CANCELLED]
    assert said(a_queueing(0), a_cut(HOUR), a_promise(MINUTE, contact_id="k2")) == [OWED]


def test_a_cut_that_was_none_is_taken_back_for_good() -> None:
    cut = a_cut(HOUR)
    assert said(a_queueing(0), cut, a_retraction(cut, 2 * HOUR)) == [OWED, CANCELLED]
    again = a_cut(HOUR, id="again")
    assert said(a_queueing(0), cut, a_correction(cut, 2 * HOUR, ended_by="customer"), again) == [OWED, CANCELLED]


def test_one_contact_is_owed_one_callback() -> None:
    assert said(a_queueing(0), a_cut(HOUR), a_cut(2 * HOUR)) == [OWED]


def test_the_callback_is_superseded_like_any_other_when_the_customer_gets_through() -> None:
    log = [a_contact(-1), a_queueing(0), a_cut(HOUR)]
    [owed] = read(log)[1]
    customers, _ = read([*log, owed.event, a_connection(2 * HOUR, contact_id="k2")])
    assert customers["c-1"].state.promises[OWED].moments


def test_what_stands_on_the_log_in_our_name_was_said_by_us() -> None:
    """Be it by a worker whose store is lost, or under rules that owed more than ours do."""
    [owed] = read([a_queueing(0), a_cut(HOUR)])[1]
    assert said(owed.event, a_queueing(0), a_cut(HOUR)) == [CANCELLED]
    assert said(a_queueing(0), a_cut(30), owed.event) == [CANCELLED]
