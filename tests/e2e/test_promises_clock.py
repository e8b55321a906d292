"""What followup says by the clock: never early, once, whoever dies around the due time."""

import uuid
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from shared.event_log.log import Record
from shared.event_log.topics import CONTACT_EVENTS
from tests.e2e.speech import DESK, since_begin
from tests.e2e.system import Json, System, read
from tests.figures import Tell
from tests.histories.builders import BEGIN, MINUTE, a_contact, a_cut, a_keep, a_promise, a_queueing
from tests.oracle import derive
from tests.waiting import eventually

pytestmark = [pytest.mark.asyncio(loop_scope="package"), pytest.mark.timeout(300)]

SECOND = timedelta(seconds=1)
GRACE = SECOND
# After a kill -9 the group waits 10 s for its dead member.
PATIENCE_S = 60.0


async def test_misses_are_said_once_although_the_worker_is_killed_while_they_come_due(live: System, tell: Tell) -> None:
    """40 callbacks come due one after the other, and in their midst the worker is killed."""
    customers = _new_customers(40)
    began = datetime.now(UTC)
    due = {one: began + 2 * SECOND + number * SECOND / 8 for number, one in enumerate(customers)}
    await live.publish(*(_callback(one, at) for one, at in due.items()))
    await eventually(lambda: datetime.now(UTC) > began + 5 * SECOND, 10)
    await live.kill("followup worker")
    before = len(await _missed(live, customers))
    await live.start("followup worker")
    found = await _all_missed(live, customers)
    late = sorted(_time(one["data"]["detected_at"]) - due[one["subject"]] - GRACE for one, _ in found)
    assert late[0] > timedelta(0)
    for event, record in found:
        assert _time(event["time"]) == due[event["subject"]] + GRACE
        assert record.timestamp_ms / 1000 > _time(event["time"]).timestamp()
    tell("misses around a kill -9", promises=40, said_before=before, latest_s=late[-1].total_seconds())
    assert 0 < before < 40
    await _nothing_is_repeated(live, customers)


async def test_what_came_due_while_followup_was_down_is_said_honestly(live: System, tell: Tell) -> None:
    forgotten, made_good, kept = customers = _new_customers(3)
    await live.stop("followup worker")
    due = datetime.now(UTC) + SECOND
    await live.publish(*(_callback(one, due) for one in customers))
    await live.publish(a_keep(since_begin(0 * SECOND), customer=kept))
    await eventually(lambda: datetime.now(UTC) > due + GRACE + SECOND / 2, 10)
    await live.publish(a_keep(since_begin(0 * SECOND), customer=made_good))
    up_again = datetime.now(UTC)
    await live.start("followup worker")
    found = {event["subject"]: event for event, _ in await _all_missed(live, [forgotten, made_good])}
    assert {one: event["data"]["made_good"] for one, event in found.items()} == {forgotten: False, made_good: True}
    assert all(_time(event["data"]["detected_at"]) > up_again for event in found.values())
    assert all(_time(event["time"]) == due + GRACE for event in found.values())
    await _nothing_is_repeated(live, [forgotten, made_good])
    assert await _missed(live, [kept]) == []
    assert await _debts(live, forgotten) == [("missed", None)]
    tell("down across a due time", promises=3, said=2)


async def test_a_callback_is_owed_once_and_cancelled_when_another_promise_turns_up(live: System, tell: Tell) -> None:
    customers = _new_customers(20)
    await live.publish(*(event for one in customers for event in _a_cut_call(one)))
    await live.kill("followup worker")
    await live.start("followup worker")
    owed = {derive(["owed", one, "k1"]): one for one in customers}
    await eventually(lambda: _count_of(live, owed, 20), PATIENCE_S, every=0.2)
    assert {await _running(live, one) for one in customers} == {(derive(["owed", one, "k1"]),) for one in customers}
    promised = customers[:10]
    await live.publish(*(_promised_in_the_call(one) for one in promised))
    cancelled = {derive(["owed", one, "k1", "cancelled"]): one for one in promised}
    await eventually(lambda: _count_of(live, cancelled, 10), PATIENCE_S, every=0.2)
    await live.caught_up()
    assert {await _running(live, one) for one in promised} == {("in-the-call",)}
    await _nothing_is_repeated(live, customers)
    said = Counter(event["id"] for event in await live.events() if event["subject"] in customers)
    assert max(said.values()) == 1
    assert said.keys() & owed.keys() == owed.keys()
    assert {one for one in said if said[one] and one in cancelled} == cancelled.keys()
    tell("callbacks owed after a cut", cuts=20, cancelled=10)


def _new_customers(count: int) -> list[str]:
    run = uuid.uuid4().hex[:8]
    return [f"clock-{run}-{number}" for number in range(count)]


def _callback(customer: str, due: datetime) -> Json:
    of = {"customer": customer, "owner": {"desk": DESK}}
    return a_promise(since_begin(-MINUTE), due_by=due - BEGIN, grace_s=GRACE.total_seconds(), **of)


def _a_cut_call(customer: str) -> Iterator[Json]:
    """Three minutes ago, after two minutes in the queue."""
    at = since_begin(-5 * MINUTE)
    yield a_contact(at, customer=customer)
    yield a_queueing(at, customer=customer, desk=DESK)
    yield a_cut(at + 2 * MINUTE, customer=customer)


def _promised_in_the_call(customer: str) -> Json:
    return a_promise(since_begin(-4 * MINUTE), customer=customer, promise_id="in-the-call", contact_id="k1")


async def _missed(system: System, customers: list[str]) -> list[tuple[Json, Record]]:
    found = read(await system.records(CONTACT_EVENTS.name))
    return [(event, at) for event, at in found if event["type"] == "promise.missed" and event["subject"] in customers]


async def _all_missed(system: System, customers: list[str]) -> list[tuple[Json, Record]]:
    async def all_of_them() -> list[tuple[Json, Record]]:
        found = await _missed(system, customers)
        assert {event["subject"] for event, _ in found} == set(customers)
        return found

    return await eventually(all_of_them, PATIENCE_S, every=0.2)


async def _nothing_is_repeated(system: System, customers: list[str]) -> None:
    """Whoever was said to be missed was so once; a promise that is missed later is said, so the clock has ticked."""
    (canary,) = _new_customers(1)
    await system.publish(_callback(canary, datetime.now(UTC) - 2 * SECOND))
    await _all_missed(system, [canary])
    assert set(Counter(event["subject"] for event, _ in await _missed(system, customers)).values()) <= {1}


async def _count_of(system: System, ids: dict[str, str], least: int) -> bool:
    there = [event for event in await system.events() if event["id"] in ids]
    assert len(there) >= least
    return True


async def _picture(system: System, customer: str) -> Json:
    await system.caught_up()
    answer = await system.get("journey", f"/journeys/{customer}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def _debts(system: System, customer: str) -> list[tuple[str, str | None]]:
    return [(one["outcome"], one["made_good"]) for one in (await _picture(system, customer))["debts"]]


async def _running(system: System, customer: str) -> tuple[str, ...]:
    return tuple(one["promise_id"] for one in (await _picture(system, customer))["promises"])


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
