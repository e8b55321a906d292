"""The look-up: the whole picture of a customer, or an honest answer why there is none."""

import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from services.journey.queries import Queries
from shared.customers.reading import HEARD_WITHIN_S, Unattended
from shared.event_log.log import Message
from shared.event_log.topics import CONTACT_EVENTS
from shared.projection import SetValue
from shared.stream.beat import Beat
from shared.stream.status import State
from shared.web import write_cursor
from tests import oracle
from tests.histories.builders import (
    DAY,
    HOUR,
    MINUTE,
    WEEK,
    Event,
    a_connection,
    a_contact,
    a_correction,
    a_keep,
    a_miss,
    a_promise,
    a_resolution,
    a_retraction,
    a_transfer,
    an_assignment,
    an_event,
    moment,
)
from tests.properties.asking import Json, asking_journey, journey_handler, pages
from tests.properties.worlds import World

NUMBER = "7K3M9QX2C"
PROBLEM = "application/problem+json"


@asynccontextmanager
async def told(*log: Event | Message, now: float = 60) -> AsyncIterator[tuple[World, httpx.AsyncClient]]:
    """A world in which journey has read this, and somebody who may ask."""
    async with World(journey_handler) as world:
        world.now = moment(now)
        await world.join()
        await world.send(log)
        await world.settle()
        async with asking_journey(world) as client:
            yield world, client


async def look_up(client: httpx.AsyncClient, customer: str = "c-1") -> Json:
    answer = await client.get(f"/journeys/{customer}")
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


async def test_the_picture_begins_with_what_we_owe() -> None:
    promise, worry = a_promise(0, due_by=MINUTE, wording="I will ring you back"), an_event("situation.noted", 2)
    async with told(promise, a_connection(1, desk="tech", agent="sato"), worry, now=61) as (_, client):
        picture = await look_up(client)
    assert list(picture)[:3] == ["customer_id", "debts", "promises"]
    [debt] = picture["debts"]
    assert (debt["promise_id"], debt["state"], debt["wording"]) == ("p1", "overdue", "I will ring you back")
    assert picture["last_owner"] == {"desk": "tech", "agent": "sato", "at": "2026-03-02T09:00:01Z"}
    assert [note["text"] for note in picture["situation"]] == ["needs it today"]
    assert [entry["event"]["type"] for entry in picture["entries"]] == [
        "situation.noted",
        "contact.connected",
        "promise.made",
    ]


async def test_a_promise_is_overdue_at_the_moment_of_looking_without_any_event() -> None:
    async with told(a_promise(0, due_by=HOUR)) as (world, client):
        before = await look_up(client)
        world.now = moment(HOUR + MINUTE)
        after = await look_up(client)
    assert [promise["state"] for promise in before["promises"]] == ["due"]
    assert ([debt["state"] for debt in after["debts"]], after["promises"]) == (["overdue"], [])


async def test_events_are_answered_as_the_bytes_that_were_received() -> None:
    raw = json.dumps(an_assignment(0, odd=[1.50, "あ"]), indent=1, ensure_ascii=False).encode()
    async with told(Message(CONTACT_EVENTS.name, b"c-1", raw)) as (_, client):
        answer = await client.get("/journeys/c-1")
    assert raw in answer.content


async def test_what_is_known_already_is_not_sent_again() -> None:
    async with told(an_assignment(0)) as (world, client):
        first = await client.get("/journeys/c-1")
        tag = {"If-None-Match": first.headers["ETag"]}
        again = await client.get("/journeys/c-1", headers=tag)
        assert (again.status_code, again.content) == (304, b"")
        await world.send([an_assignment(1, desk="tech")])
        await world.settle()
        assert (await client.get("/journeys/c-1", headers=tag)).status_code == 200


async def test_the_tag_covers_what_time_alone_changes() -> None:
    async with told(a_promise(0, due_by=HOUR)) as (world, client):
        tag = {"If-None-Match": (await client.get("/journeys/c-1")).headers["ETag"]}
        world.now = moment(HOUR + MINUTE)
        assert (await client.get("/journeys/c-1", headers=tag)).status_code == 200


@pytest.mark.parametrize("writing", ["7K3M9QX2C", "7K3M-9QX2-C", "7k3m-9qx2-c", "7k3m 9qx2 c", "7K3M–9QX2–C"])
async def test_a_customer_number_is_found_in_any_writing(writing: str) -> None:
    async with told(an_assignment(0, customer=NUMBER)) as (_, client):
        assert (await look_up(client, writing))["customer_id"] == NUMBER


