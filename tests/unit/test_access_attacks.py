"""The OWASP API security top ten, tried on our APIs. Every attempt is one that must not get anywhere.

API1 other people's objects, API3 other people's fields, API4 too much of everything, API5
other people's functions, API6 scraping, API8 what is set up loosely, API9 forgotten doors.
"""

import asyncio
import json
from base64 import b64encode
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

import httpx
import pytest
from fastapi import FastAPI
from structlog.testing import capture_logs

from shared.access import Scope
from shared.projection.memory import MemoryProjection
from tests import front_door
from tests.guarded import (
    AGENT,
    EVERYTHING,
    Issuer,
    Json,
    a_record,
    access_settings,
    asking,
    bearer,
    journey_app,
    routing_app,
    told,
)
from tests.histories.builders import HOUR, MINUTE, a_promise, an_assignment, an_event, moment
from tests.properties.asking import journey_handler

# Nothing of this customer may ever leave: the canary is in every free text, the tail of it in the topic.
CANARY = "090-5555-0199"
OTHERS = "c-other"
MINE = "c-mine"
LOG = [
    an_assignment(0, desk="front", customer=MINE),
    an_event("issue.opened", 0, desk="billing", topic=CANARY, customer=OTHERS),
    a_promise(1, due_by=HOUR, wording=CANARY, owner={"desk": "billing"}, customer=OTHERS),
    an_event("situation.noted", 2, text=CANARY, customer=OTHERS),
]


@dataclass
class Guarded:
    issuer: Issuer
    client: httpx.AsyncClient


@pytest.fixture(scope="module")
def stored() -> MemoryProjection:
    """MINE is the front desk's customer, OTHERS is billing's."""
    return asyncio.run(told(journey_handler, LOG))


@pytest.fixture(scope="module")
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory, issuer: Issuer) -> Json:
    return {**access_settings(tmp_path_factory.mktemp("access"), issuer), "access_burst": 10_000}


@pytest.fixture(scope="module")
def shared_app(stored: MemoryProjection, settings: Json) -> FastAPI:
    return journey_app(stored, a_record(), moment(MINUTE), **settings)


class Guard(Protocol):
    def __call__(self, **changed: Any) -> AbstractAsyncContextManager[Guarded]: ...


@pytest.fixture
def guarded(stored: MemoryProjection, issuer: Issuer, settings: Json, shared_app: FastAPI) -> Guard:
    """`guarded()`: journey's API over what is stored, behind its gate. What is `changed` makes one of its own."""

    @asynccontextmanager
    async def begin(**changed: Any) -> AsyncIterator[Guarded]:
        app = journey_app(stored, a_record(), moment(MINUTE), **{**settings, **changed}) if changed else shared_app
        async with asking(app) as client:
            yield Guarded(issuer, client)

    return begin


BESIDE_A_TOKEN: dict[str, Callable[[str], list[tuple[str, str]]]] = {
    "none": lambda _: [],
    "basic": lambda token: [("Authorization", "Basic " + b64encode(f"agent:{token}".encode()).decode())],
    "no kind": lambda token: [("Authorization", token)],
    "a kind of one's own": lambda token: [("Authorization", f"Token {token}")],
    "twice": lambda token: [("Authorization", f"Bearer {token}"), ("Authorization", f"Bearer {token}")],
    "two in one": lambda token: [("Authorization", f"Bearer {token}, Bearer {token}")],
    "a cookie": lambda token: [("Cookie", f"access_token={token}")],
    "a proxy's header": lambda token: [("X-Forwarded-Authorization", f"Bearer {token}"), ("X-User", "supervisor")],
    "an api key's header": lambda token: [("X-API-Key", token)],
}


@pytest.mark.parametrize("attempt", BESIDE_A_TOKEN)
async def test_a_token_counts_in_one_place_only(guarded: Guard, attempt: str) -> None:
    async with guarded() as one:
        headers = BESIDE_A_TOKEN[attempt](one.issuer.token())
        answer = await one.client.get(f"/journeys/{MINE}", headers=headers)
        inquery = await one.client.get(f"/journeys/{MINE}?access_token={one.issuer.token()}")
    assert (answer.status_code, inquery.status_code) == (401, 401)


