"""Whatever happens to workers, store and log: journey ends up with the same, and every flag event is visible once."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from hypothesis import event as note
from hypothesis import given
from hypothesis import strategies as st

from services.journey.domain.digest import content
from services.journey.domain.journey import Journey
from services.journey.domain.past import Limits
from services.journey.handlers import JourneyHandler
from services.journey.store import JourneyFold
from shared.customers.customers import Versioned
from shared.customers.entry import Entry
from shared.customers.filing import all_of, everything
from shared.event_log.dead_letters import DeadLetter, DeadLetterLimit, read_dead_letter
from shared.event_log.log import Message
from shared.event_log.topics import CONTACT_EVENTS, DEAD_LETTERS, FLAGS
from shared.event_log.wire import decode
from shared.projection.memory import Keyspace
from shared.timeline.order import identity_of, place_of
from tests import oracle
from tests.histories.builders import WEEK, Event, moment
from tests.histories.episodes import back_and_forth, call, promised, sent_elsewhere, superseded
from tests.histories.histories import histories
from tests.histories.long import long_stories
from tests.oracle.digest import document
from tests.properties.effort import examples
from tests.properties.poison import POISON, Poison, oddities
from tests.properties.troubles import UNTROUBLED, WITHOUT_ZOMBIES, Plan, Trouble, happen, plans, play
from tests.properties.worlds import World, event_of, message_of

Log = list[Event]
BUSY = (back_and_forth, back_and_forth, call, sent_elsewhere, promised, superseded)
any_log = histories(restamped=True, conflicts=True, episodes=BUSY)
LATE = moment(8 * WEEK)
FOLD = JourneyFold()
STATES = Versioned(FOLD)
# So few that even a short story has a past.
FEW = Limits(newest=1, enough=2)


def a_handler(world: World) -> JourneyHandler:
    return JourneyHandler(world.log, world.partitions, DeadLetterLimit(), fold=JourneyFold(FEW))


def a_hoarder(world: World) -> JourneyHandler:
    """Puts nothing away."""
    return JourneyHandler(world.log, world.partitions, DeadLetterLimit(), fold=JourneyFold(Limits(enough=1_000_000)))


async def undisturbed(messages: Sequence[Message]) -> dict[int, Keyspace]:
    async with World(a_hoarder, chunk_size=UNTROUBLED.chunk_size) as world:
        await play(world, messages, UNTROUBLED)
        return world.projection.snapshot()


def kept(keyspaces: dict[int, Keyspace]) -> dict[int, tuple[Any, ...]]:
    """What look-ups and the next chunk read: all but how far our own writing is covered, and the fence."""
    return {partition: tuple(_kept(keyspace)) for partition, keyspace in keyspaces.items()}


def _kept(keyspace: Keyspace) -> Iterator[Any]:
    yield keyspace.next
    # Decoded, because a fold from scratch may meet contacts, and so fill its mappings, in another order; and whole,
    # because what is put away depends on the chunks.
    yield {name: whole_journey(keyspace, name) for name in keyspace.values if name.startswith("state:")}
    for named in (keyspace.lists, keyspace.sets, keyspace.scores, keyspace.fields):
        yield {name: value for name, value in named.items() if value and not name.startswith("past:")}


def whole_journey(keyspace: Keyspace, name: str) -> Journey:
    past = keyspace.lists.get(name.replace("state:", "past:"), [])
    note(f"parts of the past: {min(len(past), 3)}")
    state, *parts = [STATES.decode(stored) for stored in (keyspace.values[name], *past)]
    assert state is not None
    assert state.away.parts == len(parts)
    return FOLD.whole(state, [part for part in parts if part is not None])


def flags_said(world: World) -> Counter[str]:
    return Counter(event_of(record)["id"] for record in world.records(FLAGS.name))


def letters(world: World) -> list[DeadLetter]:
    return [read_dead_letter(record) for record in world.records(DEAD_LETTERS.name)]


def unacknowledged(world: World) -> set[str]:
    """Ids of flag events, and of dead letters, of which the log took a copy without anybody learning it."""
    flags = {json.loads(m.value)["id"] for m in world.log.unacknowledged if m.topic == FLAGS.name}
    set_aside = [m for m in world.log.unacknowledged if m.topic == DEAD_LETTERS.name]
    return flags | {dict(message.headers)["dead-letter-id"].decode() for message in set_aside}


def messages_of(log: Log) -> list[Message]:
    return [message_of(event) for event in log]


@examples(40)
@given(any_log, plans())
async def test_nothing_that_happens_changes_what_is_kept(log: Log, plan: Plan) -> None:
    messages = messages_of(log)
    async with World(a_handler, chunk_size=plan.chunk_size) as world:
        await play(world, messages, plan)
        assert kept(world.projection.snapshot()) == kept(await undisturbed(messages))


@examples(40)
@given(any_log, plans())
async def test_the_flags_topic_holds_the_trail_whatever_happens(log: Log, plan: Plan) -> None:
    async with World(a_handler, chunk_size=plan.chunk_size) as world:
        await play(world, messages_of(log), plan)
        said = flags_said(world)
        note(f"flag events: {min(len(said), 4)}")
        assert said.keys() == {one.event_id for one in oracle.trail(log)}


@examples(40)
@given(any_log, plans(troubles=WITHOUT_ZOMBIES))
async def test_no_flag_event_is_said_twice_but_what_went_unacknowledged(log: Log, plan: Plan) -> None:
    """A zombie, too, may repeat what it was about to say when it was left behind."""
    async with World(a_handler, chunk_size=plan.chunk_size) as world:
        await play(world, messages_of(log), plan)
        await happen(world, Trouble.EMPTY)
        await world.settle()
        assert {event_id for event_id, times in flags_said(world).items() if times > 1} <= unacknowledged(world)


def stored_content(keyspace: Keyspace, customer_id: str) -> dict[str, Any]:
    """What the digest is made of."""
    journey = whole_journey(keyspace, f"state:{customer_id}")
    lists = [keyspace.lists.get(one.name, []) for one in all_of(customer_id)]
    events = [decode(entry.raw) for entry in everything(*lists)]
    assert events == sorted(events, key=place_of)
    return content(journey, [identity_of(event) for event in events if event.type != "promise.missed"], LATE)


@examples(40)
@given(long_stories(), st.integers(1, 9), st.builds(Limits, st.integers(0, 2), st.integers(0, 6)))
async def test_what_is_put_away_changes_nothing(log: Log, size: int, limits: Limits) -> None:
    def puts_away(world: World) -> JourneyHandler:
        return JourneyHandler(world.log, world.partitions, DeadLetterLimit(), fold=JourneyFold(limits))

    messages = messages_of(log)
    async with World(puts_away, chunk_size=size) as world, World(a_hoarder, chunk_size=size) as other:
        await play(world, messages, UNTROUBLED)
        await play(other, messages, UNTROUBLED)
        assert kept(world.projection.snapshot()) == kept(other.projection.snapshot())
        assert flags_said(world) == flags_said(other)
        assert [one.value for one in world.records(FLAGS.name)] == [one.value for one in other.records(FLAGS.name)]


@examples(40)
@given(any_log, plans())
async def test_what_is_kept_is_what_the_oracle_tells(log: Log, plan: Plan) -> None:
    async with World(a_handler, chunk_size=plan.chunk_size) as world:
        await play(world, messages_of(log), plan)
        found = {}
        for keyspace in world.projection.snapshot().values():
            for customer_id in map(bytes.decode, keyspace.lists.get("customers", [])):
                found[customer_id] = stored_content(keyspace, customer_id)
    accepted = oracle.by_customer(oracle.accept(log).facts)
    assert found == {customer_id: document(facts, LATE) for customer_id, facts in accepted.items()}


class Letter(NamedTuple):
    """What must be true of a dead letter."""

    id: str
    code: str
    key: bytes | None
    value: bytes


mixed_logs = st.tuples(
    any_log, st.lists(st.tuples(st.integers(0, 30), st.sampled_from(POISON) | oddities()), min_size=1, max_size=6)
).map(lambda drawn: mixed(*drawn))


def mixed(log: Log, others: list[tuple[int, Poison | Event]]) -> list[Event | Poison]:
    items: list[Event | Poison] = list(log)
    for at, other in others:
        items.insert(at, other)
    return items


def expected_letters(items: Sequence[Event | Poison], placed: Sequence[tuple[int, int]]) -> set[Letter]:
    good = [(place, item) for place, item in enumerate(items) if not isinstance(item, Poison)]
    bad = {place: item for place, item in enumerate(items) if isinstance(item, Poison)}
    for n in oracle.accept([item for _, item in good]).conflicts:
        place, event = good[n]
        bad[place] = Poison("conflict", message_of(event))
    return {
        Letter(f"{CONTACT_EVENTS.name}:{placed[n][0]}:{placed[n][1]}", one.code, one.message.key, one.message.value)
        for n, one in bad.items()
    }


@examples(40)
@given(mixed_logs, plans(troubles=WITHOUT_ZOMBIES))
async def test_whatever_cannot_be_applied_becomes_one_dead_letter_and_nothing_else_does(
    items: list[Event | Poison], plan: Plan
) -> None:
    messages = [item.message if isinstance(item, Poison) else message_of(item) for item in items]
    good = [item for item in items if not isinstance(item, Poison)]
    async with World(a_handler, chunk_size=plan.chunk_size) as world:
        await play(world, messages, plan)
        await happen(world, Trouble.EMPTY)
        await world.settle()
        found = letters(world)
        expected = expected_letters(items, world.placed)
        stored = [entry for keyspace in world.projection.snapshot().values() for entry in all_entries(keyspace)]
    assert {Letter(one.id, one.code, one.key, one.value) for one in found} == expected
    assert {one for one, times in Counter(letter.id for letter in found).items() if times > 1} <= unacknowledged(world)
    assert len(stored) == len(oracle.accept(good).facts)


def all_entries(keyspace: Keyspace) -> Iterator[Entry]:
    for customer_id in keyspace.lists.get("customers", ()):
        yield from everything(*(keyspace.lists.get(one.name, []) for one in all_of(customer_id.decode())))
