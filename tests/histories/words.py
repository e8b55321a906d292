"""The small stock of words, times and fields that nasty histories are made of.

Few of each, so that they meet: two contacts of a customer, two issues, three desks, times whose differences are
0, 1 µs, 60 s, 24 h and 7 days, and each of these a microsecond beside.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from tests.histories.builders import DAY, HOUR, MINUTE, PBX, REQUIRED, TICK, WEEK
from tests.oracle.ids import derive

Fields = Mapping[str, st.SearchStrategy[Any]]

CUSTOMERS = ("c-1", "C:2", "7K3M9QX2C")
SOURCES = (PBX, "urn:example:crm", "urn:example:あ")
CONTACTS = ("k1", "k2", "k3")
DESKS = ("front", "tech", "billing")
TOPICS = ("bill", "line")
PROMISES = ("p1", "p2")

PHONE_WRITINGS = ("+81 3-1234-5678", "+81312345678", "+81 (3) 1234 5678")
URL_WRITINGS = ("https://Help.example/Account/?from=mail", "help.example/account", "HTTP://HELP.EXAMPLE/ACCOUNT/")
ELSEWHERE = ("+81 3-9999-0000", "https://other.example")
ADDRESSES = PHONE_WRITINGS + URL_WRITINGS + ELSEWHERE

_ANCHORS = (timedelta(0), timedelta(0), HOUR, DAY, DAY, 2 * DAY, WEEK, WEEK + DAY, 2 * WEEK)
_BESIDE = (timedelta(0), timedelta(0), timedelta(0), TICK, -TICK, timedelta(seconds=1), MINUTE, HOUR)
_SHORT = (timedelta(0), timedelta(0), TICK, timedelta(seconds=1), MINUTE - TICK, MINUTE, MINUTE + TICK, HOUR)
_GRACES = (None, None, 0, 0.5, 60, 3600, 86400)


def moments() -> st.SearchStrategy[timedelta]:
    """When something may happen: two draws often lie exactly on a boundary of some rule."""
    return st.builds(lambda anchor, beside: anchor + beside, st.sampled_from(_ANCHORS), st.sampled_from(_BESIDE))


def pauses() -> st.SearchStrategy[timedelta]:
    """From one event of an episode to the next."""
    return st.sampled_from(_SHORT)


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


def of(*choices: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(choices)


def addresses_like(told: str) -> st.SearchStrategy[str]:
    """Mostly where the customer was told to go, in some writing."""
    same = next((group for group in (PHONE_WRITINGS, URL_WRITINGS) if told in group), (told,))
    return st.sampled_from((*same, *same, *ELSEWHERE))


def issue_ids(customer: str) -> st.SearchStrategy[str | None]:
    """Mostly none; given ids; and the id that an implicit issue has, as somebody may have read it in a look-up."""
    implicit = [derive(["issue", customer, contact]) for contact in CONTACTS]
    return st.sampled_from([None] * 8 + ["i1", "i1", "i2"] + implicit[:1])


def owners() -> st.SearchStrategy[dict[str, str]]:
    return st.sampled_from([{"desk": "tech"}, {"desk": "billing"}, {"desk": "front", "agent": "aoki"}])


def fields_of(kind: str, customer: str) -> Fields:
    """The data that a type may have, beyond what its builder fills in."""
    family = kind.split(".", maxsplit=1)[0]
    makers = {"contact": _contact, "redirect": _redirect, "issue": _issue, "promise": _promise}
    if family in makers and kind in REQUIRED:
        return makers[family](kind, customer)
    return {"odd": of(1, 1.0, True, None)}  # an unknown field: equal as a JSON value, or not


def _contact(kind: str, customer: str) -> Fields:
    contact = of(*CONTACTS)
    common: Fields = {"contact_id": contact, "issue_id": issue_ids(customer)}
    desk = of(*DESKS)
    transfer: Fields = {
        "contact_id": of(*CONTACTS, *CONTACTS, None),
        "from_desk": maybe(desk),
        "to_desk": desk,
    }
    own: Mapping[str, Fields] = {
        "contact.started": {
            "direction": of("inbound", "inbound", "inbound", "outbound"),
            "entry_point": of(*ADDRESSES),
            "topic": of(None, None, *TOPICS),
        },
        "contact.queued": {"desk": desk},
        "contact.connected": {"desk": desk},
        "contact.ended": {
            "ended_by": of("system", "system", "customer", "telecom"),
            "phase": of("menu", "queue", "queue", "talk"),
            "wait_s": of(None, None, 59, 59.5, 60, 61),
        },
        "contact.transferred": transfer,
        "contact.transfer_failed": transfer,
        "contact.consulted": {"desk": desk, "with_desk": desk},
    }
    return {**common, **own.get(kind, {})}


def _redirect(_kind: str, customer: str) -> Fields:
    return {
        "contact_id": of(None, *CONTACTS),
        "issue_id": issue_ids(customer),
        "told": of(*ADDRESSES, *DESKS),
        "to_desk": of(None, None, *DESKS),
    }


def _issue(kind: str, customer: str) -> Fields:
    given = issue_ids(customer).map(lambda issue_id: issue_id or "i1")
    topic_and_desk: Fields = {"issue_id": given, "topic": of(None, None, *TOPICS), "desk": maybe(of(*DESKS))}
    own: Mapping[str, Fields] = {
        "issue.opened": topic_and_desk,
        "issue.assigned": topic_and_desk,
        "issue.reopened": {"issue_id": given},
        "issue.resolved": {
            "issue_id": issue_ids(customer),
            "contact_id": of(None, *CONTACTS),
            "confirmed_by": of("agent", "customer", "silence"),
        },
        "issue.dropped": {"issue_id": issue_ids(customer)},
    }
    return own[kind]


def _promise(kind: str, customer: str) -> Fields:
    common: Fields = {"promise_id": of(*PROMISES), "issue_id": issue_ids(customer)}
    window: Fields = {"due_from": of(None, None) | moments(), "grace_s": of(*_GRACES)}
    who: Fields = {"by": of("customer", "staff", "system")}
    own: Mapping[str, Fields] = {
        "promise.made": {
            **window,
            "due_by": maybe(moments()),
            "kind": of("callback", "callback", "reply", "repair", "visit", "other"),
            "owner": owners(),
            "explicit": st.booleans(),
            "historic": of(None, None, None, False, True),
            "contact_id": of(None, *CONTACTS),
        },
        "promise.rescheduled": {**window, **who, "due_by": moments()},
        "promise.reassigned": {**who, "owner": owners()},
        "promise.cancelled": who,
        "promise.attempted": {"result": of("reached", "refused", "no_answer", "busy", "machine", "failed")},
        "promise.kept": {"kept_at": maybe(moments()), "contact_id": of(None, *CONTACTS)},
        "promise.missed": {"due_by": moments(), "grace_s": of(0, 60, 3600), "made_good": st.booleans()},
    }
    if kind == "promise.missed":
        common = {"promise_id": of(*PROMISES)}  # promise.missed carries no issue_id
    return {**common, **own[kind]}
