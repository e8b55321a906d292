"""Desks, sequences and flags: the sentences of definitions.md as examples."""

from tests.histories.builders import (
    DAY,
    FOLLOWUP,
    HOUR,
    WEEK,
    Event,
    Offset,
    a_connection,
    a_contact,
    a_failed_transfer,
    a_keep,
    a_miss,
    a_promise,
    a_queueing,
    a_redirect,
    a_reopening,
    a_resolution,
    a_retraction,
    a_transfer,
    an_assignment,
    an_event,
    an_opening,
    moment,
)
from tests.oracle import Flag, accept, derive, flags, timeline, trail


def sequences(*log: Event) -> list[list[str]]:
    [issue] = timeline(accept(log).facts).issues.values()
    return [each.desks for each in issue.sequences]


def assigned(desks: str, at: int = 0) -> list[Event]:
    """One desk a second."""
    return [an_assignment(at + place, id=f"e{at + place}", desk=desk) for place, desk in enumerate(desks)]


def resolved(at: Offset) -> Event:
    return a_resolution(at, issue_id="i1")


def standing(*log: Event) -> dict[tuple[str, str], Flag]:
    return flags(accept(log).facts)


def states(*log: Event) -> dict[str, str]:
    return {kind: flag.state for (kind, _), flag in standing(*log).items()}


def transitions(*log: Event) -> list[tuple[int, str, str]]:
    return [(each.index, each.flag.kind, each.transition) for each in trail(log)]


def test_equal_neighbours_collapse() -> None:
    assert sequences(*assigned("AABBA")) == [["A", "B", "A"]]


def test_a_resolution_closes_and_the_next_assertion_opens() -> None:
    log = [*assigned("AB"), resolved(5), *assigned("BA", 6)]
    assert sequences(*log) == [["A", "B"], ["B", "A"]]
    assert sequences(*assigned("AB"), resolved(5), a_reopening(6)) == [["A", "B"]]


def test_connected_asserts_unless_outbound() -> None:
    assert sequences(a_connection(0, desk="A", issue_id="i1")) == [["A"]]
    assert sequences(a_contact(1, direction="outbound"), a_connection(0, desk="A", issue_id="i1")) == []


def test_queued_asserts_only_after_a_redirect() -> None:
    assert sequences(a_contact(0), a_queueing(1, desk="A")) == []
    assert sequences(a_redirect(0, issue_id="i1", told="A"), a_queueing(1, desk="A")) == [["A"]]


def test_a_transfer_asserts_both_desks_or_nothing_if_it_has_arrived() -> None:
    start = an_opening(0, desk="A")
    move = a_transfer(2, from_desk="A", to_desk="B", issue_id="i1")
    arrival = an_assignment(1, desk="B")
    assert sequences(start, move) == [["A", "B"]]
    assert sequences(start, arrival, move) == [["A", "B"]]
    assert sequences(start, arrival, resolved(1.5), move) == [["A", "B"], ["A", "B"]]
    assert sequences(a_transfer(0, to_desk="A", issue_id="i1")) == [["A"]]


def test_consults_and_menus_assert_nothing() -> None:
    assert sequences(an_opening(0), an_event("contact.consulted", 1, issue_id="i1")) == []


def test_a_failed_transfer_voids_the_latest_earlier_one_of_the_same_desks() -> None:
    start = an_opening(0, desk="A")
    moves = [a_transfer(at, from_desk="A", to_desk="B", issue_id="i1") for at in (1, 3)]
    back = an_assignment(2, desk="A")
    failure = a_failed_transfer(4, from_desk="A", to_desk="B", issue_id="i1")
    assert sequences(start, *moves, back) == [["A", "B", "A", "B"]]
    assert sequences(start, *moves, back, failure) == [["A", "B", "A"]]
    assert sequences(start, *moves, back, failure, {**failure, "id": "again"}) == [["A"]]
    assert sequences(start, *moves, back, {**failure, "time": start["time"]}) == [["A", "B", "A", "B"]]
    other = a_failed_transfer(4, from_desk="C", to_desk="B", issue_id="i1")
    assert sequences(start, *moves, back, other) == [["A", "B", "A", "B"]]


def test_handoffs_and_returns_add_up_over_sequences() -> None:
    [issue] = timeline(accept([*assigned("ABAB"), resolved(5), *assigned("ABCA", 6)]).facts).issues.values()
    assert [each.handoffs for each in issue.sequences] == [3, 3]
    assert [each.direct_returns for each in issue.sequences] == [2, 0]
    assert [each.any_returns for each in issue.sequences] == [2, 1]


def test_ping_pong_is_a_b_a_b_within_one_sequence() -> None:
    assert states(*assigned("ABAB")) == {"ping_pong": "raised"}
    assert states(*assigned("ABA")) == {}
    assert states(*assigned("AB"), resolved(5), *assigned("AB", 6)) == {}
    assert states(*assigned("ABCAB")) == {"runaround": "raised"}


def test_runaround_is_three_desks_within_one_sequence() -> None:
    assert states(*assigned("ABC")) == {"runaround": "raised"}
    assert states(*assigned("AB"), resolved(5), *assigned("CD", 6)) == {}


