"""Decode, admit, append, and only then say so."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.routing.handlers import Accepted, FrontDoor, Refused
from shared.event_log.log import LogUnavailable, partition_of
from shared.event_log.memory import MemoryLog
from shared.event_log.topics import CONTACT_EVENTS
from tests.front_door import NOW, PARTITIONS, a_log, an_event, values, written


def door(log: MemoryLog) -> FrontDoor:
    return FrontDoor(log, now=lambda: NOW)


async def test_appends_the_bytes_received_under_the_customers_key() -> None:
    log = a_log()
    value = b' {"unknown_field": 1.50, ' + written(an_event(subject="c7"))[1:] + b"\n"
    assert await door(log).take([value]) == [Accepted("e1", "urn:example:pbx", "c7", unknown_type=False)]
    (record,) = log.records(CONTACT_EVENTS.name)
    assert (record.value, record.key) == (value, b"c7")
    assert record.partition == partition_of(b"c7", PARTITIONS)
    assert record.headers == (("content-type", b"application/cloudevents+json"),)


async def test_appends_only_what_is_good_and_tells_about_each() -> None:
    log = a_log()
    good, derived, broken = an_event(), an_event(id="e2", source="urn:ashiato:journey"), an_event(id="e3", data={})
    outcomes = await door(log).take([written(good), written(derived), b"{", written(broken)])
    assert [type(outcome) for outcome in outcomes] == [Accepted, Refused, Refused, Refused]
    refused = [(one.id, one.code) for one in outcomes if isinstance(one, Refused)]
    assert refused == [("e2", "not_admitted"), (None, "not_json"), ("e3", "schema")]
    assert values(log) == [written(good)]


async def test_keeps_a_type_it_does_not_know() -> None:
    log = a_log()
    (outcome,) = await door(log).take([written(an_event(type="contact.sang_to", data=None))])
    assert isinstance(outcome, Accepted)
    assert outcome.unknown_type
    assert len(values(log)) == 1


async def test_a_resend_is_appended_again() -> None:
    log = a_log()
    for _ in range(2):
        await door(log).take([written(an_event())])
    assert values(log) == [written(an_event())] * 2


async def test_says_nothing_without_acknowledgement() -> None:
    log = a_log()
    log.acknowledgements_lost = True
    with pytest.raises(LogUnavailable):
        await door(log).take([written(an_event())])


@given(st.lists(st.sampled_from(["c1", "c2", "c3"]), max_size=20))
async def test_keeps_the_order_of_each_customers_events(customers: list[str]) -> None:
    log = a_log()
    sent = [written(an_event(id=f"e{index}", subject=customer)) for index, customer in enumerate(customers)]
    await door(log).take(sent)
    for customer in {*customers}:
        key = customer.encode()
        kept = [record.value for record in log.records(CONTACT_EVENTS.name) if record.key == key]
        assert kept == [value for value, whose in zip(sent, customers, strict=True) if whose == customer]
