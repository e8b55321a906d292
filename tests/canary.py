"""What must never be seen outside of events and answers about that customer: a person, in all the places where a sender
may write one."""

import json
from typing import Final

from shared.event_log.log import Message
from shared.event_log.topics import CONTACT_EVENTS
from tests.histories.builders import Event

PHONE: Final = "+81-3-5550-0199"
NAME: Final = "Canaria-Toriko"
TEXT: Final = "the-canary-sang-of-its-debts"
CUSTOMER: Final = "0355500199"
CANARY: Final = (PHONE, NAME, TEXT, CUSTOMER)


def sung_by(text: str) -> list[str]:
    """What of the person a text gives away."""
    return [one for one in CANARY if one in text]


def an_event(named: str, number: str, time: str, /, **data: object) -> Event:
    """Of the canary, which also stands in its ids."""
    return {
        "specversion": "1.0",
        "id": f"{NAME}-{number}",
        "source": f"urn:{NAME}",
        "type": named,
        "subject": CUSTOMER,
        "time": time,
        "data": data,
    }


def good(time: str) -> list[Event]:
    """Events that are taken, flags and a broken promise among them; the person is in every field that takes text."""
    contact = {"contact_id": f"{NAME}-k"}
    issue = {"issue_id": f"{TEXT}-i"}
    promise = {"promise_id": f"{TEXT}-p", "kind": "callback", "owner": {"desk": f"{NAME} desk"}, "channel": PHONE}
    return [
        an_event("contact.started", "1", time, **contact, channel="phone", direction="inbound", entry_point=PHONE),
        an_event("situation.noted", "2", time, kind="worry", text=f"{NAME}: {TEXT}"),
        an_event("promise.made", "3", time, **promise, explicit=True, due_by=time, wording=f"{TEXT} {PHONE}"),
        an_event("customer.sang", "4", time, phone=PHONE, words=[TEXT, {NAME: CUSTOMER}]),
        an_event("identifier.linked", "5", time, kind="phone", value=PHONE, verified=True),
        *(
            an_event("issue.assigned", f"6-{number}", time, **issue, desk=f"{NAME} {desk}", agent=NAME)
            for number, desk in enumerate("abab")
        ),
    ]


def bad(time: str) -> list[Event]:
    """Events that are refused at the front door and set aside behind it."""
    return [
        an_event("contact.started", "7", time, contact_id={PHONE: NAME}, channel=TEXT),
        {**an_event("contact.started", "8", time), "subject": f"{NAME} {PHONE}"},
        {**an_event("contact.started", "9", TEXT), "specversion": PHONE},
        {**an_event("situation.noted", "10", time, kind="worry", text=TEXT), NAME: TEXT, "corrects": {PHONE: TEXT}},
        an_event("situation.noted", "11", time, kind=NAME, text=f"{TEXT} {PHONE}" * 2_000),
    ]


def records(time: str) -> list[Message]:
    """What a sender may write to the topic without the front door."""
    key, topic = CUSTOMER.encode(), CONTACT_EVENTS.name
    whole = json.dumps(good(time)[1]).encode()
    attributes = (("ce_id", NAME.encode()), ("ce_subject", key), ("ce_type", TEXT.encode()), (f"ce_{PHONE}", b"1"))
    return [
        *(Message(topic, key, json.dumps(event).encode()) for event in bad(time)),
        Message(topic, key, f'{{"{NAME}": "{PHONE}", {TEXT}'.encode()),
        Message(topic, NAME.encode(), whole),
        Message(topic, key, whole.replace(b"worry", b"constraint")),
        Message(topic, key, f"{PHONE} {TEXT}".encode(), attributes),
        Message(topic, key, whole, (("content-type", TEXT.encode()), (NAME, PHONE.encode()), ("traceparent", key))),
        Message(topic, key, f'"{TEXT}"'.encode() * 20_000),
    ]


# Asked of the APIs of journey and followup; what is not about an answer's customer must not name one.
QUESTIONS: Final = (
    ("journey", f"/journeys/{NAME} {PHONE}"),
    ("journey", f"/journeys/{TEXT}/events?limit={NAME}"),
    ("journey", f"/journeys/{CUSTOMER}/events?cursor={NAME}"),
    ("journey", f"/flags?kind={NAME}&state={PHONE}"),
    ("journey", f"/flags?cursor={TEXT}"),
    ("journey", f"/{NAME}/{CUSTOMER}"),
    ("followup", f"/promises?state={NAME}&before={PHONE}"),
    ("followup", f"/reports/promises?as_of={TEXT}"),
)
