"""What a person reads of a flag, and how a shell finds the demo."""

from datetime import UTC, datetime, timedelta
from typing import Any

from shared.events import FlagRaised, FlagSettled, FlagWithdrawn
from tools.demo.addresses import Addresses
from tools.demo.sentences import quiet_sentence, sentence
from tools.demo.watching import FlagEvent

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def a_flag(kind: str, of: type[FlagEvent] = FlagRaised, **data: Any) -> FlagEvent:
    cause = {"topic": "contact.events.v1", "partition": 0, "offset": 3, "event_id": "x"}
    about = {"flag_id": "f", "kind": kind, "rule": kind, "rule_version": 1, "evidence": [], "severity": 1}
    event = {"id": "f", "source": "urn:ashiato:journey", "subject": "ann", "time": NOW}
    return of.model_validate({**event, "data": {**about, "cause": cause, **data}})


def a_look_up(**parts: Any) -> dict[str, Any]:
    return {"open_issues": [], "debts": [], "promises": [], "feedback": {"thanks": 0}, **parts}


def test_a_flag_about_desks_names_them_in_order() -> None:
    way = a_look_up(open_issues=[{"issue_id": "i", "desks": [["shop"], ["support", "accounts", "billing"]]}])
    assert sentence(a_flag("ping_pong", issue_id="i"), way, NOW) == (
        "sent back and forth: support → accounts → billing"
    )
    assert sentence(a_flag("runaround", issue_id="i"), way, NOW) == (
        "passed from desk to desk (たらい回し): support → accounts → billing"
    )


def test_a_missed_promise_names_who_made_it_and_that_it_is_not_the_first() -> None:
    debt = {"promise_id": "p", "kind": "callback", "owner": {"desk": "offers", "agent": "kubo"}}
    due_by = (NOW - timedelta(seconds=1)).isoformat()
    found = sentence(
        a_flag("missed_promise", promise_id="p", severity=2), a_look_up(debts=[{**debt, "due_by": due_by}]), NOW
    )
    assert found == "callback promised by kubo at offers, due just now, never came, broken promise no. 2 in a year"


def test_what_is_withdrawn_or_settled_says_so() -> None:
    withdrawn = sentence(a_flag("runaround", FlagWithdrawn), {}, NOW)
    assert withdrawn == "no runaround, by what is known now"
    settled = sentence(a_flag("missed_promise", FlagSettled, why="made_good"), {}, NOW)
    assert settled == "missed promise: it was made good, late"


def test_without_a_look_up_the_flag_is_told_by_its_ids() -> None:
    assert sentence(a_flag("ping_pong", issue_id="i-1"), {}, NOW) == "sent back and forth: issue i-1"
    assert sentence(a_flag("missed_promise", promise_id="p-1"), {}, NOW) == "promise p-1 was not kept"


def test_a_customer_without_flags_may_still_be_owed_something() -> None:
    owed = {"kind": "callback", "owner": {"desk": "contracts"}, "due_by": (NOW + timedelta(hours=22)).isoformat()}
    assert quiet_sentence(a_look_up(promises=[owed]), NOW) == "no flag, but contracts owes a callback, due in 22 h"
    assert quiet_sentence(a_look_up(feedback={"thanks": 1}), NOW) == "no flag; the customer said thanks"


def test_on_the_usual_ports_a_shell_needs_nothing() -> None:
    assert Addresses().exports(around={}) is None


def test_a_shell_is_told_what_differs_from_what_it_would_look_for() -> None:
    moved = Addresses(kafka=20001)
    assert moved.exports(around={}) == "export ASHIATO_KAFKA=127.0.0.1:20001"
    assert moved.exports(around={"ASHIATO_KAFKA": "127.0.0.1:20001"}) is None
    assert Addresses().exports(around={"ASHIATO_JOURNEY_URL": "http://127.0.0.1:1"}) == (
        "export ASHIATO_JOURNEY_URL=http://127.0.0.1:8081"
    )


def test_processes_of_the_demo_take_nothing_from_settings_of_the_person() -> None:
    environment = Addresses().environment(around={"ASHIATO_JOURNEY_REDIS": "redis://elsewhere", "LANG": "C"})
    assert environment["ASHIATO_REDIS"] == "redis://127.0.0.1:6379/0"
    assert environment["LANG"] == "C"
    assert "ASHIATO_JOURNEY_REDIS" not in environment
