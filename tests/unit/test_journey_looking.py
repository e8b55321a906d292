"""A look-up with somebody behind it: what they are shown, and what is on the record before they see it."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from shared.access.lookups import pseudonym
from shared.event_log.log import Message
from shared.event_log.memory import MemoryLog
from shared.event_log.topics import CONTACT_EVENTS, LOOKUPS
from tests.guarded import (
    AGENT,
    PSEUDONYM_KEY,
    Issuer,
    Json,
    a_record,
    access_settings,
    asking,
    bearer,
    followup_app,
    journey_app,
    recorded,
    told,
)
from tests.histories.builders import DAY, HOUR, MINUTE, Event, a_promise, an_assignment, an_event, moment
from tests.properties.asking import followup_handler, journey_handler, pages

CANARY = "090-5555-0199"
REASON = "Caller in danger, billing is closed"
NUMBER = "7K3M9QX2C"
# c-1 went from billing to tech; c-2 is billing's alone.
LOG = [
    an_assignment(0, desk="billing"),
    a_promise(1, due_by=DAY, wording=f"We ring {CANARY}", owner={"desk": "billing"}),
    an_event("situation.noted", 2, text="needs it today"),
    an_assignment(3, desk="tech"),
    a_promise(4, promise_id="p2", due_by=DAY, wording="I look into it", owner={"desk": "tech"}),
    an_assignment(0, desk="billing", customer="c-2"),
    an_assignment(0, desk="billing", customer=NUMBER),
]
SUPERVISOR = f"{AGENT} journey:read:all-desks"
GLASS = f"{AGENT} journey:break-glass"


@dataclass
class Desk:
    client: httpx.AsyncClient
    record: MemoryLog

    def records(self) -> list[Json]:
        return [one["data"] for one in recorded(self.record)]


@asynccontextmanager
async def at_desk(
    folder: Path, *desks: str, scope: str = AGENT, log: Sequence[Event | Message] = LOG, **claims: Any
) -> AsyncIterator[Desk]:
    """Somebody of these desks before journey's API."""
    issuer, record = Issuer(), a_record()
    stored = await told(journey_handler, log)
    app = journey_app(stored, record, moment(MINUTE), **access_settings(folder, issuer))
    async with asking(app, issuer.token(desks=list(desks), scope=scope, **claims)) as client:
        yield Desk(client, record)


def known_as(customer_id: str) -> str:
    return pseudonym(PSEUDONYM_KEY.encode(), customer_id)


async def test_an_agent_sees_the_words_of_their_own_desk(tmp_path: Path) -> None:
    async with at_desk(tmp_path, "tech") as one:
        answer = await one.client.get("/journeys/c-1")
        timeline = await one.client.get("/journeys/c-1/events")
    picture = answer.json()
    assert {p["promise_id"]: p["wording"] for p in picture["promises"]} == {"p1": None, "p2": "I look into it"}
    assert [note["text"] for note in picture["situation"]] == ["needs it today"]
    assert CANARY not in answer.text + timeline.text
    withheld = [entry.get("withheld") for entry in picture["entries"]]
    assert withheld == [None, None, None, ["wording"], None]
    assert timeline.json()["items"] == picture["entries"]


async def test_an_event_with_words_withheld_is_still_that_event(tmp_path: Path) -> None:
    async with at_desk(tmp_path, "tech") as one:
        entries = (await one.client.get("/journeys/c-1")).json()["entries"]
    [event] = [entry["event"] for entry in entries if entry.get("withheld")]
    assert (event["id"], event["type"], event["time"]) == (LOG[1]["id"], "promise.made", LOG[1]["time"])
    assert "wording" not in event["data"]
    assert event["data"]["promise_id"] == "p1"


@pytest.mark.parametrize("event_type", ["issue.assigned", "issue.tagged"])
async def test_a_number_that_no_float_can_hold_hides_no_customer(tmp_path: Path, event_type: str) -> None:
    event = {**an_assignment(10, desk="tech", odd="1e999"), "type": event_type}
    odd = json.dumps(event).replace('"1e999"', "1e999").encode()
    log: list[Event | Message] = [*LOG, Message(CONTACT_EVENTS.name, b"c-1", odd)]
    async with at_desk(tmp_path, "tech", log=log) as one:
        answer = await one.client.get("/journeys/c-1")
    assert answer.status_code == 200
    newest = answer.json()["entries"][0]
    assert (newest["event"]["id"], newest.get("withheld")) == (event["id"], None)


