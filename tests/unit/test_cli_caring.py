"""`ashiato dead-letters`, `rebuild` and `doctor`."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from shared.event_log.dead_letters import set_aside
from shared.event_log.log import Message, Record
from shared.event_log.topics import CONTACT_EVENTS, DEAD_LETTERS
from shared.projection import Lost
from shared.projection.memory import MemoryProjection
from tests.unit.cli_world import NOW, PARTITIONS, Outside, problem

TOPIC = CONTACT_EVENTS.name


def a_letter(offset: int, value: bytes = b"junk", **fields: Any) -> Message:
    record = Record(TOPIC, 1, offset, 0, b"customer", value, (("ce_x", b"1"),))
    return set_aside(record._replace(**fields), "not_json", "it is no JSON")


def with_letters(*letters: Message) -> Outside:
    outside = Outside()
    asyncio.run(outside.log.append(letters))
    return outside


def test_lists_dead_letters_with_their_reason() -> None:
    outside = with_letters(a_letter(7), a_letter(9))

    assert outside.ashiato("dead-letters", "list") == 0
    assert f"{TOPIC}:1:7" in outside.out
    assert "not_json  it is no JSON" in outside.out


def test_lists_original_bytes_as_json() -> None:
    outside = with_letters(a_letter(7, b"text"), a_letter(9, b"\xff\x00"), a_letter(9, b"\xff\x00"))

    assert outside.ashiato("dead-letters", "list", "--json") == 0

    text, binary = outside.lines
    assert (text["id"], text["code"], text["key"], text["value"]) == (f"{TOPIC}:1:7", "not_json", "customer", "text")
    assert binary["value_base64"] == "/wA="


def test_skips_what_is_no_dead_letter() -> None:
    outside = with_letters(Message(DEAD_LETTERS.name, b"k", b"strange"))

    assert (outside.ashiato("dead-letters", "list"), outside.out) == (0, "No dead letters.\n")


def test_retry_appends_the_original_once_more() -> None:
    outside = with_letters(a_letter(7, b"one"), a_letter(9, b"two"))

    assert outside.ashiato("dead-letters", "retry", f"{TOPIC}:1:9", "--yes") == 0

    [record] = outside.log.records(TOPIC)
    assert (record.key, record.value, record.headers) == (b"customer", b"two", (("ce_x", b"1"),))


def test_retry_all_appends_each_once() -> None:
    outside = with_letters(a_letter(7, b"one"), a_letter(9, b"two"), a_letter(9, b"two"))

    assert outside.ashiato("dead-letters", "retry", "--all", "--yes", "--json") == 0
    assert json.loads(outside.out) == {"appended": 2}
    assert {record.value for record in outside.log.records(TOPIC)} == {b"one", b"two"}


def test_retry_sends_nothing_when_an_id_is_unknown() -> None:
    outside = with_letters(a_letter(7))

    assert outside.ashiato("dead-letters", "retry", f"{TOPIC}:1:7", "odd", "--yes") == 1
    assert "odd" in outside.err
    assert outside.log.records(TOPIC) == []


@pytest.mark.parametrize("arguments", [["--yes"], ["--all", "x:1:1", "--yes"], ["--all"]])
def test_retry_needs_ids_or_all_and_a_yes(arguments: list[str]) -> None:
    outside = with_letters(a_letter(7))

    assert outside.ashiato("dead-letters", "retry", *arguments) == 2
    assert outside.log.records(TOPIC) == []


def filled() -> tuple[Outside, MemoryProjection, dict[int, str]]:
    """A journey projection whose partitions have an owner and a position."""
    projection, tokens = MemoryProjection(), {}

    async def fill() -> None:
        for partition in range(PARTITIONS):
            tokens[partition] = (await projection.claim(partition)).token
            await projection.save(partition, tokens[partition], None, [], 5)

    asyncio.run(fill())
    return Outside(projections={"journey": projection}), projection, tokens


def test_rebuild_makes_every_owner_find_itself_lost() -> None:
    outside, projection, tokens = filled()

    assert outside.ashiato("rebuild", "journey", "--yes") == 0
    for partition in range(PARTITIONS):
        with pytest.raises(Lost):
            asyncio.run(projection.save(partition, tokens[partition], 5, [], 6))


def test_rebuild_of_one_partition_leaves_the_others() -> None:
    outside, projection, tokens = filled()

    assert outside.ashiato("rebuild", "journey", "--partition", "2", "--yes", "--json") == 0
    assert json.loads(outside.out) == {"service": "journey", "partitions": 1}
    asyncio.run(projection.save(1, tokens[1], 5, [], 6))
    with pytest.raises(Lost):
        asyncio.run(projection.save(2, tokens[2], 5, [], 6))


def test_rebuild_asks_before_it_forgets() -> None:
    outside, projection, tokens = filled()

    assert outside.ashiato("rebuild", "journey") == 2
    assert "--yes" in outside.err
    asyncio.run(projection.save(0, tokens[0], 5, [], 6))


def test_rebuild_of_a_partition_that_does_not_exist_is_bad_input() -> None:
    outside, _, _ = filled()

    assert outside.ashiato("rebuild", "journey", "--partition", "99", "--yes") == 2


def partition(number: int, **fields: Any) -> dict[str, Any]:
    at = datetime.fromtimestamp(NOW.timestamp() - 1, UTC).isoformat()
    return {
        "partition": number,
        "next": 10,
        "end": 12,
        "behind": 2,
        "state": "running",
        "reason": "",
        "at": at,
        **fields,
    }


def examined(outside: Outside, monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, str]]:
    monkeypatch.setenv("ASHIATO_REDIS", "redis://:secret@127.0.0.1:1/0")
    assert outside.ashiato("doctor", "--json") == 1
    assert "secret" not in outside.out
    return {one["subject"]: one for one in json.loads(outside.out)}


def test_doctor_says_of_everything_that_is_away_how_to_start_it(monkeypatch: pytest.MonkeyPatch) -> None:
    outside = Outside()
    outside.log.unavailable = True

    found = examined(outside, monkeypatch)

    assert {name for name, one in found.items() if one["state"] == "error"} >= {
        "Kafka",
        "Redis of journey",
        "journey api",
    }
    assert all(one["mend"] for one in found.values() if one["state"] == "error")


def test_doctor_names_partitions_that_need_somebody(monkeypatch: pytest.MonkeyPatch) -> None:
    outside = Outside()
    items = [
        partition(0),
        partition(1, state="paused", reason="ZeroDivisionError"),
        partition(2, at="2026-03-02T11:00:00Z"),
        partition(3, state="unknown", next=None, end=None, behind=None, at=None),
        partition(4, state="rebuilding", behind=100),
    ]
    for service in ("journey", "followup"):
        outside.answers[service, "/health/ready"] = httpx.Response(200, json={})
    outside.answers["journey", "/partitions"] = httpx.Response(200, json={"items": items})
    outside.answers["followup", "/partitions"] = httpx.Response(200, json={"items": [partition(0)]})

    found = examined(outside, monkeypatch)

    assert found["followup worker"]["state"] == "ok"
    assert "1 partitions, 2 events behind" in found["followup worker"]["told"]
    assert found["journey worker"]["state"] == "error"
    assert "journey partition 0" not in found
    assert "ZeroDivisionError" in found["journey partition 1"]["told"]
    assert "3600 s" in found["journey partition 2"]["told"]
    assert found["journey partition 3"]["state"] == "error"
    assert found["journey partition 4"]["state"] == "warning"


def test_doctor_tells_why_an_api_is_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    outside = Outside()
    outside.answers["followup", "/health/ready"] = problem(503, "Redis does not answer.")

    found = examined(outside, monkeypatch)

    assert "Redis does not answer." in found["followup api"]["told"]
    assert found["routing api"]["state"] == "ok"


def test_doctor_for_people_ends_with_the_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASHIATO_REDIS", "redis://127.0.0.1:1/0")
    outside = with_letters(a_letter(1))

    assert outside.ashiato("doctor") == 1
    assert "ashiato dead-letters list" in outside.out
    assert outside.out.splitlines()[-1].endswith("to mend.")


def test_doctor_tells_how_old_what_is_known_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    outside = Outside()
    items = [partition(0, as_of="2026-03-02T11:59:58Z"), partition(1, as_of="2026-03-02T11:50:00Z")]
    outside.answers["journey", "/health/ready"] = httpx.Response(200, json={})
    outside.answers["journey", "/partitions"] = httpx.Response(200, json={"items": items})

    found = examined(outside, monkeypatch)

    assert "all known up to 600 s ago" in found["journey worker"]["told"]
    assert found["journey partition 1"]["state"] == "warning"
    assert "600 s" in found["journey partition 1"]["told"]
    assert "journey partition 0" not in found
