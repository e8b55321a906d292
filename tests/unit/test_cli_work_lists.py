"""`ashiato flags` and `ashiato promises`: lists to act on, and flags as they come."""

import asyncio
import json
from typing import Any

import pytest

from shared.event_log.log import Message
from shared.event_log.topics import FLAGS
from tests.unit.cli_world import Outside, pages, problem


def an_item(**fields: Any) -> dict[str, Any]:
    flag = {"kind": "ping_pong", "severity": 2, "state": "raised", "complete_at": "2026-03-02T10:00:00Z"}
    return {
        "customer_id": "7K3M9QX2C",
        "subject": "issue-1",
        "topic": "sign-in",
        "product": None,
        "desks": ["billing"],
        "flags": [flag, {**flag, "kind": "runaround"}],
        **fields,
    }


def a_promise(**fields: Any) -> dict[str, Any]:
    return {
        "customer_id": "crm:17",
        "kind": "callback",
        "owner": {"desk": "offers", "agent": None},
        "due_by": "2026-03-02T12:00:20Z",
        "state": "due",
        "wording": None,
        **fields,
    }


def a_flag(number: int, kind: str = "ping_pong", verb: str = "raised") -> Message:
    data = {
        "flag_id": f"f-{number}",
        "kind": kind,
        "rule": kind,
        "rule_version": 1,
        "evidence": [{"source": "s", "id": "1"}],
        "severity": 1,
        "issue_id": f"issue-{number}",
        "cause": {"topic": "contact.events.v1", "partition": 0, "offset": number, "event_id": "1"},
        **({"why": "issue_resolved"} if verb == "settled" else {}),
    }
    event = {
        "specversion": "1.0",
        "id": f"e-{number}",
        "source": "urn:ashiato:journey",
        "type": f"flag.{verb}",
        "subject": "7K3M9QX2C",
        "time": "2026-03-02T11:00:00Z",
        "data": data,
    }
    return Message(FLAGS.name, b"7K3M9QX2C", json.dumps(event).encode())


async def say(outside: Outside, *flags: Message) -> None:
    await outside.log.append(flags)


def test_flags_are_a_table_with_the_filters_that_were_asked_for() -> None:
    outside = Outside()
    outside.answers["journey", "/flags"] = pages({"items": [an_item()]}, {"items": [an_item(desks=[])]})

    assert outside.ashiato("flags", "--kind", "ping_pong", "--desk", "billing", "--lapsed") == 0

    head, *rows = outside.out.splitlines()
    assert head.split() == ["FLAG", "SEVERITY", "CUSTOMER", "ABOUT", "SINCE", "STATE", "DESKS"]
    assert rows[0].split("  ")[0] == "ping_pong (+1)"
    assert "7K3M-9QX2-C  sign-in  2 h ago" in rows[0]
    assert dict(outside.asked[0].url.params) == {
        "limit": "500",
        "kind": "ping_pong",
        "desk": "billing",
        "lapsed": "true",
    }


def test_flags_as_json_lines_stop_at_the_limit() -> None:
    outside = Outside()
    outside.answers["journey", "/flags"] = pages({"items": [an_item()]}, {"items": [an_item()] * 3}, {"items": []})

    assert outside.ashiato("flags", "--json", "--limit", "2") == 0
    assert outside.lines == [an_item()] * 2


def test_an_empty_list_says_so() -> None:
    outside = Outside()
    outside.answers["journey", "/flags"] = pages({"items": []})
    outside.answers["followup", "/promises"] = pages({"items": []})

    assert (outside.ashiato("flags"), outside.out) == (0, "No flags.\n")
    assert (outside.ashiato("promises"), outside.out) == (0, "No promises.\n")
    assert (outside.ashiato("promises", "--json"), outside.out) == (0, "")


def test_promises_say_who_owes_what_by_when() -> None:
    outside = Outside()
    outside.answers["followup", "/promises"] = pages({"items": [a_promise()]})

    assert outside.ashiato("promises", "--state", "due", "--before", "2026-03-03T00:00:00+09:00") == 0

    assert "2026-03-02 12:00  in 20 s  callback  due    crm:17    offers" in outside.out
    assert dict(outside.asked[0].url.params) == {"limit": "500", "state": "due", "before": "2026-03-02T15:00:00Z"}


@pytest.mark.parametrize("arguments", [["flags", "--state", "open"], ["promises", "--before", "soon"]])
def test_what_cannot_be_asked_is_bad_input(arguments: list[str]) -> None:
    outside = Outside()

    assert outside.ashiato(*arguments) == 2
    assert len(outside.err.splitlines()) == 1
    assert outside.asked == []


def test_a_refused_question_tells_which_parameter() -> None:
    outside = Outside()
    refusal = problem(422, "See errors.")
    refusal._content = json.dumps(
        {"detail": "See errors.", "errors": [{"parameter": "cursor", "detail": "odd"}]}
    ).encode()
    outside.answers["journey", "/flags"] = refusal

    assert outside.ashiato("flags") == 1
    assert outside.err == "error: journey api: See errors. (cursor odd)\n"


async def in_thread(outside: Outside, *arguments: str) -> int:
    """A command has an event loop of its own."""
    return await asyncio.to_thread(outside.ashiato, *arguments)


async def test_follows_flags_one_line_each() -> None:
    outside = Outside()
    await say(outside, a_flag(1), a_flag(2, "runaround"), a_flag(1, verb="settled"))

    assert await in_thread(outside, "flags", "--follow", "--from-start", "--limit", "3") == 0

    first, second, third = outside.out.splitlines()
    assert first[11:] == "raised     ping_pong       severity 1  7K3M-9QX2-C  issue issue-1"
    assert "runaround" in second
    assert third.endswith("settled    ping_pong       severity 1  7K3M-9QX2-C  issue issue-1  (issue_resolved)")


async def test_follows_only_the_kind_that_was_asked_for_and_skips_what_is_no_flag() -> None:
    outside = Outside()
    await say(outside, Message(FLAGS.name, b"k", b"junk"), a_flag(1), a_flag(2, "runaround"))

    code = await in_thread(
        outside, "flags", "--follow", "--from-start", "--kind", "runaround", "--json", "--limit", "1"
    )

    assert code == 0
    assert [line["id"] for line in outside.lines] == ["e-2"]


def test_follow_takes_no_filter_of_the_list() -> None:
    outside = Outside()

    assert outside.ashiato("flags", "--follow", "--desk", "billing") == 2
    assert "--desk" in outside.err
