"""Two independent computations of definitions.md agree: the product's, incremental, and the oracle's, from nothing."""

from datetime import datetime

from hypothesis import event as note
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import msgpack

from services.journey.domain.digest import content
from services.journey.domain.flags import severity
from services.journey.domain.journey import Journey, begin, evolve, fold
from shared import events
from shared.timeline.timeline import NeedsRefold
from tests import oracle
from tests.histories import words
from tests.histories.builders import Event, moment
from tests.histories.histories import histories, shuffles
from tests.oracle.digest import document
from tests.properties.reading import Customer, read

Log = list[Event]
any_log = histories(restamped=True, conflicts=True)


@given(any_log, words.moments())
@settings(max_examples=400, deadline=None)
def test_digests_agree(log: Log, offset: float) -> None:
    customers, _ = read(log)
    accepted = oracle.by_customer(oracle.accept(log).facts)
    as_of = _moment(offset)
    assert customers.keys() == accepted.keys()
    for customer_id, customer in customers.items():
        note(f"refolds: {min(customer.refolds, 3)}")
        assert _content(customer, as_of) == document(accepted[customer_id], as_of)


@given(any_log)
@settings(max_examples=300, deadline=None)
def test_the_trail_of_flags_agrees_event_by_event(log: Log) -> None:
    _, said = read(log)
    expected = [(one.index, one.transition, one.event_id) for one in oracle.trail(log)]
    assert sorted((one.index, one.transition, one.event_id) for one in said) == sorted(expected)


@given(any_log)
@settings(max_examples=200, deadline=None)
def test_severities_agree(log: Log) -> None:
    customers, _ = read(log)
    for customer_id, facts in oracle.by_customer(oracle.accept(log).facts).items():
        journey = customers[customer_id].journey
        assert {key: severity(flag, journey.missed) for key, flag in journey.flags.items()} == {
            key: flag.severity for key, flag in oracle.flags(facts).items()
        }


@given(any_log)
@settings(max_examples=300, deadline=None)
def test_incremental_folding_equals_folding_from_scratch(log: Log) -> None:
    customers, _ = read(log)
    for customer_id, customer in customers.items():
        assert customer.journey == fold(customer_id, [one for one, _ in customer.facts.values()])


@given(any_log)
@settings(max_examples=200, deadline=None)
def test_what_a_state_was_it_stays(log: Log) -> None:
    """A fold grows in place, and states share what did not change: neither shows in a state that somebody holds."""
    held: list[tuple[Journey, bytes]] = []
    for facts in _events(log).values():
        state = begin(facts[0].customer_id)
        for count, event in enumerate(facts):
            try:
                state = evolve(state, event)
            except NeedsRefold:
                state = fold(state.customer_id, facts[: count + 1])
            held.append((state, msgpack.encode(state)))
    assert all(msgpack.encode(state) == as_it_was for state, as_it_was in held)


@given(histories().flatmap(lambda log: st.tuples(st.just(log), shuffles(log))))
@settings(max_examples=300, deadline=None)
def test_any_order_with_repeats_gives_the_same_journey(logs: tuple[Log, Log]) -> None:
    (one, _), (other, _) = read(logs[0]), read(logs[1])
    assert {name: customer.journey for name, customer in one.items()} == {
        name: customer.journey for name, customer in other.items()
    }


def _events(log: Log) -> dict[str, list[events.Event]]:
    """By customer, each once, as they came."""
    return {name: [one for one, _ in customer.facts.values()] for name, customer in read(log)[0].items()}


def _content(customer: Customer, as_of: datetime) -> dict[str, object]:
    events = [identity for identity, (one, _) in customer.facts.items() if one.type != "promise.missed"]
    return content(customer.journey, events, as_of)


def _moment(offset: float) -> datetime:
    return moment(offset)