async def test_a_supervisor_sees_everything_as_it_was_received(tmp_path: Path) -> None:
    async with at_desk(tmp_path, scope=SUPERVISOR) as one:
        answer = await one.client.get("/journeys/c-1")
        nobody = await one.client.get("/journeys/c-9")
    assert json.dumps(LOG[1]).encode() in answer.content
    assert nobody.status_code == 404


async def test_every_look_up_is_on_the_record(tmp_path: Path) -> None:
    async with at_desk(tmp_path, "tech") as one:
        trace = {"traceparent": f"00-{'ab' * 16}-{'cd' * 8}-01", "Ashiato-Purpose": "complaint"}
        statuses = [
            (await one.client.get(path, headers=trace)).status_code
            for path in (
                "/journeys/c-1",
                "/journeys/c-1/events",
                "/journeys/c-2",
                "/journeys/7k3m-9qx2-c",
                "/journeys/x",
            )
        ]
    assert statuses == [200, 200, 403, 403, 403]
    found = [(one["what"], one["customers"], one["result"]) for one in one.records()]
    assert found == [
        ("GET /journeys/{customer}", [known_as("c-1")], "shown"),
        ("GET /journeys/{customer}/events", [known_as("c-1")], "shown"),
        ("GET /journeys/{customer}", [known_as("c-2")], "refused"),
        ("GET /journeys/{customer}", [known_as(NUMBER)], "refused"),
        ("GET /journeys/{customer}", [known_as("x")], "unknown"),
    ]
    [first, *_] = recorded(one.record)
    assert (first["subject"], first["type"], first["source"]) == (
        "agent-1",
        "journey.looked_up",
        "urn:ashiato:journey",
    )
    assert first["data"]["desks"] == ["tech"]
    assert (first["data"]["purpose"], first["data"]["trace_id"]) == ("complaint", "ab" * 16)
    assert {record.key for record in one.record.records(LOOKUPS.name)} == {b"agent-1"}


async def test_the_record_names_no_customer(tmp_path: Path) -> None:
    async with at_desk(tmp_path, "tech", "billing") as one:
        await one.client.get(f"/journeys/{NUMBER}")
        await one.client.get("/flags")
    assert len(one.records()) == 2
    assert NUMBER not in str(recorded(one.record))


@pytest.mark.parametrize("fault", ["unavailable", "acknowledgements_lost"])
@pytest.mark.parametrize(
    "path", ["/journeys/c-1", "/journeys/c-1/events", "/journeys/c-1/digest", "/flags", "/digests"]
)
async def test_no_record_no_answer(tmp_path: Path, fault: str, path: str) -> None:
    async with at_desk(tmp_path, "tech", scope=f"{AGENT} operations") as one:
        setattr(one.record, fault, True)
        answer = await one.client.get(path)
        setattr(one.record, fault, False)
        again = await one.client.get(path)
    assert (answer.status_code, again.status_code) == (503, 200)
    assert int(answer.headers["Retry-After"]) > 0
    assert "c-1" not in answer.text


async def test_look_ups_at_the_same_moment_have_a_record_each_or_no_answer(tmp_path: Path) -> None:
    async with at_desk(tmp_path, "tech", scope=f"{AGENT} journey:read:all-desks") as one:
        paths = [f"/journeys/{who}" for who in ("c-1", "c-2", "c-9", "c-1")]
        answers = await asyncio.gather(*map(one.client.get, paths))
        one.record.unavailable = True
        unrecorded = await asyncio.gather(*map(one.client.get, paths))
    assert [answer.status_code for answer in answers] == [200, 200, 404, 200]
    assert sorted((record["result"], *record["customers"]) for record in one.records()) == sorted(
        [
            ("shown", known_as("c-1")),
            ("shown", known_as("c-2")),
            ("unknown", known_as("c-9")),
            ("shown", known_as("c-1")),
        ]
    )
    assert {answer.status_code for answer in unrecorded} == {503}


