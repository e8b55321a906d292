"""What followup owes, computed twice: by the product, incrementally, and by the oracle, from nothing."""

from collections import Counter
from datetime import timedelta
from typing import Any

from hypothesis import event as note
from hypothesis import given
from hypothesis import strategies as st
from msgspec import msgpack

from services.followup.domain import obligations
from services.followup.domain.obligations import Obligations
from services.followup.domain.summary import counted_as, is_listed_as, summaries
from shared.promises.life import life
from shared.timeline.timeline import NeedsRefold
from tests import oracle
from tests.histories import words
from tests.histories.builders import FOLLOWUP, WEEK, Event, moment
from tests.histories.histories import histories
from tests.oracle.digest import promise_figures
from tests.oracle.facts import Fact, parse_time
from tests.properties.effort import examples
from tests.properties.reading_followup import from_scratch, read

Log = list[Event]
any_log = histories(restamped=True, conflicts=True)
when = words.moments() | st.just(5 * WEEK)


def facts_of(log: Log) -> dict[str, list[Fact]]:
    return oracle.by_customer(oracle.accept(log).facts)


def as_said(index: int, event: Event) -> tuple[Any, ...]:
    """What the contract fixes of an owed callback and of its cancellation."""
    data = event["data"]
    owner = data.get("owner", {}).get("desk")
    return index, event["subject"], event["type"], event["id"], parse_time(event["time"]), data["promise_id"], owner


def cancelled_after_made(log: Log) -> Log:
    """Copies may be put anywhere, but no log has our cancellation before our promise."""
    made: set[str] = set()
    kept: Log = []
    for event in log:
        if event["source"] == FOLLOWUP and event["type"] == "promise.made":
            made.add(event["id"])
        if event["source"] != FOLLOWUP or event["type"] != "promise.cancelled" or event["data"]["promise_id"] in made:
            kept.append(event)
    return kept


@examples(60)
@given(any_log.map(cancelled_after_made))
def test_owed_callbacks_and_their_cancellations_agree_event_by_event(log: Log) -> None:
    _, owed = read(log)
    note(f"owed: {min(len(owed), 3)}")
    expected = oracle.callbacks(log)
    assert sorted(as_said(one.index, one.event) for one in owed) == sorted(as_said(e.index, e.event) for e in expected)


@examples(60)
@given(any_log, when)
def test_what_the_clock_says_at_a_moment_agrees(log: Log, at: timedelta) -> None:
    customers, _ = read(log)
    now = moment(at)
    announced = [one for customer in customers.values() for one in customer.announced(now)]
    note(f"announced: {min(len(announced), 3)}")
    said = {
        (
            each.customer,
            each.says("promise_id"),
            parse_time(each.says("due_by")) + timedelta(seconds=each.says("grace_s")),
        )
        for facts in facts_of(log).values()
        for each in oracle.effective(facts)
        if each.type == "promise.missed"
    }
    expected = oracle.missed(oracle.accept(log).facts, now)
    assert {
        (one.subject, one.id, one.time, one.data.made_good, one.data.attempts_outside, one.data.owner.desk)
        for one in announced
    } == {
        (one.customer, one.id, one.window.deadline, one.made_good, one.attempts_outside, one.owner["desk"])
        for one in expected
        if (one.customer, one.promise_id, one.window.deadline) not in said
    }


@examples(70)
@given(any_log, when)
def test_promises_agree_as_of_any_time(log: Log, at: timedelta) -> None:
    customers, _ = read(log)
    as_of = moment(at)
    for customer_id, facts in facts_of(log).items():
        expected = {
            promise.id: oracle.life(promise, as_of)
            for promise in oracle.promises(oracle.timeline(facts)).values()
            if promise.made.time <= as_of
        }
        held = customers[customer_id].state.promises if customer_id in customers else {}
        lived = {promise_id: life(promise, as_of) for promise_id, promise in held.items()}
        assert {
            promise_id: (one.state, one.outcome, one.made_good, one.owner.desk, one.window.deadline, len(one.moves))
            for promise_id, one in lived.items()
            if one is not None
        } == {
            promise_id: (one.state, one.outcome, one.made_good, one.owner["desk"], one.window.deadline, len(one.moves))
            for promise_id, one in expected.items()
        }


@examples(60)
@given(any_log, when)
def test_reports_agree(log: Log, at: timedelta) -> None:
    customers, _ = read(log)
    as_of = moment(at)
    held = [promise for customer in customers.values() for promise in customer.state.promises.values()]
    counted = Counter(word for promise in held if (word := counted_as(promise, as_of)) is not None)
    told = [one for facts in facts_of(log).values() for one in oracle.promises(oracle.timeline(facts)).values()]
    assert counted == promise_figures(told, as_of)


@examples(60)
@given(any_log)
def test_the_work_list_shows_what_a_promise_comes_to_at_every_moment(log: Log) -> None:
    """A row is stored once and read at any time after the last event; it must say what the promise itself says."""
    customers, _ = read(log)
    last = max(parse_time(event["time"]) for event in log)
    for at in (timedelta(0), timedelta(microseconds=1), timedelta(days=1), 5 * WEEK):
        now = last + at
        for customer in customers.values():
            rows = summaries(customer.state)
            for promise_id, promise in customer.state.promises.items():
                lived = life(promise, now)
                if lived is None or promise_id not in rows:
                    continue
                assert is_listed_as(rows[promise_id], "missed", now) == (lived.outcome == "missed")
                assert [
                    state for state in ("open", "due", "overdue") if is_listed_as(rows[promise_id], state, now)
                ] == [lived.state]


@examples(70)
@given(any_log)
def test_incremental_folding_equals_folding_from_scratch(log: Log) -> None:
    customers, _ = read(log)
    for customer in customers.values():
        assert customer.state == from_scratch(customer)


@given(any_log)
@examples(200)
def test_what_a_state_was_it_stays(log: Log) -> None:
    """A fold grows in place, and states share what did not change: neither shows in a state that somebody holds."""
    held: list[tuple[Obligations, bytes]] = []
    for customer in read(log)[0].values():
        state, facts = obligations.begin(customer.state.customer_id), list(customer.facts.values())
        for count, event in enumerate(facts):
            try:
                state = obligations.evolve(state, event)
            except NeedsRefold:
                state = obligations.fold(state.customer_id, facts[: count + 1])
            held.append((state, msgpack.encode(state)))
    assert all(msgpack.encode(state) == as_it_was for state, as_it_was in held)
