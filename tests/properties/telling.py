"""What journey makes of events, told in short words: for examples that are read like the rules themselves."""

import json
from datetime import datetime

from services.journey.domain.flags import severity
from services.journey.domain.journey import Journey, fold
from shared.event_log.wire import decode
from shared.promises.life import END_OF_TIME, Life, life
from tests.histories.builders import Event, Offset, moment
from tests.oracle import derive
from tests.properties.reading import read


def journey_of(*events: Event) -> Journey:
    """One customer's, whatever the order in which the events are given."""
    [customer] = {event["subject"] for event in events}
    return fold(customer, [decode(json.dumps(event).encode()) for event in events])


def desks_of(*events: Event, issue: str = "i1") -> list[list[str]]:
    """The issue's sequences of owning desks."""
    return [list(one.desks) for one in journey_of(*events).sequences.get(issue, ())]


def issues_of(*events: Event) -> list[str]:
    """The ids of all issues, by code point."""
    return sorted(journey_of(*events).timeline.issues)


def issue_of(contact: str, *events: Event) -> str | None:
    """Which issue a contact was attributed to."""
    return journey_of(*events).timeline.contacts[contact].issue


def implicit(contact: str, customer: str = "c-1") -> str:
    """The id of the issue that a contact brings into being."""
    return derive(["issue", customer, contact])


def flags_of(*events: Event) -> dict[str, str]:
    """Standing flags: kind -> raised or settled."""
    return {flag.kind: flag.state for flag in journey_of(*events).flags.values()}


def evidence_of(kind: str, *events: Event) -> list[str]:
    [flag] = [one for one in journey_of(*events).flags.values() if one.kind == kind]
    return [one.id for one in flag.evidence]


def severity_of(kind: str, *events: Event) -> int:
    journey = journey_of(*events)
    [flag] = [one for one in journey.flags.values() if one.kind == kind]
    return severity(flag, journey.missed)


def published(*events: Event) -> list[str]:
    """What reading these one after the other publishes: transitions, in order."""
    return [one.transition for one in read(events)[1]]


def promise_of(*events: Event, as_of: Offset | None = None, promise_id: str = "p1") -> Life:
    """What became of the promise by then; by all facts when no time is given."""
    until: datetime = END_OF_TIME if as_of is None else moment(as_of)
    lived = life(journey_of(*events).promises[promise_id], until)
    assert lived is not None, "it was not made by then"
    return lived
