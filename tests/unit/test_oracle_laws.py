"""Laws that definitions.md states, over nasty histories; the product is held to the same."""

from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.histories.builders import BEGIN, Event
from tests.histories.histories import histories, shuffles
from tests.histories.words import moments
from tests.oracle import accept, by_customer, callbacks, digest, flags, missed, promises, timeline, trail

LATE = BEGIN + timedelta(days=60)

laws = settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@laws
@given(st.data(), histories(), moments())
def test_the_order_of_arrival_changes_nothing(data: st.DataObject, log: list[Event], until: timedelta) -> None:
    shuffled = data.draw(shuffles(log))
    assert digest(shuffled, BEGIN + until).documents == digest(log, BEGIN + until).documents
    facts, others = (by_customer(accept(each).facts) for each in (log, shuffled))
    assert {who: flags(facts[who]) for who in facts} == {who: flags(others[who]) for who in facts}


@laws
@given(st.data(), histories(followed=False))
def test_what_must_be_announced_does_not_depend_on_arrival(data: st.DataObject, log: list[Event]) -> None:
    shuffled = data.draw(shuffles(log))
    before, after = ({each.id: each for each in missed(accept(it).facts, LATE)} for it in (log, shuffled))
    assert before == after


@laws
@given(histories(restamped=True, conflicts=True))
def test_reading_a_log_again_changes_and_publishes_nothing(log: list[Event]) -> None:
    assert digest([*log, *log], LATE) == digest(log, LATE)
    assert trail([*log, *log]) == trail(log)
    assert callbacks([*log, *log]) == callbacks(log)


@laws
@given(histories(restamped=True, conflicts=True))
def test_the_trail_leads_to_the_standing_flags(log: list[Event]) -> None:
    states: dict[tuple[str, str, str], str] = {}
    for each in trail(log):
        states[each.flag.customer, each.flag.kind, each.flag.subject] = each.transition
    shown = {subject: state for subject, state in states.items() if state != "withdrawn"}
    standing = {
        (who, *subject): flag.state
        for who, facts in by_customer(accept(log).facts).items()
        for subject, flag in flags(facts).items()
    }
    assert shown == standing


@laws
@given(histories(restamped=True, conflicts=True))
def test_a_trail_says_nothing_twice_in_a_row_and_no_id_twice(log: list[Event]) -> None:
    published = trail(log)
    assert len({each.event_id for each in published}) == len(published)
    last: dict[str, str] = {}
    for each in published:
        allowed = {None: {"raised"}, "withdrawn": {"raised"}, "raised": {"settled", "withdrawn"}}
        after_settled = {"raised", "withdrawn"}
        assert each.transition in allowed.get(last.get(each.flag.flag_id), after_settled)
        last[each.flag.flag_id] = each.transition


@laws
@given(histories(restamped=True, conflicts=True), moments())
def test_customers_have_nothing_to_do_with_each_other(log: list[Event], until: timedelta) -> None:
    together = digest(log, BEGIN + until).customers
    apart = {
        who: digest([each for each in log if each["subject"] == who], BEGIN + until).customers[who] for who in together
    }
    assert apart == together


@laws
@given(histories(restamped=True, conflicts=True))
def test_unknown_types_change_no_rule(log: list[Event]) -> None:
    odd = {"contact.waved", "promise.sworn", "issue.pondered", "weather.changed"}
    plain = [each for each in log if each["type"] not in odd]
    with_odd = digest(log, LATE).documents
    for who, document in digest(plain, LATE).documents.items():
        assert {**with_odd[who], "events": []} == {**document, "events": []}


@laws
@given(histories(restamped=True, conflicts=True))
def test_every_issue_and_promise_is_named_by_an_event(log: list[Event]) -> None:
    for facts in by_customer(accept(log).facts).values():
        line = timeline(facts)
        assert set(line.issues) == {each for each in line.issue_of.values() if each is not None}
        for promise in promises(line).values():
            assert promise.issue_id is None or promise.issue_id in line.issues