# The other desk's customer in every way one may name it, asked by an agent of the front desk.
WAYS_TO_ANOTHER = {
    "plainly": (f"/journeys/{OTHERS}", {}),
    "the timeline": (f"/journeys/{OTHERS}/events", {}),
    "a page of it": (f"/journeys/{OTHERS}/events?limit=1000", {}),
    "the digest": (f"/journeys/{OTHERS}/digest", {}),
    "all digests": ("/digests?content=true", {}),
    "percent-encoded": (f"/journeys/{quote(OTHERS, safe='').replace('c', '%63')}", {}),
    "beside one's own": (f"/journeys/{MINE}%2f..%2f{OTHERS}", {}),
    "up and down": (f"/journeys/{MINE}/../{OTHERS}", {}),
    "two slashes": (f"//journeys/{OTHERS}", {}),
    "a slash at the end": (f"/journeys/{OTHERS}/", {}),
    "with a parameter": (f"/journeys/{OTHERS};desk=front", {}),
    "with a null": (f"/journeys/{OTHERS}%00", {}),
    "with a line break": (f"/journeys/{OTHERS}%0d%0aX-Desk:%20front", {}),
    "with a desk of one's choice": (f"/journeys/{OTHERS}?desk=front&desks=front&all=true", {}),
    "with another caller's name": (f"/journeys/{OTHERS}", {"X-Caller": "supervisor", "X-Desks": "billing"}),
    "rewritten by a proxy": (f"/journeys/{MINE}/x", {"X-Original-URL": f"/journeys/{OTHERS}"}),
    "as another method": (f"/journeys/{OTHERS}", {"X-HTTP-Method-Override": "POST"}),
    "known already": (f"/journeys/{OTHERS}", {"If-None-Match": "*"}),
    "by breaking glass without leave": (f"/journeys/{OTHERS}", {"Ashiato-Break-Glass": "the customer is in danger"}),
    "as someone full-width": (f"/journeys/{quote('ｃ-other')}", {}),
    "with a space": (f"/journeys/%20{OTHERS}", {}),
    "in capitals": (f"/journeys/{OTHERS.upper()}", {}),
    "work of another desk": ("/flags?desk=billing", {}),
    "settled work of another desk": ("/flags?desk=billing&state=settled&lapsed=true", {}),
}


@pytest.mark.parametrize("way", WAYS_TO_ANOTHER)
async def test_no_way_leads_to_another_desks_customer(guarded: Guard, way: str) -> None:
    path, headers = WAYS_TO_ANOTHER[way]
    with capture_logs() as logs:
        async with guarded() as one:
            answer = await one.client.get(path, headers={**bearer(one.issuer.token(scope=AGENT)), **headers})
    assert answer.status_code in (403, 404), answer.text
    assert CANARY not in answer.text
    assert "billing" not in answer.text
    assert CANARY not in str(logs)
    assert OTHERS not in str(logs)


async def test_another_desks_customer_and_nobody_are_refused_alike(guarded: Guard) -> None:
    async with guarded() as one:
        headers = bearer(one.issuer.token())
        for path in ("", "/events"):
            another = await one.client.get(f"/journeys/{OTHERS}{path}", headers=headers)
            nobody = await one.client.get(f"/journeys/c-nobody{path}", headers=headers)
            assert (another.status_code, another.content) == (403, nobody.content)
            assert another.headers.items() == nobody.headers.items()


