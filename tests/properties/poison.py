"""Records that cannot be applied, each with the code of the dead letter that it must become; and odd ones that can."""

import json
from typing import NamedTuple

from hypothesis import strategies as st

from shared.event_log.log import Message, partition_of
from shared.event_log.topics import CONTACT_EVENTS
from shared.event_log.wire import LARGEST_RECORD
from tests.histories.builders import Event, a_connection, a_promise, an_event

TOPIC = CONTACT_EVENTS.name


class Poison(NamedTuple):
    code: str
    message: Message


def of_value(code: str, value: bytes, key: bytes = b"c-1") -> Poison:
    return Poison(code, Message(TOPIC, key, value))


def of_event(code: str, event: Event, key: bytes | None = b"c-1", partition: int | None = None) -> Poison:
    return Poison(code, Message(TOPIC, key, json.dumps(event).encode(), partition=partition))


def elsewhere(event: Event, partitions: int = 2) -> int:
    """A partition that is not the event's."""
    return (partition_of(event["subject"].encode(), partitions) + 1) % partitions


def without(name: str) -> Event:
    event = a_connection(0)
    return {field: value for field, value in event.items() if field != name}


POISON: tuple[Poison, ...] = (
    of_value("not_json", b"not JSON"),
    of_value("not_json", b""),
    of_value("not_json", b'{"specversion":"1.0",'),
    of_value("not_json", b"\xff\xfe\x00"),
    of_value("not_json", b"[" * 5_000),
    of_value("not_cloudevents", b"[]"),
    of_value("not_cloudevents", b"null"),
    of_event("not_cloudevents", without("source")),
    of_event("not_cloudevents", without("specversion")),
    of_event("not_cloudevents", {**a_connection(0), "id": ""}),
    of_event("schema", without("time")),
    of_event("schema", {**a_connection(0), "data": {"contact_id": "k1"}}),
    of_event("schema", a_connection(0, wait_s="20")),
    of_event("schema", a_promise(0, due_by="2026-02-30T00:00:00Z")),
    of_event("schema", {**a_connection(0), "subject": "no blanks"}),
    of_value("too_large", b"x" * (LARGEST_RECORD + 1)),
    of_event("too_large", an_event("situation.noted", 0, text="x", odd="y" * LARGEST_RECORD)),
    of_event("misrouted", a_connection(0), key=b"C:2"),
    of_event("misrouted", a_connection(0), key=None),
    of_event("misrouted", a_connection(0), partition=elsewhere(a_connection(0))),
)

HOSTILE_TEXTS = (
    "<script>alert(1)</script>",
    "'; DROP TABLE customers; --",
    "{{7*7}} ${jndi:ldap://x} %s %n",
    "\u0000\u0001\u001b[31m\u2028\u202e\ufeff\ufffe\uffff",
    "👩‍👩‍👧‍👦 e\u0301 ﷽ \U0010ffff",
    "\ttab\nline\r\n@group,c-1\ti1",
    "x" * 16_000,
)


def oddities(customer: str = "c-1") -> st.SearchStrategy[Event]:
    """Unknown types and odd text: they go on the timeline."""
    text = st.sampled_from(HOSTILE_TEXTS)
    odd_id = text.map(lambda words: words[:200])
    return st.one_of(
        st.builds(lambda it: an_event("contact.waved", 0, customer=customer, odd=it, contact_id=it), text),
        st.builds(lambda it: an_event("situation.noted", 0, customer=customer, text=it), text),
        st.builds(lambda it: an_event("issue.assigned", 0, customer=customer, issue_id=it, desk=it, id=it), odd_id),
        st.builds(lambda it: a_promise(0, customer=customer, promise_id=it, owner={"desk": it}, due_by=60), odd_id),
        st.builds(lambda it: an_event(it, 0, customer=customer, source=it), odd_id),
    )
