"""Followup's handler on a log in memory: what it says, when, and that it says it once."""

from datetime import timedelta

import pytest

from services.followup.domain.owed import OwedRules
from services.followup.handlers import FollowupHandler
from shared.event_log.topics import CLOCK_PROBES
from shared.stream.memory import Fault
from tests.histories.builders import (
    BEGIN,
    DAY,
    FOLLOWUP,
    HOUR,
    MINUTE,
    TICK,
    WEEK,
    Event,
    a_contact,
    a_cut,
    a_keep,
    a_promise,
    a_queueing,
    a_reschedule,
    an_attempt,
)
from tests.oracle import derive, stamp
from tests.properties.by_hand import ByHand
from tests.properties.worlds import AppendFault, World, event_of

OWED = derive(["owed", "c-1", "k1"])
CANCELLED = derive(["owed", "c-1", "k1", "cancelled"])


def a_handler(world: World) -> FollowupHandler:
    return FollowupHandler(world.log, world.partitions, OwedRules("care"), now=lambda: world.now)


def miss_id(deadline: timedelta, promise_id: str = "p1") -> str:
    return derive(["missed", "c-1", promise_id, stamp(BEGIN + deadline)])


def said(world: World) -> list[str]:
    """Ids of what followup has published, in the log's order."""
    return [event["id"] for event in published(world)]


def published(world: World) -> list[Event]:
    return [event for event in map(event_of, world.records()) if event["source"] == FOLLOWUP]


async def at(world: World, offset: timedelta) -> None:
    world.now = BEGIN + offset
    await world.settle()


HUNG_UP = [a_contact(0), a_queueing(1, desk="billing"), a_cut(10 * MINUTE)]


async def test_a_cut_without_a_choice_is_followed_by_a_promise_to_ring_back() -> None:
    async with World(a_handler) as world:
        await world.join()
        await world.send(HUNG_UP)
        await world.settle()
        [promise] = published(world)
    assert promise["type"] == "promise.made"
    assert (promise["id"], promise["data"]["promise_id"]) == (OWED, OWED)
    assert promise["time"] == HUNG_UP[-1]["time"]
    assert promise["data"]["owner"] == {"desk": "billing"}


async def test_it_is_cancelled_when_we_had_promised_to_ring_back_anyway() -> None:
    async with World(a_handler) as world:
        await world.join()
        await world.send(HUNG_UP)
        await world.settle()
        await world.send([a_promise(5 * MINUTE, contact_id="k1")])
        await world.settle()
        assert said(world) == [OWED, CANCELLED]


async def test_a_miss_is_announced_after_the_deadline_never_at_it() -> None:
    async with World(a_handler) as world:
        await world.join()
        await world.send([a_promise(0, due_by=DAY, grace_s=60)])
        await at(world, DAY + MINUTE)
        assert said(world) == []
        await at(world, DAY + MINUTE + TICK)
        [missed] = published(world)
    assert (missed["id"], missed["type"]) == (miss_id(DAY + MINUTE), "promise.missed")
    assert missed["data"]["detected_at"] == stamp(BEGIN + DAY + MINUTE + TICK)


async def test_followup_was_down_over_the_deadline_and_says_when_it_saw() -> None:
    async with World(a_handler) as world:
        await world.send([a_promise(0, due_by=DAY), a_keep(2 * DAY)])
        world.now = BEGIN + WEEK
        await world.join()
        await world.settle()
        [missed] = published(world)
    assert missed["data"]["made_good"] is True
    assert missed["data"]["detected_at"] == "2026-03-09T09:00:00Z"
    assert missed["time"] == "2026-03-03T09:00:00Z"


@pytest.mark.parametrize(
    "what_happened",
    [
        [a_promise(0, due_by=DAY), a_keep(DAY)],
        [a_promise(0, due_by=DAY), an_attempt(HOUR)],
        [a_promise(0, due_by=DAY, historic=True)],
    ],
    ids=["kept in time", "tried in time", "imported history"],
)
async def test_no_miss_no_announcement(what_happened: list[Event]) -> None:
    async with World(a_handler) as world:
        await world.join()
        await world.send(what_happened)
        await at(world, WEEK)
        assert said(world) == []


async def test_what_lay_on_the_log_before_the_deadline_is_read_before_the_clock_speaks() -> None:
    async with World(a_handler, chunk_size=1) as world:
        await world.join()
        await world.settle()
        await world.send([a_promise(0, due_by=DAY), *(a_contact(n) for n in range(20)), a_keep(HOUR)])
        await at(world, WEEK)
        assert said(world) == []


async def test_a_promise_stamped_in_the_future_is_not_missed_before_it_is_made() -> None:
    async with World(a_handler) as world:
        await world.join()
        await world.send([a_promise(2 * HOUR, due_by=HOUR)])
        await at(world, HOUR + MINUTE)
        assert said(world) == []
        await at(world, 3 * HOUR)
        assert said(world) == [miss_id(HOUR)]


