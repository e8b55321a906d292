"""The workload: what a contact centre says about its customers, about 370 bytes an event.

A customer has contacts of five to nine events: started, queued, connected, some transfers, ended; half of them with a
resolution, some with a promise that is made and kept. One contact in ten goes A B A B. The same arguments give the
same events for ever. Customers are equally frequent, or follow Zipf's law.
"""

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, Final, NamedTuple

import msgspec

TELEPHONY: Final = "urn:example:telephony"
CRM: Final = "urn:example:crm"
DESKS: Final = ("front", "billing", "mobile", "internet", "moving", "retention")
TOPICS: Final = ("bill", "outage", "contract", "moving house", "device")

# One contact in so many is handed A B A B; one in so many others to a third desk.
_PING_PONG_IN: Final = 10
_THIRD_DESK_IN: Final = 8

# Customers begin within the span; from one contact of a customer to the next it is twenty days at most.
_SPAN_S: Final = 30 * 86_400.0
_LONGEST_PAUSE_S: Final = 20 * 86_400.0
_EVENTS_PER_CONTACT: Final = 6

_encode = msgspec.json.Encoder().encode


class Draft(NamedTuple):
    """An event before it is stamped. at: when, as seconds from the customer's first. due_s: of a promise."""

    customer: str
    number: int  # within the customer
    source: str
    type: str
    data: dict[str, Any]
    at: float
    due_s: float | None = None


class Sent(NamedTuple):
    """An event as it goes onto the log. `id` is its own, `customer` its key."""

    customer: str
    id: str
    value: bytes


