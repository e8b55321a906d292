"""POST /events: what the caller hears."""

import asyncio
from collections.abc import Sequence

import httpx
import pytest

from shared.event_log.log import Message
from shared.event_log.memory import MemoryLog
from tests.front_door import BATCH, STRUCTURED, a_door, a_log, an_event, post, values, written

GOOD = written(an_event())


def batch(*events: bytes) -> bytes:
    return b"[" + b",".join(events) + b"]"


def is_problem(answer: httpx.Response, status: int, name: str) -> None:
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status
    assert answer.json()["type"] == f"urn:ashiato:problem:{name}"


async def test_an_event_is_accepted_with_its_names() -> None:
    log = a_log()
    async with a_door(log) as client:
        answer = await post(client, GOOD)
    assert answer.status_code == 202
    assert answer.json() == {"accepted": [{"id": "e1", "source": "urn:example:pbx", "subject": "c1"}]}
    assert values(log) == [GOOD]


async def test_binary_mode_is_accepted() -> None:
    event = an_event()
    data = event.pop("data")
    async with a_door(a_log()) as client:
        headers = {f"ce-{name}": value for name, value in event.items()}
        answer = await post(client, written(data), "application/json", **headers)
    assert answer.status_code == 202


async def test_an_unknown_type_is_accepted_and_called_so() -> None:
    async with a_door(a_log()) as client:
        answer = await post(client, written(an_event(type="contact.sang_to")))
    assert answer.status_code == 202
    assert answer.json()["accepted"][0]["unknown_type"] is True


async def test_a_refusal_points_at_the_fields() -> None:
    log = a_log()
    async with a_door(log) as client:
        answer = await post(client, written(an_event(subject="no spaces", data={"contact_id": 7})))
    is_problem(answer, 422, "invalid_event")
    assert {"/subject", "/data/contact_id", "/data/desk"} <= {error["pointer"] for error in answer.json()["errors"]}
    assert "no spaces" not in answer.text
    assert values(log) == []


async def test_our_own_sources_may_not_enter() -> None:
    async with a_door(a_log()) as client:
        answer = await post(client, written(an_event(source="urn:ashiato:journey")))
    is_problem(answer, 422, "not_admitted")
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/source"]


async def test_a_batch_of_good_events_is_accepted() -> None:
    async with a_door(a_log()) as client:
        answer = await post(client, batch(GOOD, written(an_event(id="e2"))), BATCH)
    assert answer.status_code == 202
    assert [(one["index"], one["status"], one["id"]) for one in answer.json()["results"]] == [
        (0, "accepted", "e1"),
        (1, "accepted", "e2"),
    ]


async def test_an_empty_batch_is_accepted() -> None:
    async with a_door(a_log()) as client:
        answer = await post(client, b"[]", BATCH)
    assert (answer.status_code, answer.json()) == (202, {"results": []})


async def test_a_mixed_batch_tells_about_each() -> None:
    log = a_log()
    async with a_door(log) as client:
        answer = await post(client, batch(written(an_event(id="e0", time="soon")), GOOD, b"7"), BATCH)
    assert answer.status_code == 207
    first, second, third = answer.json()["results"]
    assert (first["status"], first["id"]) == ("refused", "e0")
    assert first["problem"]["type"] == "urn:ashiato:problem:invalid_event"
    assert "/time" in [error["pointer"] for error in first["problem"]["errors"]]
    assert second["status"] == "accepted"
    assert third["status"] == "refused"
    assert "id" not in third
    assert values(log) == [GOOD]


async def test_a_batch_without_a_good_event_is_refused() -> None:
    async with a_door(a_log()) as client:
        answer = await post(client, batch(b"{}", b"7"), BATCH)
    is_problem(answer, 422, "nothing_accepted")
    assert [one["index"] for one in answer.json()["results"]] == [0, 1]


async def test_an_event_that_is_too_large_is_refused() -> None:
    large = written(an_event(data={"contact_id": "k1", "desk": "front", "note": "x" * 300_000}))
    async with a_door(a_log()) as client:
        is_problem(await post(client, large), 413, "too_large")
        answer = await post(client, batch(GOOD, large), BATCH)
    assert answer.status_code == 207
    assert answer.json()["results"][1]["problem"]["status"] == 413


async def test_a_body_that_is_too_large_is_refused() -> None:
    async with a_door(a_log()) as client:
        is_problem(await post(client, b" " * (1024 * 1024 + 1)), 413, "too_large")


async def test_a_batch_that_is_too_long_is_refused() -> None:
    log = a_log()
    async with a_door(log, largest_batch=2) as client:
        is_problem(await post(client, batch(GOOD, GOOD, GOOD), BATCH), 413, "too_large")
    assert values(log) == []


async def test_json_that_is_no_cloudevent_is_refused() -> None:
    async with a_door(a_log()) as client:
        answer = await post(client, GOOD, "application/json")
    is_problem(answer, 415, "unsupported_media_type")
    assert answer.json()["accepted"] == [STRUCTURED, BATCH, "application/json"]


@pytest.mark.parametrize("fault", ["unavailable", "acknowledgements_lost"])
async def test_without_acknowledgement_the_caller_shall_come_again(fault: str) -> None:
    log = a_log()
    async with a_door(log) as client:
        setattr(log, fault, True)
        answer = await post(client, GOOD)
        is_problem(answer, 503, "unavailable")
        assert int(answer.headers["retry-after"]) > 0
        assert "same ids" in answer.json()["detail"]
        setattr(log, fault, False)
        assert (await post(client, GOOD)).status_code == 202


async def test_is_ready_when_the_log_is() -> None:
    log = a_log()
    log.unavailable = True
    async with a_door(log) as client:
        is_problem(await client.get("/health/ready"), 503, "unavailable")
        assert (await client.get("/health/live")).status_code == 200
        log.unavailable = False
        assert (await client.get("/health/ready")).status_code == 200


class SlowLog(MemoryLog):
    """Acknowledges when told to."""

    acknowledged: asyncio.Event

    async def append(self, messages: Sequence[Message]) -> list[tuple[int, int]]:
        await self.acknowledged.wait()
        return [(0, 0) for _ in messages]


async def test_what_is_held_at_once_is_bounded() -> None:
    log = SlowLog({})
    log.acknowledged = asyncio.Event()
    async with a_door(log, held_bytes=100_000) as client:
        waiting = [asyncio.create_task(post(client, GOOD)) for _ in range(20)]
        refused, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        log.acknowledged.set()
        answers = await asyncio.gather(*waiting)
    assert refused
    assert {answer.status_code for answer in answers} == {202, 503}
    assert sum(answer.status_code == 202 for answer in answers) == 100_000 // (16 * 1024 + len(GOOD))
    assert all("retry-after" in answer.headers for answer in answers if answer.status_code == 503)


async def test_the_description_names_what_may_be_sent_and_what_is_answered() -> None:
    async with a_door(a_log()) as client:
        described = (await client.get("/openapi.json")).json()["paths"]["/events"]["post"]
    assert set(described["requestBody"]["content"]) == {STRUCTURED, BATCH, "application/json"}
    assert set(described["responses"]) >= {"202", "207", "413", "415", "422", "503"}
