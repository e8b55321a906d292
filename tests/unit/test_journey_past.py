"""What is over is put away: what goes, what stays, and what brings it back."""

from datetime import timedelta

import msgspec
import pytest

from services.journey.domain import journey as journeys
from services.journey.domain.flags import severity
from services.journey.domain.journey import Away, Journey
from services.journey.domain.past import Limits, missing, names, put_away, whole
from services.journey.domain.picture import picture
from shared.events import Event
from shared.timeline.order import place_of
from shared.timeline.timeline import NeedsPast
from tests.histories.builders import (
    DAY,
    HOUR,
    WEEK,
    a_connection,
    a_contact,
    a_keep,
    a_miss,
    a_promise,
    a_redirect,
    a_reopening,
    a_resolution,
    an_assignment,
    an_opening,
    moment,
)
from tests.histories.builders import Event as Written
from tests.properties.telling import journey_of
from tests.properties.test_journey_past_laws import events_of

NOTHING_SPARED = Limits(newest=0, enough=0)


def divided(*written: Written, limits: Limits = NOTHING_SPARED) -> tuple[Journey, Journey]:
    hot, gone = put_away(journey_of(*written), limits)
    assert gone is not None, "nothing is over"
    return hot, gone


def event_of(written: Written) -> Event:
    [event] = events_of([written])
    return event


def stays(*written: Written, limits: Limits = NOTHING_SPARED) -> list[str]:
    """The issues that are not put away."""
    return sorted(put_away(journey_of(*written), limits)[0].timeline.issues)


def passed_around(issue: str, *desks: str, at: float = 0) -> list[Written]:
    return [an_assignment(at + n, issue_id=issue, desk=desk, id=f"{issue}-{n}") for n, desk in enumerate(desks)]


LATER = an_opening(3 * WEEK, issue_id="later", desk="front")
LONG_AGO = [a_contact(0, contact_id="k1"), a_connection(60, contact_id="k1")]


def test_a_resolved_issue_goes_with_all_that_is_its_own() -> None:
    hot, gone = divided(
        *passed_around("i1", "front", "tech", "front", "tech"),
        a_promise(10, promise_id="p1", issue_id="i1", due_by=DAY),
        a_keep(HOUR, promise_id="p1"),
        a_connection(20, contact_id="k1", issue_id="i1"),
        a_resolution(2 * HOUR, issue_id="i1"),
        LATER,
    )
    assert [*gone.timeline.issues, *gone.timeline.contacts, *gone.promises] == ["i1", "k1", "p1"]
    assert {kind for kind, _ in gone.flags} == {"ping_pong"}
    assert [*hot.timeline.issues, *hot.sequences] == ["later", "later"]
    assert [hot.timeline.contacts, hot.promises, hot.flags] == [{}, {}, {}]


def test_an_issue_that_a_contact_may_continue_stays() -> None:
    opened = [an_opening(0, issue_id="i1", desk="front")]
    assert stays(*opened, an_opening(WEEK, issue_id="later", desk="x")) == ["later"]
    assert stays(*opened, an_opening(WEEK - HOUR, issue_id="later", desk="x")) == ["i1", "later"]


def test_an_issue_stays_while_a_promise_on_it_is_open() -> None:
    promised = [*LONG_AGO, a_promise(70, contact_id="k1", due_by=DAY)]
    [issue, later] = stays(*promised, LATER)
    assert later == "later"
    assert stays(*promised, a_keep(HOUR, promise_id="p1"), LATER) == ["later"], issue


def test_an_issue_stays_while_a_redirect_leads_to_it() -> None:
    told = [*LONG_AGO, a_redirect(120, contact_id="k1"), a_resolution(180, contact_id="k1")]
    assert len(stays(*told)) == 1
    assert stays(*told, LATER) == ["later"]


def test_the_newest_stay_and_few_are_left_alone() -> None:
    resolved = [
        event for n in range(6) for event in (an_opening(n, issue_id=f"i{n}"), a_resolution(n + 0.5, issue_id=f"i{n}"))
    ]
    assert stays(*resolved, limits=Limits(newest=2, enough=0)) == ["i4", "i5"]
    assert len(stays(*resolved, limits=Limits(newest=0, enough=7))) == 6
    assert stays(*resolved, limits=Limits(newest=0, enough=6)) == []


def test_what_stays_is_not_searched_again_before_it_has_grown() -> None:
    limits = Limits(newest=0, enough=2)
    hot, gone = put_away(journey_of(*(an_opening(n, issue_id=f"i{n}") for n in range(8))), limits)
    assert gone is None
    assert hot.away.look_again == 12
    assert put_away(hot, limits) == (hot, None)


@pytest.mark.parametrize(
    ("named", "by"),
    [
        (a_connection(4 * WEEK, contact_id="k1"), "contact k1"),
        (a_reopening(4 * WEEK, issue_id="i1"), "issue i1"),
        (a_keep(4 * WEEK, promise_id="p1"), "promise p1"),
        (a_promise(4 * WEEK, promise_id="p1", contact_id="k1"), "contact k1"),
        (a_resolution(4 * WEEK, contact_id="k1"), "contact k1"),
    ],
)
def test_what_an_event_names_is_found_among_what_is_away(named: Written, by: str) -> None:
    hot, gone = divided(
        a_connection(0, contact_id="k1", issue_id="i1"),
        a_promise(10, promise_id="p1", issue_id="i1", due_by=DAY),
        a_keep(HOUR, promise_id="p1"),
        a_resolution(2 * HOUR, issue_id="i1"),
        LATER,
    )
    assert by in {*missing(hot, event_of(named))} & {*names(gone)}