METHODS = ["POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "GET\t"]


@pytest.mark.parametrize("method", METHODS)
async def test_other_methods_do_nothing(guarded: Guard, method: str) -> None:
    async with guarded() as one:
        token = one.issuer.token(scope=EVERYTHING)
        answer = await one.client.request(method, f"/journeys/{OTHERS}", headers=bearer(token))
    assert answer.status_code == 405
    assert CANARY not in answer.text


TOO_LONG = {
    "id": ("/journeys/" + "x" * 4000, {}),
    "cursor": (f"/journeys/{MINE}/events?cursor=" + "x" * 9000, {}),
    "desk": ("/flags?desk=" + "x" * 300, {}),
    "limit": ("/flags?limit=1001", {}),
    "limit of many digits": ("/flags?limit=" + "9" * 400, {}),
    "purpose": (f"/journeys/{MINE}", {"Ashiato-Purpose": "x" * 65}),
    "purpose in free words": (f"/journeys/{MINE}", {"Ashiato-Purpose": f"ring {CANARY}"}),
}


@pytest.mark.parametrize("what", TOO_LONG)
async def test_what_is_too_long_is_refused(guarded: Guard, what: str) -> None:
    path, headers = TOO_LONG[what]
    async with guarded() as one:
        answer = await one.client.get(path, headers={**bearer(one.issuer.token()), **headers})
    assert answer.status_code in (403, 422)
    assert len(answer.content) < 1000


BAD_REASONS = ["", "short", "x" * 40, " " * 40, "y" * 501, "%ff%fe%fd%fc" * 10, "a reason with\x7f odd things"]


@pytest.mark.parametrize("reason", BAD_REASONS)
async def test_the_glass_breaks_for_a_reason_only(guarded: Guard, reason: str) -> None:
    async with guarded() as one:
        token = one.issuer.token(scope=f"{AGENT} {Scope.JOURNEY_BREAK_GLASS}")
        headers = {**bearer(token), "Ashiato-Break-Glass": reason}
        answer = await one.client.get(f"/journeys/{OTHERS}", headers=headers)
    assert answer.status_code == 422
    assert CANARY not in answer.text


async def test_who_scrapes_is_stopped(guarded: Guard) -> None:
    async with guarded(access_customers_per_hour=10) as one:
        supervisor = bearer(one.issuer.token(scope="journey:read journey:read:all-desks"))
        answers = [await one.client.get(f"/journeys/c-{n}", headers=supervisor) for n in range(15)]
        another = await one.client.get(f"/journeys/{MINE}", headers=bearer(one.issuer.token(sub="agent-2")))
    assert [answer.status_code for answer in answers] == [404] * 10 + [429] * 5
    assert 3590 <= int(answers[-1].headers["Retry-After"]) <= 3600
    assert another.status_code == 200


async def test_who_asks_too_often_is_stopped(guarded: Guard) -> None:
    async with guarded(access_rate=0.1, access_burst=3) as one:
        agent = bearer(one.issuer.token())
        statuses = [(await one.client.get(f"/journeys/{MINE}", headers=agent)).status_code for _ in range(5)]
    assert statuses == [200, 200, 200, 429, 429]


def sent(**attributes: object) -> bytes:
    return front_door.written(front_door.an_event(**attributes))


# By a producer that may write events of urn:example:pbx.
FOREIGN_SOURCES = [
    "urn:example:crm",
    "urn:example:pbxx",
    "urn:example:pbx-evil",
    "urn:example",
    "URN:EXAMPLE:PBX",
    " urn:example:pbx",
    "urn:example:pb",
    "urn:example:pbⅹ",
    "urn:ashiato:journey",
    "urn:ashiato:followup",
    "URN:Ashiato:routing",
    "urn:evil?urn:example:pbx",
]


@pytest.mark.parametrize("source", FOREIGN_SOURCES)
async def test_a_producer_writes_events_of_its_own_sources_only(tmp_path: Path, source: str) -> None:
    issuer, log = Issuer(now=front_door.NOW), front_door.a_log()
    token = issuer.token(scope=Scope.EVENTS_WRITE, sources=["urn:example:pbx"])
    async with asking(routing_app(log, **access_settings(tmp_path, issuer)), token) as client:
        alone = await front_door.post(client, sent(source=source))
        batch = b"[" + sent(source=source) + b"," + sent(source="urn:example:pbx:tokyo") + b"]"
        among = await front_door.post(client, batch, front_door.BATCH)
    assert alone.status_code == 422
    assert [one["status"] for one in among.json()["results"]] == ["refused", "accepted"]
    assert [json.loads(value or b"")["source"] for value in front_door.values(log)] == ["urn:example:pbx:tokyo"]


@pytest.mark.parametrize("sources", [[], None])
async def test_a_token_without_sources_writes_nothing(tmp_path: Path, sources: list[str] | None) -> None:
    issuer, log = Issuer(now=front_door.NOW), front_door.a_log()
    token = issuer.token(scope=Scope.EVENTS_WRITE, sources=sources)
    async with asking(routing_app(log, **access_settings(tmp_path, issuer)), token) as client:
        assert (await front_door.post(client, sent())).status_code == 422
    assert front_door.values(log) == []


async def test_an_agent_cannot_write_and_a_producer_cannot_look(tmp_path: Path, guarded: Guard) -> None:
    issuer = Issuer(now=front_door.NOW)
    async with asking(routing_app(front_door.a_log(), **access_settings(tmp_path, issuer)), issuer.token()) as client:
        assert (await front_door.post(client, sent())).status_code == 403
    async with guarded() as one:
        producer = bearer(one.issuer.token(scope=Scope.EVENTS_WRITE, sources=["urn:"]))
        assert (await one.client.get(f"/journeys/{MINE}", headers=producer)).status_code == 403


async def test_a_body_is_not_read_of_a_caller_who_is_not_let_in(tmp_path: Path) -> None:
    async def body() -> AsyncIterator[bytes]:
        raise AssertionError("somebody reads the body")
        yield b""

    app = routing_app(front_door.a_log(), **access_settings(tmp_path, Issuer()))
    async with asking(app) as client:
        answer = await client.post("/events", content=body(), headers={"content-type": front_door.STRUCTURED})
    assert answer.status_code == 401


def test_there_are_many_attempts() -> None:
    tables = (BESIDE_A_TOKEN, WAYS_TO_ANOTHER, METHODS, TOO_LONG, BAD_REASONS, FOREIGN_SOURCES)
    assert sum(len(table) for table in tables) >= 65
