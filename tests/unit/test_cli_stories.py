"""The five stories show what they are told for: samples/stories/expected.json, by the rules themselves."""

import json
from collections import defaultdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.followup.domain import obligations
from services.followup.domain.owed import OwedRules, decide
from services.journey.domain.journey import Journey, fold
from services.journey.domain.picture import picture
from services.routing.domain.admit import refusals
from shared.customer_number import is_customer_number
from shared.event_log.wire import decode
from shared.events import FOLLOWUP, Event, Owner, PromiseMissed
from shared.promises.life import life
from tests.unit.cli_world import NOW
from tools.cli.relative_time import resolved

FOLDER = Path(__file__).resolve().parents[2] / "samples" / "stories"
EXPECTED: dict[str, Any] = json.loads((FOLDER / "expected.json").read_text("utf-8"))
STORIES = [pytest.param(story, id=story["file"]) for story in EXPECTED["stories"]]


def told(story: dict[str, Any]) -> dict[str, list[Event]]:
    """The events as published at NOW, by customer."""
    by_customer: dict[str, list[Event]] = defaultdict(list)
    for line in (FOLDER / story["file"]).read_text("utf-8").splitlines():
        event = decode(json.dumps(resolved(json.loads(line), NOW)).encode())
        by_customer[event.customer_id].append(event)
    return by_customer


def with_followup(customer: str, events: list[Event], now: datetime) -> list[Event]:
    """And what followup says by then: the owed callback, and each miss that has come due."""
    owed = decide(obligations.fold(customer, events), OwedRules()).events
    known = [*events, *owed]
    return [*known, *_missed(customer, fold(customer, known), now)]


def _missed(customer: str, journey: Journey, now: datetime) -> list[Event]:
    missed: list[Event] = []
    for promise_id, promise in journey.promises.items():
        lived = life(promise, now)
        if lived and lived.outcome == "missed" and lived.missed_window:
            data = PromiseMissed.Data(
                promise_id=promise_id,
                due_by=lived.missed_window.due_by,
                grace_s=0,
                detected_at=now,
                attempts_outside=0,
                made_good=False,
                owner=Owner(desk=lived.owner.desk),
            )
            time = lived.missed_window.deadline
            missed.append(PromiseMissed(id=f"m-{promise_id}", source=FOLLOWUP, subject=customer, time=time, data=data))
    return missed


def seen(customer: str, events: list[Event], now: datetime) -> dict[str, Any]:
    shown = picture(fold(customer, with_followup(customer, events, now)), now)
    return {
        "flags": [{name: flag[name] for name in ("kind", "state", "severity")} for flag in shown["flags"]],
        "debts": [{name: debt[name] for name in ("promise_id", "outcome")} for debt in shown["debts"]],
        "promises": [{name: one[name] for name in ("kind", "state")} for one in shown["promises"]],
        "feedback": shown["feedback"],
        "situation": len(shown["situation"]),
        "notices": len(shown["notices"]),
    }


def due_by(expected: dict[str, Any], seconds: int) -> dict[str, Any]:
    """What is expected so many seconds after publishing."""
    fields = dict(expected)
    for name in ("flags", "debts"):
        fields[name] = [
            {key: value for key, value in one.items() if key != "after_s"}
            for one in expected[name]
            if one.get("after_s", 0) < seconds
        ]
    return fields


def unordered(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: sorted(value, key=json.dumps) if isinstance(value, list) else value for name, value in fields.items()}


@pytest.mark.parametrize("story", STORIES)
def test_a_story_shows_what_it_is_told_for(story: dict[str, Any]) -> None:
    events = told(story)

    assert events.keys() == story["customers"].keys()
    for customer, expected in story["customers"].items():
        after = seen(customer, events[customer], NOW + timedelta(seconds=EXPECTED["within_s"]))
        assert unordered(after) == unordered(due_by(expected, EXPECTED["within_s"]))


def test_a_callback_is_missed_while_people_watch() -> None:
    [story] = [one for one in EXPECTED["stories"] if one["file"].startswith("s3")]
    [customer] = story["customers"]

    at_first = seen(customer, told(story)[customer], NOW + timedelta(seconds=1))

    assert [flag["severity"] for flag in at_first["flags"]] == [1]
    assert at_first["promises"] == [{"kind": "callback", "state": "due"}]


@pytest.mark.parametrize("story", STORIES)
def test_every_event_of_a_story_is_admitted_and_in_order(story: dict[str, Any]) -> None:
    for customer, events in told(story).items():
        assert is_customer_number(customer)
        assert [event.time for event in events] == sorted(event.time for event in events)
        assert [refusals(event, NOW) for event in events] == [[]] * len(events)
        assert len({(event.source, event.id) for event in events}) == len(events)
        assert not any(type(event).__name__ == "UnknownEvent" for event in events)


def test_every_story_file_is_expected_and_of_other_customers() -> None:
    files = [story["file"] for story in EXPECTED["stories"]]
    customers = [customer for story in EXPECTED["stories"] for customer in story["customers"]]

    assert sorted(files) == sorted(path.name for path in FOLDER.glob("*.jsonl"))
    assert len(set(customers)) == len(customers)