def test_what_is_here_is_not_missing() -> None:
    hot, _ = divided(*LONG_AGO, a_contact(3 * WEEK, contact_id="k2", issue_id="later"))
    assert not [*missing(hot, event_of(a_connection(3 * WEEK + HOUR, contact_id="k2", issue_id="later")))]


def test_a_resolution_of_nothing_named_asks_for_open_issues_that_are_away() -> None:
    resolution = event_of(a_resolution(5 * WEEK))
    both_open = divided(an_opening(0, issue_id="i1"), LATER)[0]
    assert journeys.evolve(both_open, resolution).timeline.issues["later"].open is False  # touched later than i1
    hot, gone = divided(an_opening(0, issue_id="i1"), LATER, a_resolution(4 * WEEK, issue_id="later"))
    with pytest.raises(NeedsPast):
        journeys.evolve(hot, resolution)
    assert journeys.evolve(whole(hot, [gone]), resolution).timeline.issues["i1"].open is False


def test_a_resolution_of_nothing_named_asks_nobody_when_nothing_open_is_away() -> None:
    hot, _ = divided(an_opening(0, issue_id="i1"), a_resolution(1, issue_id="i1"), a_contact(3 * WEEK))
    assert journeys.evolve(hot, event_of(a_resolution(4 * WEEK))).timeline.touches == 2


MISSED = [
    a_promise(0, promise_id="p1", issue_id="i1", due_by=HOUR),
    a_miss(HOUR, promise_id="p1"),
    a_keep(DAY, promise_id="p1"),
    a_resolution(2 * DAY, issue_id="i1"),
]


def test_a_missed_promise_that_is_away_counts_for_what_comes() -> None:
    hot, _ = divided(*MISSED, *passed_around("i2", "a", "b", "a", "b", at=WEEK.total_seconds() * 3))
    [flag] = [flag for flag in hot.flags.values() if flag.kind == "ping_pong"]
    assert severity(flag, hot.missed) == 2


def with_a_flag_away(*, due_by: timedelta) -> tuple[Journey, Journey]:
    """The flag was complete after a day; the promise is still open."""
    promised = a_promise(0, promise_id="p2", issue_id="i2", due_by=due_by)
    handed = passed_around("i1", "a", "b", "a", "b", at=DAY.total_seconds())
    hot, gone = divided(promised, *handed, a_resolution(2 * DAY, issue_id="i1"), LATER)
    assert [kind for kind, _ in gone.flags] == ["ping_pong"]
    assert hot.promises.keys() == {"p2"}
    return hot, gone


def with_more_away(journey: Journey) -> Journey:
    """Put away later, and without flags."""
    at = 3 * WEEK + HOUR
    over = [event for n in "456" for event in (an_opening(at, issue_id=f"i{n}"), a_resolution(at, issue_id=f"i{n}"))]
    for event in sorted(events_of(over), key=place_of):
        journey = journeys.evolve(journey, event)
    later, more = put_away(journey, NOTHING_SPARED)
    assert more is not None
    return later


KEPT_LATE = event_of(a_keep(4 * WEEK, promise_id="p2"))


def test_a_promise_that_turns_out_missed_asks_for_flags_that_are_away_and_were_complete_later() -> None:
    hot, gone = with_a_flag_away(due_by=DAY)
    for divided_once_or_twice in (hot, with_more_away(hot)):
        with pytest.raises(NeedsPast):
            journeys.evolve(divided_once_or_twice, KEPT_LATE)
    assert severities(journeys.evolve(whole(hot, [gone]), KEPT_LATE)) == {"i1": 2, "p2": 1}


def test_a_promise_that_turns_out_missed_asks_for_nothing_when_what_is_away_was_complete_before() -> None:
    hot, gone = with_a_flag_away(due_by=2 * DAY)
    after = journeys.evolve(hot, KEPT_LATE)
    assert severities(whole(after, [gone])) == severities(journeys.evolve(whole(hot, [gone]), KEPT_LATE))
    assert severities(after) == {"p2": 1}


def test_a_promise_that_turns_out_missed_asks_when_nobody_knows_what_is_away() -> None:
    hot, _ = with_a_flag_away(due_by=2 * DAY)
    stored_before = msgspec.structs.replace(hot, away=Away(hot.away.parts, hot.away.missed, hot.away.look_again))
    with pytest.raises(NeedsPast):
        journeys.evolve(stored_before, KEPT_LATE)
    with pytest.raises(NeedsPast):
        journeys.evolve(with_more_away(stored_before), KEPT_LATE)


def severities(journey: Journey) -> dict[str, int]:
    return {flag.subject: severity(flag, journey.missed) for flag in journey.flags.values()}


def test_parts_join_in_the_order_in_which_they_were_put_away() -> None:
    first, gone = divided(*MISSED)
    opened, resolved = an_opening(3 * WEEK, issue_id="i2"), a_resolution(4 * WEEK, issue_id="i2")
    for event in events_of([opened, resolved]):
        first = journeys.evolve(first, event)
    second, more = put_away(first, NOTHING_SPARED)
    assert more is not None
    assert (second.away.parts, [*second.timeline.issues]) == (2, [])
    assert whole(second, [gone, more]) == journey_of(*MISSED, opened, resolved)


def test_issues_that_nobody_touched_are_listed_the_same_whether_they_are_away_or_not() -> None:
    told = [
        a_promise(0, promise_id="p1", issue_id="i1", due_by=WEEK),
        a_promise(1, promise_id="p2", issue_id="i2", due_by=DAY),
        a_keep(2, promise_id="p2"),
    ]
    hot, gone = divided(*told)
    assert [*gone.timeline.issues] == ["i2"]
    assert picture(whole(hot, [gone]), moment(DAY)) == picture(journey_of(*told), moment(DAY))
