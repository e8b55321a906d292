"""Journey's handler on a log in memory: flags said once, bad records set aside once, states of other versions."""

from collections import Counter
from typing import Any

import msgspec
import pytest

from services.journey.handlers import JourneyHandler
from services.journey.store import JourneyFold
from shared.customers.compact import STATES as STORED
from shared.customers.customers import StoredState, Versioned
from shared.customers.filing import count_of, counted
from shared.event_log.dead_letters import DeadLetterLimit, read_dead_letter
from shared.event_log.log import LogUnavailable, Message
from shared.event_log.topics import CONTACT_EVENTS, DEAD_LETTERS, FLAGS
from shared.projection.memory import Keyspace
from shared.stream.errors import NotSettled
from shared.stream.memory import Fault
from tests.histories.builders import (
    DAY,
    HOUR,
    Event,
    a_keep,
    a_miss,
    a_promise,
    a_resolution,
    a_retraction,
    an_assignment,
)
from tests.oracle import derive, trail
from tests.properties.by_hand import ByHand
from tests.properties.poison import HOSTILE_TEXTS
from tests.properties.worlds import AppendFault, World, event_of

POISON = Message(CONTACT_EVENTS.name, b"c-1", b"not JSON")


def a_handler(world: World) -> JourneyHandler:
    return JourneyHandler(world.log, world.partitions, DeadLetterLimit())


def passed_around(*desks: str, issue_id: str = "i1", at: float = 0) -> list[Event]:
    return [an_assignment(at + n, issue_id=issue_id, desk=desk) for n, desk in enumerate(desks)]


PING_PONG = passed_around("front", "tech", "front", "tech")


def said(world: World) -> list[tuple[str, str]]:
    """Type and kind of each flag event, in the log's order."""
    return [(event["type"], event["data"]["kind"]) for event in map(event_of, world.records(FLAGS.name))]


def ids(world: World) -> list[str]:
    return [event_of(record)["id"] for record in world.records(FLAGS.name)]


def set_aside(world: World) -> list[tuple[str, str]]:
    found = [read_dead_letter(record) for record in world.records(DEAD_LETTERS.name)]
    return [(letter.id, letter.code) for letter in found]


async def test_a_flag_says_what_was_read_when_it_was_raised() -> None:
    async with World(a_handler, partitions=1) as world:
        await world.join()
        await world.send([a_promise(0), *PING_PONG])
        await world.settle()
        [flag] = map(event_of, world.records(FLAGS.name))
    assert (flag["type"], flag["subject"], flag["source"]) == ("flag.raised", "c-1", "urn:ashiato:journey")
    last = PING_PONG[-1]
    assert flag["data"]["cause"] == {
        "topic": CONTACT_EVENTS.name,
        "partition": 0,
        "offset": 4,
        "event_id": last["id"],
    }
    assert flag["id"] == derive([flag["data"]["flag_id"], "raised", last["source"], last["id"]])
    assert [one["id"] for one in flag["data"]["evidence"]] == [one["id"] for one in PING_PONG]


async def test_a_late_keep_withdraws_the_flag_of_a_miss() -> None:
    """It had been kept in time; we only heard of it late."""
    async with World(a_handler) as world:
        await world.join()
        await world.send([a_promise(0, due_by=DAY), a_miss(DAY)])
        await world.settle()
        await world.send([a_keep(HOUR)])
        await world.settle()
        assert said(world) == [("flag.raised", "missed_promise"), ("flag.withdrawn", "missed_promise")]


@pytest.mark.parametrize("fault", [one for one in Fault if one is not Fault.NONE])
@pytest.mark.parametrize("chunk_size", [1, 3])
async def test_nothing_is_said_twice_whatever_any_one_save_meets(fault: Fault, chunk_size: int) -> None:
    log = [*PING_PONG, a_retraction(PING_PONG[0], 9), *passed_around("a", "b", "c", at=10)]
    for save in range(9):
        async with World(a_handler, chunk_size=chunk_size, partitions=1) as world:
            await world.join([Fault.NONE] * save + [fault])
            await world.send([POISON, *log[:5], POISON, *log[5:]])
            await world.settle()
            assert ids(world) == [one.event_id for one in trail(log)], save
            assert [letter for letter, _ in set_aside(world)] == ["contact.events.v1:0:0", "contact.events.v1:0:6"]


