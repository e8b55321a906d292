"""A store that is lost between two round trips of one question: the whole answer, or 503; never a part of it."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

import httpx
import pytest
from fastapi import FastAPI

from services.followup import api as followup
from services.followup.handlers import FollowupHandler
from services.followup.settings import FollowupApiSettings
from services.journey import api as journey
from services.journey.handlers import JourneyHandler
from services.journey.settings import JourneyApiSettings
from shared.event_log.dead_letters import DeadLetterLimit
from shared.projection import Projection, Read
from shared.projection.memory import Keyspace, MemoryProjection
from shared.stream.handler import Handler
from tests.front_door import a_client
from tests.histories.builders import DAY, Event, a_contact, a_promise, a_transfer, moment
from tests.properties.worlds import PARTITIONS, World

T = TypeVar("T")
ENOUGH = 30  # more round trips than any question takes
LATER = moment(7 * DAY)


class LostAfter(MemoryProjection):
    """Everything is gone after so many round trips, until it is filled again."""

    def __init__(self) -> None:
        super().__init__()
        self._left = 0

    def fill(self, snapshot: dict[int, Keyspace], round_trips: int) -> None:
        self.restore(snapshot)
        self._left = round_trips

    async def read(self, partition: int, reads: Sequence[Read[T]]) -> list[T]:
        if self._left == 0:
            self.lose()
        self._left -= 1
        return await super().read(partition, reads)


class Side(NamedTuple):
    """A service: its worker's handler, and its API on a projection."""

    hire: Callable[[World], Handler]
    build: Callable[[Projection], FastAPI]


JOURNEY = Side(
    lambda world: JourneyHandler(world.log, world.partitions, DeadLetterLimit()),
    lambda stored: journey.build(JourneyApiSettings(partitions=PARTITIONS), stored, lambda: LATER),
)
FOLLOWUP = Side(
    lambda world: FollowupHandler(world.log, world.partitions, now=lambda: world.now),
    lambda stored: followup.build(FollowupApiSettings(partitions=PARTITIONS), stored, lambda: LATER),
)


def a_story(customer: str) -> list[Event]:
    """With a flag and an open promise."""
    desks = ("front", "tech", "front", "tech")
    moves = [a_transfer(10 + n, customer=customer, to_desk=desk) for n, desk in enumerate(desks)]
    return [a_contact(0, customer=customer), *moves, a_promise(20, customer=customer, due_by=DAY)]


@pytest.mark.parametrize(
    ("side", "path"),
    [
        (JOURNEY, "/journeys/c-1"),
        (JOURNEY, "/journeys/c-1/events?limit=3"),
        (JOURNEY, "/journeys/c-1/digest"),
        (JOURNEY, "/flags?lapsed=true"),
        (JOURNEY, "/digests"),
        (JOURNEY, "/digests?limit=1"),
        (JOURNEY, "/reports/handoffs"),
        (FOLLOWUP, "/promises?historic=true"),
        (FOLLOWUP, "/reports/promises"),
    ],
)
async def test_a_store_that_is_lost_meanwhile_is_never_read_in_part(side: Side, path: str) -> None:
    async with World(side.hire) as world:
        await world.send(event for customer in ("c-1", "c-2", "c-3") for event in a_story(customer))
        await world.join()
        await world.settle()
        snapshot = world.projection.snapshot()
    stored, answers = LostAfter(), list[httpx.Response]()
    async with a_client(side.build(stored)) as client:
        for round_trips in range(ENOUGH):
            stored.fill(snapshot, round_trips)
            answers.append(await client.get(path))
    whole: Any = answers[-1].json()
    assert answers[-1].status_code == 200, whole
    assert {answer.status_code for answer in answers} == {200, 503}
    assert all(answer.json() == whole for answer in answers if answer.status_code == 200)
    assert all("retry-after" in answer.headers for answer in answers if answer.status_code == 503)


@pytest.mark.parametrize(
    ("side", "path"),
    [(JOURNEY, "/journeys/c-2"), (JOURNEY, "/journeys/c-1"), (JOURNEY, "/digests"), (FOLLOWUP, "/promises")],
)
async def test_who_has_read_the_whole_store_does_not_take_an_older_copy_for_it(side: Side, path: str) -> None:
    async with World(side.hire) as world:
        await world.join()
        await world.send(a_story("c-1")[:3])
        await world.settle()
        older = world.projection.snapshot()
        await world.send([*a_story("c-1")[3:], *a_story("c-2")])
        await world.settle()
        whole = world.projection.snapshot()
    stored, answers = MemoryProjection(), list[httpx.Response]()
    async with a_client(side.build(stored)) as client:
        for snapshot in (whole, older, whole):
            stored.restore(snapshot)
            answers.append(await client.get(path))
    assert [answer.status_code for answer in answers] == [200, 503, 200]
    assert answers[0].json() == answers[2].json()