async def test_a_refusal_that_cannot_be_recorded_tells_nothing_either(tmp_path: Path) -> None:
    async with at_desk(tmp_path, "tech") as one:
        one.record.unavailable = True
        assert {(await one.client.get(f"/journeys/{who}")).status_code for who in ("c-2", "c-9")} == {503}


async def test_the_api_is_ready_without_its_record(tmp_path: Path) -> None:
    async with at_desk(tmp_path, "tech") as one:
        one.record.unavailable = True
        assert (await one.client.get("/health/ready")).status_code == 200


@pytest.mark.parametrize("reason", [REASON, "お客様が危険な状態です。担当部署は営業時間外です。"])
async def test_the_glass_shows_everything_and_is_on_the_record(tmp_path: Path, reason: str) -> None:
    with capture_logs() as logs:
        async with at_desk(tmp_path, "front", scope=GLASS) as one:
            headers = {"Ashiato-Break-Glass": reason.encode()}
            answer = await one.client.get("/journeys/c-1", headers=headers)  # type: ignore[arg-type]
    assert CANARY in answer.text
    [record] = one.records()
    assert (record["break_glass"], record["result"]) == (reason, "shown")
    [warned] = [line for line in logs if line["event"] == "access.break_glass"]
    assert warned["log_level"] == "warning"
    assert reason not in str(logs)


async def test_breaking_the_glass_needs_its_own_scope(tmp_path: Path) -> None:
    async with at_desk(tmp_path, "front") as one:
        answer = await one.client.get("/journeys/c-1", headers={"Ashiato-Break-Glass": REASON})
    assert (answer.status_code, answer.json()["scope"]) == (403, "journey:break-glass")


async def test_what_is_known_already_is_recorded_all_the_same(tmp_path: Path) -> None:
    async with at_desk(tmp_path, "tech") as one:
        first = await one.client.get("/journeys/c-1")
        again = await one.client.get("/journeys/c-1", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert [record["result"] for record in one.records()] == ["shown", "shown"]


async def test_operators_compare_runs_and_are_recorded(tmp_path: Path) -> None:
    async with at_desk(tmp_path, scope="operations") as one:
        await one.client.get("/digests")
        await one.client.get("/journeys/c-1/digest")
        await one.client.get("/reports/handoffs")
        await one.client.get("/partitions")
    found = [(record["what"], len(record["customers"])) for record in one.records()]
    assert found == [("GET /digests", 3), ("GET /journeys/{customer}/digest", 1)]


PROMISES = [
    a_promise(0, promise_id="a", due_by=HOUR, owner={"desk": "front"}),
    a_promise(0, promise_id="b", due_by=2 * HOUR, owner={"desk": "tech"}),
    a_promise(0, promise_id="c", due_by=3 * HOUR, owner={"desk": "billing"}, customer="c-2"),
    a_promise(0, promise_id="d", due_by=4 * HOUR, owner={"desk": "front"}, customer="c-3"),
]


async def listed(client: httpx.AsyncClient, **params: Any) -> list[str]:
    return [item["promise_id"] for page in await pages(client, "/promises", **params) for item in page["items"]]


async def test_a_work_list_shows_ones_own_desks(tmp_path: Path) -> None:
    issuer, record = Issuer(), a_record()
    app = followup_app(await told(followup_handler, PROMISES), record, **access_settings(tmp_path, issuer))
    token = issuer.token(desks=["tech", "front"])
    async with asking(app, token) as client:
        assert await listed(client) == ["a", "b", "d"]
        assert await listed(client, limit=1) == ["a", "b", "d"]
        assert await listed(client, desk="tech") == ["b"]
        assert (await client.get("/promises", params={"desk": "billing"})).status_code == 403
        nowhere = await client.get("/promises", headers=bearer(issuer.token(desks=[])))
        supervisor = await client.get("/promises", headers=bearer(issuer.token(desks=[], scope=SUPERVISOR)))
    assert nowhere.status_code == 403
    assert [one["promise_id"] for one in supervisor.json()["items"]] == ["a", "b", "c", "d"]
    customers = [one["data"]["customers"] for one in recorded(record)]
    assert customers[0] == [known_as("c-1"), known_as("c-3")]
    assert {one["source"] for one in recorded(record)} == {"urn:ashiato:followup"}
