"""Hand-offs, ping-pong, runaround: the rules of definitions.md, sentence by sentence.

Given some events of one customer, then these desks owned the problem, in this order.
"""

import pytest

from services.journey.domain import handoffs
from tests.histories.builders import (
    HOUR,
    TICK,
    Event,
    a_connection,
    a_contact,
    a_failed_transfer,
    a_queueing,
    a_redirect,
    a_reopening,
    a_resolution,
    a_retraction,
    a_transfer,
    an_assignment,
    an_event,
    an_opening,
)
from tests.properties.telling import desks_of, evidence_of, flags_of, implicit, journey_of, published

K1 = implicit("k1")


def through(*desks: str, at: float = 0, issue: str = "i1") -> list[Event]:
    """An issue assigned to one desk after the other, a second apart."""
    return [an_assignment(at + n, issue_id=issue, desk=desk) for n, desk in enumerate(desks)]


# Owning desks: an issue's events assert a desk.


def test_the_desk_that_takes_the_call_owns_the_problem() -> None:
    assert desks_of(a_contact(0), a_connection(1, desk="front"), issue=K1) == [["front"]]


def test_a_desk_that_rings_the_customer_does_not() -> None:
    call = [a_contact(0, direction="outbound"), a_connection(1, desk="sales", issue_id="i1")]
    assert desks_of(*call) == []


def test_waiting_in_a_queue_is_not_owning() -> None:
    assert desks_of(a_contact(0), a_queueing(1, desk="front"), issue=K1) == []


def test_unless_the_customer_waits_where_we_told_them_to_go() -> None:
    told = a_redirect(0, told="+81 3-9999-0000", issue_id="i1")
    came = [a_contact(HOUR, contact_id="k2", entry_point="+81399990000"), a_queueing(HOUR + TICK, contact_id="k2")]
    assert desks_of(told, *came) == [["front"]]


def test_opening_and_assigning_say_the_desk_if_they_give_one() -> None:
    assert desks_of(an_opening(0, desk="front"), an_assignment(1), an_assignment(2, desk="tech")) == [["front", "tech"]]


def test_a_transfer_says_whence_and_whither() -> None:
    assert desks_of(a_transfer(0, from_desk="front", to_desk="tech"), issue=K1) == [["front", "tech"]]


def test_a_transfer_from_a_menu_says_whither_only() -> None:
    assert desks_of(a_transfer(0, to_desk="tech"), issue=K1) == [["tech"]]


def test_a_transfer_that_is_reported_after_the_arrival_says_nothing_new() -> None:
    """The new desk answered at 9:00:02, the old one reports the transfer at 9:00:03."""
    arrival, report = a_connection(2, desk="tech"), a_transfer(3, from_desk="front", to_desk="tech")
    assert desks_of(a_connection(1, desk="front"), arrival, report, issue=K1) == [["front", "tech"]]


def test_a_question_to_another_desk_is_no_transfer() -> None:
    consult = an_event("contact.consulted", 2, with_desk="tech")
    assert desks_of(a_connection(1, desk="front"), consult, issue=K1) == [["front"]]


def test_a_transfer_that_failed_did_not_happen() -> None:
    tried = [a_transfer(2, from_desk="front"), a_failed_transfer(3, from_desk="front")]
    assert desks_of(a_connection(1, desk="front"), *tried, issue=K1) == [["front"]]


def test_one_failure_undoes_one_transfer_the_latest() -> None:
    to, fro = a_transfer(2, from_desk="front"), a_transfer(3, from_desk="tech", to_desk="front")
    again, failed = a_transfer(4, from_desk="front"), a_failed_transfer(5, from_desk="front")
    assert desks_of(to, fro, again, failed, issue=K1) == [["front", "tech", "front"]]


def test_a_failed_transfer_has_not_reopened_its_issue() -> None:
    resolved = [an_opening(0, desk="front"), a_resolution(1, issue_id="i1")]
    tried = [a_transfer(2, from_desk="front", issue_id="i1"), a_failed_transfer(3, from_desk="front")]
    assert not journey_of(*resolved, *tried).timeline.issues["i1"].open


# Sequences.


def test_the_same_desk_again_is_no_step() -> None:
    assert desks_of(*through("front", "front", "tech", "tech")) == [["front", "tech"]]