async def test_a_store_that_takes_no_writes_for_long_does_not_make_us_repeat_ourselves() -> None:
    async with World(a_handler, partitions=1) as world:
        await world.join([Fault.NONE, *[Fault.UNAVAILABLE] * 20])
        await world.send([POISON, *PING_PONG])
        await world.settle()
        assert said(world) == [("flag.raised", "ping_pong")]
        assert len(set_aside(world)) == 1


async def test_an_acknowledgement_that_was_lost_is_the_one_reason_to_repeat() -> None:
    async with World(a_handler, chunk_size=9, partitions=1) as world:
        await world.join()
        world.log.faults.extend([AppendFault.ACKNOWLEDGEMENT_LOST])
        await world.send([POISON, *PING_PONG])
        await world.settle()
        assert Counter(ids(world)).most_common() == [(ids(world)[0], 2)]
        assert len(set_aside(world)) == 2


async def test_whoever_takes_over_before_the_position_has_passed_what_was_said_hears_it_again() -> None:
    """The first dies when its flags are written and its dead letters are not, the second after a smaller chunk."""
    world = World(a_handler, partitions=1)
    one, two, three = (ByHand(a_handler(world), world.log, world.projection, 0) for _ in range(3))
    await world.send([POISON, *PING_PONG])
    await one.take_over()
    world.log.faults.extend([AppendFault.HALF])
    with pytest.raises(LogUnavailable):
        await one.read()
    await two.take_over()
    await two.read(2)
    await three.take_over()
    await three.read()
    assert said(world) == [("flag.raised", "ping_pong")]
    assert set_aside(world) == [("contact.events.v1:0:0", "not_json")]


async def test_of_the_last_cause_that_was_heard_only_what_is_absent_is_said() -> None:
    """A resolution settles two flags, and whoever was before us got no further than the first of the two."""
    log = [*passed_around("front", "tech", "front", "tech", "billing", "desk"), a_resolution(9)]
    first = World(a_handler, partitions=1)
    reader = ByHand(a_handler(first), first.log, first.projection, 0)
    await first.send(log)
    await reader.take_over()
    await reader.read()
    said_by_first = first.records(FLAGS.name)
    assert [kind for kind, _ in said(first)[-2:]] == ["flag.settled", "flag.settled"]
    for heard in range(len(said_by_first) + 1):
        world = World(a_handler, partitions=1)
        await world.log.put([Message(FLAGS.name, one.key, one.value or b"") for one in said_by_first[:heard]])
        other = ByHand(a_handler(world), world.log, world.projection, 0)
        await world.send(log)
        await other.take_over()
        await other.read()
        assert ids(world) == ids(first), heard


async def test_a_worker_that_slept_while_the_store_was_lost_raises_nothing_by_half_a_story() -> None:
    world = World(a_handler, partitions=1)
    sleeper, other = (ByHand(a_handler(world), world.log, world.projection, 0) for _ in range(2))
    await world.send(passed_around("front", "tech", "billing"))
    await sleeper.take_over()
    await sleeper.read()
    await world.send([an_assignment(1.5, desk="tech")])
    world.projection.lose()
    await other.take_over()
    with pytest.raises(Exception, match="nothing was decided"):
        await sleeper.read()
    assert said(world) == [("flag.raised", "runaround")]


async def test_too_many_bad_records_stop_a_partition_and_skip_nothing() -> None:
    def strict(world: World) -> JourneyHandler:
        return JourneyHandler(world.log, world.partitions, DeadLetterLimit(max_consecutive=3))

    async with World(strict, chunk_size=2, partitions=1) as world:
        worker = await world.join()
        await world.send([*PING_PONG, *[POISON] * 3, *PING_PONG[:1], *[POISON] * 4, a_promise(0)])
        with pytest.raises(NotSettled, match="DeadLetterLimitReached"):
            await world.settle()
        [partition] = worker.status.partitions
        assert not worker.status.ready
        assert (partition.position, partition.end) == (10, 13)
        assert len(set_aside(world)) == 5


