"""What supervisors ask of followup: what is due, what is late, and how well we keep our word."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import httpx
import msgspec
import pytest

from shared.customers.compact import STATES
from shared.customers.customers import StoredState
from shared.projection.memory import Keyspace
from tests import oracle
from tests.histories.builders import (
    DAY,
    HOUR,
    MINUTE,
    TICK,
    WEEK,
    Event,
    a_cancellation,
    a_connection,
    a_keep,
    a_promise,
    a_reassignment,
    a_reschedule,
    an_attempt,
    moment,
)
from tests.oracle.digest import promise_figures
from tests.properties.asking import Json, as_time, asking_followup, followup_handler, pages
from tests.properties.worlds import World

BEFORE_ANY_DEADLINE = timedelta(seconds=30)


@asynccontextmanager
async def told(*log: Event, now: timedelta = BEFORE_ANY_DEADLINE) -> AsyncIterator[tuple[World, httpx.AsyncClient]]:
    """A world in which followup has read this, and somebody who may ask."""
    async with World(followup_handler) as world:
        world.now = moment(now)
        await world.join()
        await world.send(log)
        await world.settle()
        async with asking_followup(world) as client:
            yield world, client


async def listed(client: httpx.AsyncClient, **params: str) -> list[str]:
    """Promise ids, the earliest deadline first."""
    return [item["promise_id"] for page in await pages(client, "/promises", **params) for item in page["items"]]


def promise(name: str, **fields: object) -> Event:
    return a_promise(0, promise_id=name, **{"due_by": 2 * DAY, **fields})


async def test_promises_are_listed_by_their_deadline_over_all_customers() -> None:
    log = [promise("late", due_by=WEEK), promise("first", due_by=HOUR, customer="C:2"), promise("second", due_by=DAY)]
    async with told(*log) as (_, client):
        assert await listed(client) == ["first", "second", "late"]
        assert await listed(client, limit="1") == ["first", "second", "late"]


async def test_a_row_says_what_is_to_be_done_by_whom_and_until_when() -> None:
    made = promise("p1", due_by=DAY, grace_s=60, wording="I will call you", owner={"desk": "tech", "agent": "sato"})
    async with told(made, an_attempt(HOUR, promise_id="p1")) as (_, client):
        [page] = await pages(client, "/promises")
    [row] = page["items"]
    assert (row["customer_id"], row["kind"], row["channel"]) == ("c-1", "callback", "phone")
    assert row["owner"] == {"desk": "tech", "agent": "sato"}
    assert row["deadline"] == as_time(moment(DAY + MINUTE))
    assert (row["wording"], row["attempts"], row["outcome"]) == ("I will call you", 1, None)


@pytest.mark.parametrize(
    ("now", "state"),
    [
        (timedelta(0), "open"),
        (DAY - TICK, "open"),
        (DAY, "due"),
        (2 * DAY, "due"),
        (2 * DAY + TICK, "overdue"),
    ],
)
async def test_a_promise_is_open_then_due_a_day_before_then_overdue(now: timedelta, state: str) -> None:
    async with told(promise("p1")) as (world, client):
        world.now = moment(now)
        found = {asked: await listed(client, state=asked) for asked in ("open", "due", "overdue")}
    assert found == {asked: ["p1"] if asked == state else [] for asked in found}


async def test_missed_are_those_whose_first_window_has_passed_without_a_try() -> None:
    log = [promise("missed", due_by=HOUR), promise("tried", due_by=HOUR), an_attempt(MINUTE, promise_id="tried")]
    async with told(*log) as (world, client):
        world.now = moment(2 * HOUR)
        assert await listed(client, state="missed") == ["missed"]
        assert await listed(client, state="overdue") == ["missed", "tried"]


async def test_a_recovery_window_gives_time_and_leaves_the_miss() -> None:
    log = [promise("p1", due_by=HOUR), a_reschedule(2 * HOUR, promise_id="p1", due_by=5 * DAY)]
    async with told(*log) as (world, client):
        world.now = moment(DAY)
        assert (await listed(client, state="open"), await listed(client, state="missed")) == (["p1"], ["p1"])


@pytest.mark.parametrize(
    "ending",
    [
        a_keep(HOUR),
        an_attempt(HOUR, result="reached"),
        a_cancellation(HOUR),
        a_connection(HOUR, contact_id="k2", issue_id="i1"),
    ],
    ids=["kept", "reached", "cancelled", "the customer got through"],
)
async def test_what_is_done_is_off_the_list(ending: Event) -> None:
    async with told(promise("p1", issue_id="i1")) as (world, client):
        assert await listed(client) == ["p1"]
        await world.send([ending])
        await world.settle()
        assert await listed(client) == []


async def test_a_promise_stands_on_the_list_of_whoever_has_it_now() -> None:
    log = [promise("p1", owner={"desk": "tech"}), a_reassignment(HOUR, promise_id="p1", owner={"desk": "billing"})]
    async with told(*log) as (_, client):
        assert (await listed(client, desk="tech"), await listed(client, desk="billing")) == ([], ["p1"])


async def test_only_deadlines_before_a_time() -> None:
    async with told(promise("one", due_by=HOUR), promise("two", due_by=2 * HOUR)) as (_, client):
        assert await listed(client, before=as_time(moment(2 * HOUR))) == ["one"]
        assert await listed(client, before=as_time(moment(2 * HOUR + TICK))) == ["one", "two"]
        assert await listed(client, before="2026-03-02T11:00:00.000001") == ["one", "two"]


async def test_imported_history_is_shown_only_to_whoever_asks_for_it() -> None:
    async with told(promise("p1", historic=True)) as (_, client):
        assert (await listed(client), await listed(client, historic="true")) == ([], ["p1"])


async def test_what_is_known_already_is_not_sent_again() -> None:
    async with told(promise("p1")) as (world, client):
        tag = {"If-None-Match": (await client.get("/promises")).headers["ETag"]}
        assert (await client.get("/promises", headers=tag)).status_code == 304
        world.now = moment(DAY)
        assert (await client.get("/promises", headers=tag)).status_code == 200


REPORTED = [
    promise("kept", due_by=HOUR),
    a_keep(MINUTE, promise_id="kept"),
    promise("late", due_by=HOUR, customer="C:2"),
    a_keep(2 * HOUR, promise_id="late", customer="C:2"),
    promise("overdue", due_by=HOUR, customer="c-3"),
    promise("not due", due_by=WEEK, customer="c-3"),
    promise("other", due_by=HOUR, customer="c-4"),
    a_cancellation(MINUTE, promise_id="other", customer="c-4"),
    promise("not stated", due_by=None, customer="c-5"),
]


@pytest.mark.parametrize("limit", [1, 2, 3, 500])
async def test_a_report_adds_up_over_pages_of_any_size(limit: int) -> None:
    as_of = moment(3 * HOUR)
    async with told(*REPORTED) as (_, client):
        found = await pages(client, "/reports/promises", as_of=as_time(as_of), limit=limit)
    words = ("kept", "late", "overdue", "not_due", "other", "not_stated")
    assert {word: sum(page[word] for page in found) for word in words} == dict.fromkeys(words, 1)
    assert found[-1]["progress"] == 1.0


async def test_a_report_counts_by_what_had_occurred_until_then() -> None:
    facts = oracle.by_customer(oracle.accept(REPORTED).facts).values()
    held = [one for each in facts for one in oracle.promises(oracle.timeline(each)).values()]
    async with told(*REPORTED) as (_, client):
        for as_of in (moment(-1), moment(0), moment(MINUTE), moment(HOUR), moment(HOUR + TICK), moment(2 * WEEK)):
            [page] = await pages(client, "/reports/promises", as_of=as_time(as_of))
            counted = {word: count for word, count in page.items() if word not in ("next", "progress") and count}
            assert Counter(counted) == promise_figures(held, as_of)


@pytest.mark.parametrize("path", ["/promises", "/reports/promises"])
async def test_a_store_that_knows_nothing_is_no_proof_that_nothing_is_due(path: str) -> None:
    async with World(followup_handler) as world, asking_followup(world) as client:
        answer = await client.get(path)
    assert answer.status_code == 503
    assert "Retry-After" in answer.headers


@pytest.mark.parametrize(
    "params", [{"state": "closed"}, {"before": "soon"}, {"limit": "0"}, {"limit": "1001"}, {"cursor": "x"}]
)
async def test_what_cannot_be_understood_is_answered_with_what_to_mend(params: Json) -> None:
    async with told(promise("p1")) as (_, client):
        answer = await client.get("/promises", params=params)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["parameter"] in params


async def test_what_another_version_listed_is_off_the_list_with_the_next_event() -> None:
    """By its rules the promise was still to be kept; a keeper of other rules has it kept."""
    async with told(promise("p1", due_by=HOUR)) as (_, client):
        [page] = await pages(client, "/promises")
    async with told(promise("p1", due_by=HOUR), a_keep(MINUTE, promise_id="p1")) as (world, client):
        await world.kill(world.workers[0])
        world.projection.restore(as_left_by_another_version(world, page["items"][0]))
        await world.join()
        assert await listed(client) == ["p1"]
        world.now = moment(2 * HOUR)
        await world.send([a_connection(2 * MINUTE)])
        await world.settle()
        assert await listed(client) == []
        assert len(world.records()) == 3


def as_left_by_another_version(world: World, row: Json) -> dict[int, Keyspace]:
    store, member = world.projection.snapshot(), "c-1\tp1"
    [keyspace] = [one for one in store.values() if "state:c-1" in one.values]
    state = msgspec.msgpack.decode(STATES.plain(keyspace.values["state:c-1"]), type=StoredState)
    keyspace.values["state:c-1"] = msgspec.msgpack.encode(StoredState("another version", state.body))
    keyspace.fields["rows:promises"] = {
        member: msgspec.json.encode({**row, "outcome": "missed", "outcome_at": row["deadline"]})
    }
    for index in ("work:promises", "work:promises@tech", "clock"):
        keyspace.scores[index] = {member.encode(): moment(HOUR).timestamp()}
    return store
