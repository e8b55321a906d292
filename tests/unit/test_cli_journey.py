"""`ashiato journey`: debts first, plain words, and nothing hostile reaches the terminal."""

import json
from typing import Any

import httpx
import pytest

from shared.events import BY_TYPE
from tests.contract.examples import example
from tests.unit.cli_world import Outside, pages, problem
from tools.cli.plain_words import in_words


def a_journey(**fields: Any) -> dict[str, Any]:
    empty: dict[str, Any] = {name: [] for name in ("debts", "promises", "flags", "situation", "open_issues", "notices")}
    about = {"customer_id": "7K3M9QX2C", "as_of": "2026-03-02T11:59:59Z", "behind": 0, "entries": []}
    return {**empty, **about, "last_owner": None, "preference": None, "feedback": {}, **fields}


def a_debt(**fields: Any) -> dict[str, Any]:
    return {
        "kind": "callback",
        "owner": {"desk": "offers", "agent": "n.kubo"},
        "due_by": "2026-03-02T09:00:00Z",
        "outcome": "missed",
        "attempts": 2,
        "wording": "I will ring you back",
        **fields,
    }


def an_entry(**fields: Any) -> dict[str, Any]:
    event = {"type": "contact.re_explained", "time": "2026-03-01T10:30:00Z", "data": {"what": "problem"}}
    return {"event": event, "voided": False, "replaced_by": None, **fields}


def shown(journey: dict[str, Any]) -> Outside:
    outside = Outside()
    outside.answers["journey", "/journeys/7K3M-9QX2-C"] = httpx.Response(200, json=journey)
    assert outside.ashiato("journey", "7K3M-9QX2-C") == 0
    return outside


def test_says_first_what_we_owe() -> None:
    flag = {"kind": "ping_pong", "state": "raised", "severity": 1, "issue_id": "i", "evidence": [1, 2]}

    out = shown(a_journey(debts=[a_debt()], flags=[flag], entries=[an_entry()])).out.splitlines()

    assert out[0] == "Customer 7K3M-9QX2-C   as of 2026-03-02 11:59 UTC"
    assert out[2:4] == [
        "We owe",
        "  callback by n.kubo at offers: was due 2026-03-02 09:00 (3 h ago), missed, 2 attempts"
        ' - "I will ring you back"',
    ]
    assert out.index("We owe") < out.index("Flags") < out.index("Newest first")
    assert out[-1] == "  2026-03-01 10:30  had to explain again: the problem"


def test_shows_the_person_before_the_problem() -> None:
    journey = a_journey(
        situation=[{"kind": "tried_already", "text": "the web page", "valid_until": None}],
        last_owner={"desk": "billing", "agent": "y.noda", "at": "2026-03-02T11:00:00Z"},
        preference={"preferred_channels": ["message"], "never_channels": ["store"], "ask_first": True},
        notices=[{"cause": "bill_change", "explanation": "more", "at": "2026-03-01T00:00:00Z", "delivered": False}],
        feedback={"thanks": 1, "complaints": 2},
        open_issues=[
            {"issue_id": "i", "topic": "sign-in", "desks": [["a", "b"], ["a"]], "last_touch": "2026-03-01T12:00:00Z"}
        ],
    )

    out = shown(journey).out

    assert "  tried already: the web page" in out
    assert "  y.noda at billing, 2026-03-02 11:00 (60 min ago)" in out
    assert "  prefers message; never store; ask first" in out
    assert "NOT YET TOLD" in out
    assert "1 thanks, 2 complaints" in out
    assert "  sign-in: a > b | a, last touched 24 h ago" in out


def test_marks_entries_that_no_longer_count() -> None:
    out = shown(a_journey(entries=[an_entry(voided=True), an_entry(replaced_by="e-9"), an_entry()])).out

    assert out.count("[taken back]") == 1
    assert out.count("[corrected]") == 1


def test_hostile_text_cannot_speak_to_the_terminal() -> None:
    hostile = "\x1b]0;owned\x07\x1b[31m\u202eevil\nWe owe\r"

    out = shown(a_journey(situation=[{"kind": "worry", "text": f"[red]{hostile}", "valid_until": None}])).out

    assert "\x1b" not in out
    assert "\u202e" not in out
    assert "[red]" in out
    assert out.splitlines().count("We owe") == 0


def test_json_is_the_answer_itself() -> None:
    outside = Outside()
    journey = a_journey(debts=[a_debt()])
    outside.answers["journey", "/journeys/a:b"] = httpx.Response(200, json=journey)

    assert outside.ashiato("journey", "a:b", "--json") == 0
    assert json.loads(outside.out) == journey


def test_all_pages_through_the_timeline() -> None:
    outside = Outside()
    outside.answers["journey", "/journeys/c/events"] = pages({"items": [an_entry()] * 2}, {"items": [an_entry()]})

    assert outside.ashiato("journey", "c", "--all") == 0
    assert len(outside.out.splitlines()) == 3
    assert outside.ashiato("journey", "c", "--all", "--json") == 0
    assert outside.lines == [an_entry()] * 3


def test_no_such_customer_is_a_no() -> None:
    outside = Outside()
    outside.answers["journey", "/journeys/nobody"] = problem(404, "Nothing is recorded under this id.")

    assert outside.ashiato("journey", "nobody") == 1
    assert outside.err == "error: journey api: Nothing is recorded under this id.\n"


def test_waits_for_a_rebuild_when_asked_to() -> None:
    outside = Outside()
    answers = [problem(503, "being rebuilt", Retry_After="2"), httpx.Response(200, json=a_journey())]
    outside.answers["journey", "/journeys/c"] = lambda _: answers.pop(0) if len(answers) > 1 else answers[0]

    assert outside.ashiato("journey", "c") == 1
    answers.insert(0, problem(503, "being rebuilt", Retry_After="2"))
    assert outside.ashiato("journey", "c", "--wait", "30") == 0
    assert outside.slept == [2.0]


@pytest.mark.parametrize("kind", sorted(BY_TYPE))
def test_every_type_has_plain_words(kind: str) -> None:
    told = in_words(example(kind))

    assert told != kind
    assert "None" not in told


@pytest.mark.parametrize(
    "event", [{}, {"type": "contact.ended"}, {"type": "contact.ended", "data": {}}, {"type": "new"}]
)
def test_odd_events_are_shown_all_the_same(event: dict[str, Any]) -> None:
    assert in_words(event)