def history(
    customers: int, events: int, seed: int = 1, *, prefix: str = "C", shares: Sequence[int] | None = None
) -> list[Draft]:
    """`events` events in the order in which they occur, customers mixed. shares: of each customer; even when None."""
    rng = random.Random(seed)
    drafts: list[Draft] = []
    for number, share in enumerate(shares or even_shares(customers, events)):
        begins = rng.uniform(0, _SPAN_S)
        # Whoever comes more often than others comes at shorter intervals: all must be mixed with all.
        pause = min(_LONGEST_PAUSE_S, 2 * _SPAN_S / max(1, share // _EVENTS_PER_CONTACT))
        own = islice(_contacts(rng, f"{prefix}{number:07d}", pause), share)
        drafts += [draft._replace(at=begins + draft.at) for draft in own]
    drafts.sort(key=lambda draft: draft.at)
    return drafts


def even_shares(customers: int, events: int) -> list[int]:
    return [events // customers + (number < events % customers) for number in range(customers)]


def zipf_shares(customers: int, events: int) -> list[int]:
    """By Zipf's law with exponent 1: of 20,000 customers the first has a tenth of all events, half have a few."""
    weights = [1 / rank for rank in range(1, customers + 1)]
    total = sum(weights)
    shares = [max(1, round(events * weight / total)) for weight in weights]
    shares[0] += events - sum(shares)
    return shares


def stamped(drafts: Sequence[Draft], times: Sequence[datetime]) -> list[Sent]:
    return [_event(draft, time) for draft, time in zip(drafts, times, strict=True)]


def past(drafts: Sequence[Draft], until: datetime | None = None) -> list[Sent]:
    """Stamped so that the last occurred at `until` (now when None)."""
    end = until or datetime.now(UTC)
    last = drafts[-1].at
    return stamped(drafts, [end - timedelta(seconds=last - draft.at) for draft in drafts])


def as_it_arrives(sent: Sequence[Sent], seed: int = 2, *, again: float = 0.01, late: float = 0.005) -> list[Sent]:
    """The same number of events with the log's usual dirt: a share sent again, a share behind the next of its customer.

    So that their number stays, the last ones make room for those sent again.
    """
    rng = random.Random(seed)
    arriving = list(sent[: len(sent) - int(len(sent) * again)])
    following: dict[str, int] = {}
    for place in range(len(arriving) - 1, -1, -1):
        after = following.get(arriving[place].customer)
        if after is not None and rng.random() < late:
            arriving[place], arriving[after] = arriving[after], arriving[place]
        following[arriving[place].customer] = place
    for _ in range(len(sent) - len(arriving)):
        place = rng.randrange(len(arriving))
        arriving.insert(min(len(arriving), place + rng.randint(1, 2_000)), arriving[place])
    return arriving


def _contacts(rng: random.Random, customer: str, longest_pause_s: float) -> Iterator[Draft]:
    """Without end."""
    number, at = 0, 0.0
    while True:
        for draft in _contact(rng, customer, f"{customer}-k{number}", at):
            yield draft._replace(number=number)
            number += 1
            at = draft.at
        at += rng.uniform(min(3_600.0, longest_pause_s / 2), longest_pause_s)


def _contact(rng: random.Random, customer: str, contact: str, at: float) -> Iterator[Draft]:
    def said(kind: str, data: dict[str, Any], *, source: str = TELEPHONY, due_s: float | None = None) -> Draft:
        nonlocal at
        at += rng.uniform(5, 240)
        return Draft(customer, 0, source, kind, data, at, due_s)

    first, *desks = _way(rng)
    yield said("contact.started", _started(rng, contact))
    yield said("contact.queued", {"contact_id": contact, "desk": first, "position": rng.randint(1, 40)})
    wait = float(rng.randint(5, 900))
    yield said("contact.connected", {"contact_id": contact, "desk": first, "agent": _agent(rng), "wait_s": wait})
    for desk in desks:
        yield said("contact.transferred", _transferred(rng, contact, first, desk))
        first = desk
    if rng.random() < 0.3:
        made, due_s = _made(rng, contact, first)
        yield said("promise.made", made, source=CRM, due_s=due_s)
        yield said("promise.kept", {"promise_id": made["promise_id"], "contact_id": contact}, source=CRM)
    yield said("contact.ended", _ended(rng, contact, first, wait))
    if rng.random() < 0.5:
        resolution = "explained, and confirmed in writing on the same day"
        yield said(
            "issue.resolved", {"contact_id": contact, "resolution": resolution, "confirmed_by": "agent"}, source=CRM
        )


def _way(rng: random.Random) -> list[str]:
    """The desks that a contact passes, in order."""
    a, b, c = rng.sample(DESKS, 3)
    if rng.randrange(_PING_PONG_IN) == 0:
        return [a, b, a, b]
    if rng.randrange(_THIRD_DESK_IN) == 0:
        return [a, b, c]
    return [a, b] if rng.random() < 0.3 else [a]


def _started(rng: random.Random, contact: str) -> dict[str, Any]:
    number = f"+8150{rng.randrange(10**8):08d}"
    topic = rng.choice(TOPICS)
    return {
        "contact_id": contact, "channel": "phone", "direction": "inbound", "entry_point": number,
        "topic": topic, "language": "ja",
    }  # fmt: skip


def _transferred(rng: random.Random, contact: str, from_desk: str, to_desk: str) -> dict[str, Any]:
    return {
        "contact_id": contact, "from_desk": from_desk, "to_desk": to_desk, "from_agent": _agent(rng), "mode": "blind",
        "reason": "not_our_department", "context_passed": rng.random() < 0.2,
    }  # fmt: skip


def _made(rng: random.Random, contact: str, desk: str) -> tuple[dict[str, Any], float]:
    return {
        "promise_id": f"{contact}-p", "kind": "callback", "owner": {"desk": desk, "agent": _agent(rng)},
        "channel": "phone", "explicit": True, "contact_id": contact,
    }, rng.uniform(3_600, 86_400)  # fmt: skip


def _ended(rng: random.Random, contact: str, desk: str, wait_s: float) -> dict[str, Any]:
    talk_s = float(rng.randint(30, 1_800))
    return {
        "contact_id": contact, "desk": desk, "ended_by": "customer", "phase": "talk", "wait_s": wait_s,
        "talk_s": talk_s, "raw_reason": "normal clearing (Q.850 cause 16)",
    }  # fmt: skip


def _agent(rng: random.Random) -> str:
    return f"agent-{rng.randrange(400):04d}"


def _event(draft: Draft, time: datetime) -> Sent:
    event_id = f"{draft.customer}-{draft.number:06d}-5f2c"
    data = draft.data
    if draft.due_s is not None:
        data = {**data, "due_by": _rfc3339(time + timedelta(seconds=draft.due_s))}
    value = {
        "specversion": "1.0", "id": event_id, "source": draft.source, "type": draft.type, "subject": draft.customer,
        "time": _rfc3339(time), "datacontenttype": "application/json",
        "dataschema": f"urn:ashiato:schema:{draft.type}:v1", "data": data,
    }  # fmt: skip
    return Sent(draft.customer, event_id, _encode(value))


def _rfc3339(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