async def test_with_the_limit_raised_it_goes_on_where_it_stopped() -> None:
    limits = [DeadLetterLimit(max_consecutive=1), DeadLetterLimit()]

    def patient(world: World) -> JourneyHandler:
        return JourneyHandler(world.log, world.partitions, limits.pop(0))

    async with World(patient, chunk_size=1, partitions=1) as world:
        worker = await world.join()
        await world.send([POISON, POISON, *PING_PONG])
        with pytest.raises(NotSettled):
            await world.settle()
        assert said(world) == []
        await world.join()
        await world.kill(worker)
        await world.settle()
        assert len(set_aside(world)) == 2
        assert said(world) == [("flag.raised", "ping_pong")]


@pytest.mark.parametrize("text", HOSTILE_TEXTS, ids=range(len(HOSTILE_TEXTS)))
async def test_hostile_text_goes_on_the_timeline(text: str) -> None:
    odd = [
        an_assignment(n, issue_id=text[:200], desk=text[:200] + desk, id=f"{text[:200]}{n}", odd=text)
        for n, desk in enumerate("abab")
    ]
    async with World(a_handler, partitions=1) as world:
        await world.join()
        await world.send(odd)
        await world.settle()
        assert counted(*await world.projection.read(0, count_of("c-1"))) == 4
        assert set_aside(world) == []
        assert said(world) == [("flag.raised", "ping_pong")]


STATES = Versioned(JourneyFold())
_pack, _unpack = msgspec.msgpack.Encoder().encode, msgspec.msgpack.Decoder(StoredState).decode


def as_of_another_version(keyspace: Keyspace, flags: dict[tuple[str, str], Any]) -> None:
    """The state of c-1 as a worker left it whose rules found these flags: the part that every version can read."""
    kept = _unpack(STORED.plain(keyspace.values["state:c-1"]))
    body = msgspec.msgpack.decode(kept.body)
    body[0] = flags
    body[1:] = ["of another shape", 7]
    keyspace.values["state:c-1"] = _pack(StoredState("another version", _pack(body)))


async def test_a_state_of_another_version_is_folded_anew_and_differences_are_said_with_the_next_event() -> None:
    async with World(a_handler, partitions=1) as world:
        worker = await world.join()
        await world.send(passed_around("front", "tech", "billing"))
        await world.settle()
        await world.kill(worker)
        before = world.projection.snapshot()
        flags = msgspec.msgpack.decode(_unpack(STORED.plain(before[0].values["state:c-1"])).body)[0]
        [(_, runaround)] = flags.items()
        as_of_another_version(before[0], {("ping_pong", "i1"): ["ping_pong", *runaround[1:]]})
        world.projection.restore(before)
        await world.join()
        await world.settle()
        assert said(world) == [("flag.raised", "runaround")]
        await world.send([a_promise(DAY)])
        await world.settle()
        assert said(world)[1:] == [("flag.withdrawn", "ping_pong"), ("flag.raised", "runaround")]
        assert {event_of(one)["data"]["cause"]["offset"] for one in world.records(FLAGS.name)[1:]} == {3}
        assert STATES.decode(world.projection.snapshot()[0].values["state:c-1"]) is not None


async def test_unknown_types_are_kept_and_change_no_rule() -> None:
    pondered = {**PING_PONG[0], "type": "issue.pondered", "id": "u1"}
    async with World(a_handler, partitions=1) as world:
        await world.join()
        await world.send([pondered, {**pondered, "type": "天気.changed", "id": "u2", "data": [None]}, *PING_PONG])
        await world.settle()
        assert set_aside(world) == []
        assert said(world) == [("flag.raised", "ping_pong")]
        assert counted(*await world.projection.read(0, count_of("c-1"))) == 6
