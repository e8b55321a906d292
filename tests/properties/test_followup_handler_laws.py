"""Whatever happens to workers, store and log: what followup says is said once, in time, and only when it is known."""

import json
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from hypothesis import event as note
from hypothesis import given
from hypothesis import strategies as st

from services.followup.domain.owed import OwedRules
from services.followup.handlers import FollowupHandler
from shared.event_log.log import Record
from shared.event_log.topics import CONTACT_EVENTS
from tests import oracle
from tests.histories import words
from tests.histories.builders import FOLLOWUP, HOUR, WEEK, Event, moment
from tests.histories.episodes import Pen, back_and_forth, call, cut_off, promised, superseded
from tests.histories.histories import histories
from tests.oracle.facts import parse_time
from tests.oracle.followup import DEFAULT_DESK
from tests.properties.effort import examples
from tests.properties.troubles import WITHOUT_ZOMBIES, Plan, Trouble, happen, plans, play
from tests.properties.worlds import World, event_of

Log = list[Event]
LATE = moment(10 * WEEK)
EPOCH = datetime.fromtimestamp(0, UTC)


def hung_up(pen: Pen) -> None:
    """A cut that owes a callback, unless the rest of the story has it otherwise."""
    at, contact = pen.moment(), pen.one_of(*words.CONTACTS)
    pen.write("contact.queued", at, contact_id=contact, desk=pen.one_of(*words.DESKS))
    pen.write("contact.ended", at + HOUR, contact_id=contact, ended_by="system", phase="queue")


OURS = (hung_up, hung_up, hung_up, cut_off, promised, promised, superseded, call, back_and_forth)
facts_only = histories(followed=False, restamped=True, conflicts=True, episodes=OURS)


def a_handler(world: World) -> FollowupHandler:
    return FollowupHandler(world.log, world.partitions, OwedRules(DEFAULT_DESK), now=lambda: world.now)


def ours(world: World) -> list[Event]:
    return [event for event in map(event_of, world.records()) if event["source"] == FOLLOWUP]


def identities(events: Iterable[Event]) -> Counter[tuple[str, str]]:
    return Counter((event["subject"], event["id"]) for event in events)


def misses_due(world: World) -> set[tuple[str, str]]:
    """By the oracle, of all that is on the log by now."""
    missed = oracle.missed(oracle.accept([event_of(record) for record in world.records()]).facts, world.now)
    return {(each.customer, each.id) for each in missed}


def may_be_repeated(world: World) -> set[str]:
    """Ids of events of which the log took a copy without anybody learning it."""
    taken = [message for message in world.log.unacknowledged if message.topic == CONTACT_EVENTS.name]
    return {json.loads(message.value)["id"] for message in taken}


@examples(40)
@given(facts_only, plans())
async def test_what_is_owed_is_said_and_every_miss_is_announced(log: Log, plan: Plan) -> None:
    async with World(a_handler, chunk_size=plan.chunk_size) as world:
        await play(world, log, plan)
        world.now = LATE
        await world.settle()
        owed = identities(event for event in ours(world) if event["type"] != "promise.missed")
        missed = identities(event for event in ours(world) if event["type"] == "promise.missed")
        note(f"owed: {min(len(owed), 3)}, missed: {min(len(missed), 3)}")
        assert owed.keys() == identities(each.event for each in oracle.callbacks(log)).keys()
        assert missed.keys() >= misses_due(world)


@examples(40)
@given(facts_only, plans(troubles=WITHOUT_ZOMBIES))
async def test_nothing_is_said_twice_but_what_went_unacknowledged(log: Log, plan: Plan) -> None:
    """A zombie, too, may repeat what it was about to say when it was left behind."""
    async with World(a_handler, chunk_size=plan.chunk_size) as world:
        await play(world, log, plan)
        world.now = LATE
        await world.settle()
        await happen(world, Trouble.EMPTY)
        await world.settle()
        repeated = {event_id for (_, event_id), times in identities(ours(world)).items() if times > 1}
        assert repeated <= may_be_repeated(world)


class Announcement:
    """A promise.missed on the log, and what lay before it in its partition."""

    def __init__(self, record: Record, before: list[Record]) -> None:
        self.event = event_of(record)
        data = self.event["data"]
        self.deadline = parse_time(data["due_by"]) + timedelta(seconds=data["grace_s"])
        self.detected_at = parse_time(data["detected_at"])
        known_by_then = [n for n, one in enumerate(before, 1) if stamped(one) < self.deadline]
        self._must_be_read = max(known_by_then, default=0)
        self._before = [event_of(one) for one in before]

    def is_justified(self) -> bool:
        """By some prefix of the log that holds whatever was on it before the deadline, and at the time it names."""
        prefixes = (self._before[:end] for end in range(self._must_be_read, len(self._before) + 1))
        return any(self._follows_from(prefix) for prefix in prefixes)

    def _follows_from(self, prefix: Log) -> bool:
        due = oracle.missed(oracle.accept(prefix).facts, self.detected_at)
        return any(fields(each.event(self.detected_at)) == fields(self.event) for each in due)


def fields(missed: Event) -> tuple[object, ...]:
    """What it says, with its times read: they may be written in any way."""
    data = missed["data"]
    times = [parse_time(text) for text in (missed["time"], data["due_by"], data["detected_at"])]
    said = (data[name] for name in ("promise_id", "grace_s", "attempts_outside", "made_good", "owner"))
    return missed["subject"], missed["id"], *times, *said


def announcements(world: World) -> list[Announcement]:
    found = []
    for partition in range(world.partitions):
        records = [record for record in world.records() if record.partition == partition]
        for place, record in enumerate(records):
            if event_of(record)["source"] == FOLLOWUP and event_of(record)["type"] == "promise.missed":
                found.append(Announcement(record, records[:place]))
    return found


def stamped(record: Record) -> datetime:
    return EPOCH + timedelta(milliseconds=record.timestamp_ms)


hours = st.integers(0, 30 * 24).map(lambda hours: hours * HOUR)


@examples(40)
@given(facts_only, plans(), st.lists(st.tuples(st.integers(0, 30), hours), max_size=6))
async def test_the_clock_never_speaks_too_early_nor_of_what_it_has_not_read(
    log: Log, plan: Plan, moves: list[tuple[int, timedelta]]
) -> None:
    """`moves`: how the clock goes on, after so many events."""
    async with World(a_handler, chunk_size=plan.chunk_size) as world:
        await world.join(plan.save_faults)
        world.log.faults.extend(plan.append_faults)
        for sent in range(len(log) + 1):
            for at, trouble in plan.troubles:
                if at == sent:
                    await happen(world, trouble)
            for at, by in moves:
                if at == sent:
                    world.now += by
            await world.send(log[sent : sent + 1])
        world.thaw()
        await world.settle()
        for one in announcements(world):
            note("announced")
            assert one.detected_at > one.deadline
            assert one.is_justified()