def test_a_resolution_closes_the_sequence_and_the_next_desk_opens_another() -> None:
    """A B, resolved, B A: two sequences, one hand-off each."""
    log = [*through("a", "b"), a_resolution(5, issue_id="i1"), *through("b", "a", at=6)]
    assert desks_of(*log) == [["a", "b"], ["b", "a"]]
    assert handoffs.ours(journey_of(*log).sequences["i1"]).steps == 2


def test_reopening_alone_says_no_desk() -> None:
    log = [*through("a"), a_resolution(5, issue_id="i1"), a_reopening(6)]
    assert desks_of(*log) == [["a"]]


def test_the_order_is_that_of_what_happened_not_that_of_the_reports() -> None:
    first, second, third = through("a", "b", "c")
    assert desks_of(third, first, second) == desks_of(first, second, third) == [["a", "b", "c"]]


# Hand-offs and returns.


@pytest.mark.parametrize(
    ("desks", "steps", "direct", "any_return"),
    [
        ("a", 0, 0, 0),
        ("ab", 1, 0, 0),
        ("aba", 2, 1, 1),
        ("abca", 3, 0, 1),
        ("abab", 3, 2, 2),
        ("abcab", 4, 0, 2),
    ],
)
def test_steps_and_returns_are_counted(desks: str, steps: int, direct: int, any_return: int) -> None:
    counted = handoffs.ours(journey_of(*through(*desks)).sequences["i1"])
    assert (counted.steps, counted.direct_returns, counted.any_returns) == (steps, direct, any_return)


def test_published_work_counts_over_resolutions_and_we_do_not() -> None:
    log = [*through("a", "b"), a_resolution(5, issue_id="i1"), *through("a", at=6)]
    sequences = journey_of(*log).sequences["i1"]
    assert (handoffs.raw(sequences).direct_returns, handoffs.ours(sequences).direct_returns) == (1, 0)


# Ping-pong and runaround.


def test_there_and_back_and_there_again_is_ping_pong() -> None:
    assert flags_of(*through("a", "b", "a")) == {}
    assert flags_of(*through("a", "b", "a", "b")) == {"ping_pong": "raised"}
    assert flags_of(*through("x", "a", "b", "a", "b"))["ping_pong"] == "raised"


def test_three_desks_are_a_runaround() -> None:
    """たらい回し."""
    assert flags_of(*through("a", "b")) == {}
    assert flags_of(*through("a", "b", "c")) == {"runaround": "raised"}
    assert flags_of(*through("a", "b", "a", "c")) == {"runaround": "raised"}


def test_patterns_are_looked_for_within_one_sequence() -> None:
    assert flags_of(*through("a", "b"), a_resolution(5, issue_id="i1"), *through("a", "b", at=6)) == {}
    assert flags_of(*through("a", "b"), a_resolution(5, issue_id="i1"), *through("c", at=6)) == {}


def test_patterns_are_looked_for_within_one_issue() -> None:
    assert flags_of(*through("a", "b", issue="i1"), *through("a", "b", "a", at=5, issue="i2")) == {}


def test_ping_pong_is_seen_across_calls_and_channels() -> None:
    """The customer calls, is told to write, calls again, is told to write again."""
    log = [
        *(a_contact(0), a_connection(1, desk="phone")),
        *(a_contact(100, contact_id="k2", channel="chat"), a_connection(101, contact_id="k2", desk="chat")),
        *(a_contact(200, contact_id="k3"), a_connection(201, contact_id="k3", desk="phone")),
        *(a_contact(300, contact_id="k4", channel="chat"), a_connection(301, contact_id="k4", desk="chat")),
    ]
    assert flags_of(*log) == {"ping_pong": "raised"}


def test_the_evidence_is_every_step_of_the_sequence_in_order() -> None:
    log = through("x", "a", "b", "a", "b", "y")
    assert evidence_of("ping_pong", *log) == [event["id"] for event in log]


def test_it_is_said_with_the_event_that_completes_the_pattern() -> None:
    assert published(*through("a", "b", "a")) == []
    assert published(*through("a", "b", "a", "b")) == ["raised"]
    assert published(*through("a", "b", "a", "b", "a", "b")) == ["raised"]


def test_a_step_that_turns_out_wrong_takes_the_flag_back() -> None:
    log = through("a", "b", "a", "b")
    assert published(*log, a_retraction(log[1], 9)) == ["raised", "withdrawn"]