async def test_a_window_that_is_moved_while_its_miss_is_on_the_way_is_announced_anew() -> None:
    """A late report: the customer had agreed, in time, to another time; that, too, has passed by now."""
    world = World(a_handler, partitions=1)
    one = ByHand(a_handler(world), world.log, world.projection, 0)
    await one.take_over()
    await world.send([a_promise(0, due_by=DAY)])
    await one.read()
    world.now = BEGIN + 2 * DAY
    await one.tick()
    await world.send([a_reschedule(HOUR, due_by=DAY + HOUR)])
    await one.read()
    await one.tick()
    assert said(world) == [miss_id(DAY), miss_id(DAY + HOUR)]


SAVES = range(10)


@pytest.mark.parametrize("fault", [one for one in Fault if one is not Fault.NONE])
@pytest.mark.parametrize("chunk_size", [1, 3])
async def test_nothing_is_said_twice_whatever_any_one_save_meets(fault: Fault, chunk_size: int) -> None:
    for save in SAVES:
        async with World(a_handler, chunk_size=chunk_size, partitions=1) as world:
            await world.join([Fault.NONE] * save + [fault])
            await world.send([*HUNG_UP, a_promise(0, due_by=DAY, contact_id="k2")])
            await at(world, 0 * DAY)
            await at(world, WEEK)
            assert sorted(said(world)) == sorted([OWED, miss_id(DAY), miss_id(DAY + 10 * MINUTE, OWED)]), save


async def test_a_store_that_takes_no_writes_for_long_does_not_make_us_repeat_ourselves() -> None:
    async with World(a_handler, partitions=1) as world:
        await world.join([Fault.NONE, *[Fault.UNAVAILABLE] * 20])
        await world.send(HUNG_UP)
        await world.settle()
        assert said(world) == [OWED]


async def test_an_acknowledgement_that_was_lost_is_the_one_reason_to_repeat() -> None:
    async with World(a_handler, partitions=1) as world:
        await world.join()
        world.log.faults.extend([AppendFault.ACKNOWLEDGEMENT_LOST])
        await world.send(HUNG_UP)
        await world.settle()
        assert said(world) == [OWED, OWED]


async def test_a_store_that_was_lost_is_rebuilt_in_silence() -> None:
    async with World(a_handler) as world:
        await world.join()
        await world.send([*HUNG_UP, a_promise(0, due_by=DAY)])
        await world.settle()
        await at(world, 3 * DAY)
        before = said(world)
        world.projection.lose()
        await world.settle()
        assert len(before) == 3
        assert said(world) == before


async def test_a_store_restored_from_an_older_copy_goes_on_in_silence() -> None:
    async with World(a_handler) as world:
        await world.join()
        await world.settle()
        older = world.projection.snapshot()
        await world.send([*HUNG_UP, a_promise(0, due_by=DAY)])
        await at(world, 3 * DAY)
        before = said(world)
        world.projection.restore(older)
        await world.settle()
        assert said(world) == before


async def test_a_worker_whose_clock_is_ahead_of_the_brokers_is_silent() -> None:
    async with World(lambda world: FollowupHandler(world.log, world.partitions, now=lambda: world.now + HOUR)) as world:
        await world.join()
        await world.send([a_promise(0, due_by=DAY)])
        await at(world, DAY - MINUTE)
        assert said(world) == []
        assert world.records(CLOCK_PROBES.name)


async def test_a_clock_that_is_put_forward_after_it_was_trusted_is_not_believed() -> None:
    ahead = timedelta(0)

    def handler(world: World) -> FollowupHandler:
        return FollowupHandler(world.log, world.partitions, now=lambda: world.now + ahead)

    async with World(handler) as world:
        await world.join()
        await world.send([a_promise(0, due_by=HOUR), a_promise(0, promise_id="p2", due_by=DAY)])
        await at(world, HOUR + MINUTE)
        assert said(world) == [miss_id(HOUR)]
        ahead = DAY
        await at(world, HOUR + 2 * MINUTE)
        assert said(world) == [miss_id(HOUR)]


async def test_what_another_version_wanted_to_announce_and_we_do_not_is_asked_about_once() -> None:
    async with World(a_handler, partitions=1) as world:
        worker = await world.join()
        await world.send([a_promise(0, due_by=DAY), a_keep(HOUR)])
        await world.settle()
        await world.kill(worker)
        store = world.projection.snapshot()
        store[0].scores["clock"] = {b"c-1\tp1": 0.0, b"c-1\tunheard of": 0.0, b"c-9\tp1": 0.0}
        world.projection.restore(store)
        await world.join()
        await at(world, WEEK)
        assert said(world) == []
        assert world.projection.snapshot()[0].scores["clock"] == {}
