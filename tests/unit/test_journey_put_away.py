"""Journey's handler when much of a customer is put away: what comes late or too late is judged as if all were here."""

from collections.abc import Callable

import pytest

from services.journey.domain.past import Limits
from services.journey.handlers import JourneyHandler
from services.journey.queries import Queries
from services.journey.store import JourneyFold
from shared.event_log.dead_letters import DeadLetterLimit
from tests.histories.builders import (
    DAY,
    HOUR,
    WEEK,
    a_connection,
    a_keep,
    a_promise,
    a_resolution,
    an_opening,
    moment,
)
from tests.properties.worlds import World
from tests.unit.test_journey_handler import PING_PONG, said

ALL_IS_HERE, MUCH_IS_AWAY = Limits(), Limits(newest=0, enough=0)
either_way = pytest.mark.parametrize("limits", [ALL_IS_HERE, MUCH_IS_AWAY], ids=["all is here", "much is away"])


def who_puts_away(limits: Limits) -> Callable[[World], JourneyHandler]:
    return lambda world: JourneyHandler(world.log, world.partitions, DeadLetterLimit(), fold=JourneyFold(limits))


@either_way
async def test_what_comes_a_little_late_undoes_what_was_put_away_since(limits: Limits) -> None:
    """Nobody names the issue: the late contact continues it, between those that went back and forth."""
    async with World(who_puts_away(limits), chunk_size=9, partitions=1) as world:
        await world.join()
        calls = [a_connection(n * 10, contact_id=f"k{n}", desk=desk) for n, desk in enumerate("abab")]
        await world.send([*calls, a_resolution(60, contact_id="k3")])
        await world.settle()
        assert said(world) == [("flag.raised", "ping_pong"), ("flag.settled", "ping_pong")]
        await world.send([a_connection(15, contact_id="late", desk="c")])
        await world.settle()
        assert said(world)[2:] == [
            ("flag.withdrawn", "ping_pong"),
            ("flag.raised", "runaround"),
            ("flag.settled", "runaround"),
        ]


@either_way
async def test_what_comes_a_little_late_undoes_what_was_brought_back_and_put_away_again(limits: Limits) -> None:
    async with World(who_puts_away(limits), chunk_size=9, partitions=1) as world:
        await world.join()
        await world.send([an_opening(0, issue_id="i1"), a_resolution(1, issue_id="i1")])
        await world.settle()
        calls = [a_connection(10 + n * 10, contact_id=f"k{n}", desk=desk) for n, desk in enumerate("abab")]
        await world.send([*calls, a_resolution(60, contact_id="k3")])
        await world.settle()
        await world.send([a_resolution(70, issue_id="i1")])
        await world.settle()
        assert said(world) == [("flag.raised", "ping_pong"), ("flag.settled", "ping_pong")]
        await world.send([a_connection(25, contact_id="late", desk="c")])
        await world.settle()
        assert [kind for kind, _ in said(world)[2:]] == ["flag.withdrawn", "flag.raised", "flag.settled"]


@either_way
async def test_a_promise_kept_too_late_makes_flags_more_severe_that_are_put_away(limits: Limits) -> None:
    async with World(who_puts_away(limits), partitions=1) as world:
        await world.join()
        await world.send([a_promise(-DAY, promise_id="p1", issue_id="i2", due_by=-HOUR)])
        await world.send([*PING_PONG, a_resolution(DAY, issue_id="i1"), an_opening(3 * WEEK, issue_id="i3")])
        await world.settle()
        assert await severities(world) == {"i1": 1}
        await world.send([a_keep(4 * WEEK, promise_id="p1")])
        await world.settle()
        assert await severities(world) == {"i1": 2, "i2": 1}


async def severities(world: World) -> dict[str, int]:
    """Of the settled flags, by subject, as the work list shows them."""
    queries = Queries(world.projection, partitions=1)
    items = await queries.flags(
        state="settled", kind=None, desks=None, lapsed=True, after=None, limit=10, now=moment(5 * WEEK)
    )
    return {item.subject: item.flags[0].severity for _, item in items}