async def test_an_id_that_looks_like_another_writing_of_a_number_is_itself() -> None:
    async with told(an_assignment(0, customer=NUMBER.lower())) as (_, client):
        assert (await look_up(client, NUMBER.lower()))["customer_id"] == NUMBER.lower()
        assert (await client.get(f"/journeys/{NUMBER}")).status_code == 404


async def test_nobody_is_known_under_this_id() -> None:
    async with told(an_assignment(0)) as (_, client):
        answer = await client.get("/journeys/c-2")
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, PROBLEM)


async def test_who_is_new_is_not_known_while_nobody_reads() -> None:
    """An older copy of the store looks like one whose worker has not been heard of since."""
    async with told(an_assignment(0)) as (world, _):
        later = Queries(world.projection, world.partitions, clock=lambda: time.time() + HEARD_WITHIN_S + 1)
        assert (await later.look_up("c-1")).journey.customer_id == "c-1"
        with pytest.raises(Unattended, match="not being read"):
            await later.look_up("c-2")


@pytest.mark.parametrize(
    ("typed", "hint"), [("7K3M-9QX2-D", "check symbol"), ("7K3M-9QX2", "9 symbols"), ("7K3U-9QX2-C", "'U'")]
)
async def test_a_number_that_was_mistyped_is_answered_with_a_hint(typed: str, hint: str) -> None:
    async with told(an_assignment(0, customer=NUMBER)) as (_, client):
        answer = await client.get(f"/journeys/{typed}")
    assert answer.status_code == 404
    assert hint in answer.json()["detail"]


@pytest.mark.parametrize(
    "path", ["/journeys/c-1", "/journeys/c-1/events", "/journeys/c-1/digest", "/flags", "/digests", "/reports/handoffs"]
)
async def test_a_store_that_knows_nothing_is_no_proof_that_there_is_no_such_customer(path: str) -> None:
    async with World(journey_handler) as world, asking_journey(world) as client:
        answer = await client.get(path)
    assert (answer.status_code, answer.headers["Content-Type"]) == (503, PROBLEM)
    assert int(answer.headers["Retry-After"]) > 0


@pytest.mark.parametrize("path", ["/journeys/c-1", "/journeys/c-2", "/flags", "/digests", "/reports/handoffs"])
async def test_while_a_partition_is_rebuilt_nothing_is_answered_from_it(path: str) -> None:
    async with told(an_assignment(0)) as (world, client):
        for partition in range(world.partitions):
            await rebuilding(world, partition)
        answer = await client.get(path)
    assert answer.status_code == 503
    assert "Retry-After" in answer.headers


async def rebuilding(world: World, partition: int) -> None:
    """As a worker says it that has read half of what lay on the log when its rebuild began."""
    claim = await world.projection.claim(partition)
    await world.projection.save(
        partition, claim.token, claim.next, [SetValue("engine.horizon", b"99")], claim.next or 0
    )
    beat = Beat(claim.next or 0, 99, None, 0.0, State.REBUILDING, "", 99)
    await world.projection.beat(partition, claim.token, claim.next, beat.fields())


async def test_a_store_that_does_not_answer_is_a_503_too() -> None:
    async with told(an_assignment(0)) as (world, client):
        world.projection.unavailable = True
        answer = await client.get("/journeys/c-1")
        world.projection.unavailable = False
    assert (answer.status_code, answer.headers["Content-Type"]) == (503, PROBLEM)


async def test_a_customer_to_whom_much_happened_is_read_page_by_page() -> None:
    events = [an_assignment(n, id=f"e{n:02}") for n in range(25)]
    async with told(*events) as (_, client):
        assert len((await look_up(client))["entries"]) == 20
        for limit in (1, 7, 24, 25, 26, 1000):
            found = await pages(client, "/journeys/c-1/events", limit=limit)
            ids = [item["event"]["id"] for page in found for item in page["items"]]
            assert ids == [f"e{n:02}" for n in reversed(range(25))]


async def test_an_entry_says_whether_it_still_counts() -> None:
    wrong, void = an_assignment(0, desk="front"), an_assignment(1, desk="tech")
    right = a_correction(wrong, 2, desk="billing")
    async with told(wrong, void, right, a_retraction(void, 3)) as (_, client):
        entries = {one["event"]["id"]: one for one in (await look_up(client))["entries"]}
    assert (entries[wrong["id"]]["replaced_by"], entries[wrong["id"]]["voided"]) == (right["id"], False)
    assert (entries[void["id"]]["replaced_by"], entries[void["id"]]["voided"]) == (None, True)