def test_evidence_is_every_step_of_every_sequence_that_has_the_pattern() -> None:
    log = [*assigned("AABAB"), resolved(5), *assigned("AB", 6), resolved(8), *assigned("BABA", 9)]
    evidence = standing(*log)["ping_pong", "i1"].evidence
    assert [event_id for _, event_id in evidence] == ["e0", "e2", "e3", "e4", "e9", "e10", "e11", "e12"]


def test_a_step_by_one_transfer_is_evidence_once() -> None:
    log = [a_transfer(0, id="t", from_desk="A", to_desk="B", issue_id="i1"), an_assignment(1, id="c", desk="C")]
    assert [event_id for _, event_id in standing(*log)["runaround", "i1"].evidence] == ["t", "c"]


def test_a_flag_is_settled_when_only_closed_sequences_have_the_pattern() -> None:
    log = [*assigned("ABC"), resolved(5)]
    assert states(*log) == {"runaround": "settled"}
    assert states(*log, *assigned("AB", 6)) == {"runaround": "settled"}
    assert states(*log, *assigned("ABC", 6)) == {"runaround": "raised"}


def test_the_trail_raises_settles_and_raises_again() -> None:
    log = [*assigned("ABC"), resolved(5), *assigned("ABC", 6)]
    assert transitions(*log) == [
        (2, "runaround", "raised"),
        (3, "runaround", "settled"),
        (6, "runaround", "raised"),
    ]


def test_a_resolution_known_before_the_pattern_publishes_both_together() -> None:
    log = [resolved(5), *assigned("ABC")]
    assert transitions(*log) == [(3, "runaround", "raised"), (3, "runaround", "settled")]


def test_a_retracted_step_withdraws_and_event_ids_name_what_was_read() -> None:
    log = assigned("ABC")
    retraction = a_retraction(log[1], 9)
    again = an_assignment(10, id="late", desk="D")
    published = trail([*log, retraction, again])
    assert [each.transition for each in published] == ["raised", "withdrawn", "raised"]
    flag_id = derive(["flag", "c-1", "runaround", "i1"])
    assert published[1].event_id == derive([flag_id, "withdrawn", retraction["source"], retraction["id"]])
    assert len({each.event_id for each in published}) == 3


def test_copies_publish_nothing() -> None:
    log = assigned("ABC")
    assert transitions(*log, log[2], {**log[2], "time": log[0]["time"]}) == [(2, "runaround", "raised")]


def test_flags_of_an_issue_that_is_no_more_are_withdrawn_and_stand_under_the_other() -> None:
    calls = [a_contact(HOUR)] + [a_connection(HOUR, id=f"c{desk}", desk=desk) for desk in "ABC"]
    implicit = derive(["issue", "c-1", "k1"])
    published = [(each.flag.subject, each.transition) for each in trail([*calls, an_opening(0)])]
    assert published[0] == (implicit, "raised")
    assert sorted(published[1:]) == sorted([("i1", "raised"), (implicit, "withdrawn")])


def test_missed_promise_stands_when_announced_or_made_good_after() -> None:
    made = a_promise(0, due_by=DAY, grace_s=60)
    deadline = DAY.total_seconds() + 60
    assert states(made) == {}
    assert states(made, a_miss(deadline, due_by=DAY, grace_s=60)) == {"missed_promise": "raised"}
    assert states(made, a_miss(deadline, due_by=DAY, grace_s=59)) == {}
    assert states(made, a_keep(deadline)) == {}
    assert states(made, a_keep(2 * DAY)) == {"missed_promise": "settled"}
    historic = a_promise(0, due_by=DAY, historic=True)
    assert states(historic, a_miss(DAY), a_keep(2 * DAY)) == {}


def test_a_debt_ended_otherwise_settles_only_what_was_announced() -> None:
    made = a_promise(0, due_by=DAY)
    cancelled = an_event("promise.cancelled", 2 * DAY)
    assert states(made, cancelled) == {}
    assert states(made, cancelled, a_miss(DAY)) == {"missed_promise": "settled"}


def test_a_keep_that_arrives_late_but_occurred_in_time_withdraws() -> None:
    log = [a_promise(0, due_by=DAY), a_miss(DAY), a_keep(2 * DAY, kept_at=HOUR)]
    assert transitions(*log) == [(1, "missed_promise", "raised"), (2, "missed_promise", "withdrawn")]


def test_severity_counts_the_misses_of_the_year_before() -> None:
    year = 365 * DAY
    log = [a_promise(0, due_by=DAY), a_miss(DAY), a_promise(year, promise_id="p2", due_by=DAY + year)]
    log.append(a_miss(DAY + year, promise_id="p2"))
    severity = {subject: flag.severity for (_, subject), flag in standing(*log).items()}
    assert severity == {"p1": 1, "p2": 2}
    before, after = ([an_assignment(at, id=f"{desk}", desk=desk) for desk in "ABC"] for at in (DAY, DAY + WEEK))
    assert standing(*log, *before)["runaround", "i1"].severity == 1
    assert standing(*log, *after)["runaround", "i1"].severity == 2


def test_a_flag_says_when_its_pattern_was_complete() -> None:
    log = [*assigned("ABCD"), a_promise(0, source=FOLLOWUP)]
    assert standing(*log)["runaround", "i1"].complete == moment(2)