def around(issue_id: str, *desks: str, at: float = 0, **fields: str) -> list[Event]:
    return [an_assignment(at + n, issue_id=issue_id, desk=desk, **fields) for n, desk in enumerate(desks)]


async def flags(client: httpx.AsyncClient, **params: str) -> list[str]:
    """Subjects, the most urgent first."""
    return [item["subject"] for page in await pages(client, "/flags", **params) for item in page["items"]]


async def test_the_work_list_shows_an_issue_once_with_its_strongest_flag_first() -> None:
    async with told(*around("i1", "a", "b", "a", "b", "c")) as (_, client):
        [page] = await pages(client, "/flags")
    [item] = page["items"]
    assert [flag["kind"] for flag in item["flags"]] == ["ping_pong", "runaround"]
    assert item["desks"] == ["c"]


async def test_the_work_list_begins_with_missed_promises_then_ping_pong_then_runaround() -> None:
    missed = [a_promise(0, due_by=5, customer="c-3"), a_miss(5, customer="c-3")]
    log = [*around("i1", "a", "b", "c"), *around("i2", "a", "b", "a", "b", customer="C:2"), *missed]
    async with told(*log) as (_, client):
        assert await flags(client) == ["p1", "i2", "i1"]
        assert await flags(client, limit="1") == ["p1", "i2", "i1"]
        assert await flags(client, kind="runaround") == ["i1"]
        assert await flags(client, desk="b") == ["i2"]
        assert await flags(client, desk="nobody") == []


async def test_what_is_resolved_leaves_the_work_list_and_is_found_among_the_settled() -> None:
    async with told(*around("i1", "a", "b", "c"), a_resolution(9, issue_id="i1")) as (_, client):
        assert await flags(client) == []
        assert await flags(client, state="settled") == ["i1"]


async def test_a_kind_is_asked_for_in_the_state_that_is_asked_for() -> None:
    """Its ping-pong was settled by a resolution; since it was reopened, it has been going around."""
    log = [*around("i1", "a", "b", "a", "b"), a_resolution(9, issue_id="i1"), *around("i1", "a", "b", "c", at=10)]
    async with told(*log) as (_, client):
        assert await flags(client, kind="runaround") == ["i1"]
        assert await flags(client, kind="ping_pong") == []


async def test_an_implicit_issue_leaves_the_default_list_after_seven_quiet_days() -> None:
    call = [
        a_contact(0),
        *(a_transfer(n, from_desk=one, to_desk=two) for n, one, two in ((1, "a", "b"), (2, "b", "c"))),
    ]
    async with told(*call) as (world, client):
        [issue] = await flags(client)
        world.now = moment(2) + WEEK
        assert await flags(client) == []
        assert await flags(client, lapsed="true") == [issue]


async def test_digests_are_those_of_the_oracle() -> None:
    log = [*around("i1", "a", "b", "c"), a_promise(0, customer="C:2", due_by=DAY), a_keep(HOUR, customer="C:2")]
    async with told(*log) as (_, client):
        as_of = "2026-03-20T00:00:00Z"
        expected = oracle.digest(log, oracle.facts.parse_time(as_of))
        for limit in (1, 2, 3, 500):
            found = await pages(client, "/digests", as_of=as_of, limit=limit)
            assert {key: value for page in found for key, value in page["items"].items()} == expected.customers
        one = (await client.get("/journeys/C:2/digest", params={"as_of": as_of})).json()
    assert (one["digest"], one["content"]) == (expected.customers["C:2"], expected.documents["C:2"])


async def test_a_cursor_of_another_list_is_refused() -> None:
    async with told(an_assignment(0)) as (_, client):
        for path in ("/journeys/c-1/events", "/flags", "/digests", "/reports/handoffs"):
            answer = await client.get(path, params={"cursor": write_cursor("promises", (1.0, "x"))})
            assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (422, "cursor")


@pytest.mark.parametrize("place", [-1, -(2**63), 2**53, 2**63])
async def test_a_made_up_place_shows_no_more_than_a_page(place: int) -> None:
    async with told(*(an_assignment(n) for n in range(5))) as (_, client):
        cursor = write_cursor("events", (place,))
        answer = await client.get("/journeys/c-1/events", params={"cursor": cursor, "limit": 2})
    assert (answer.status_code, len(answer.json().get("items", ()))) in [(200, 0), (422, 0)]
