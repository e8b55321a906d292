"""A followup worker whose clock is off says so to who keeps it running."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from services.followup.handlers import FollowupHandler
from services.followup.trusted_clock import TOLERANCE, TrustedClock
from shared.event_log.memory import MemoryLog
from shared.event_log.topics import CLOCK_PROBES
from tests.histories.builders import BEGIN, DAY, HOUR, MINUTE, a_promise
from tests.properties.worlds import World


class TurnedClock:
    """Ours, put forward by `ahead`."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.fromtimestamp(time.time(), UTC) + self.ahead


@pytest.mark.parametrize("ahead", [TOLERANCE * 2, -TOLERANCE * 2])
async def test_a_clock_is_off_once_it_was_compared_and_no_longer_when_put_right(ahead: timedelta) -> None:
    now = TurnedClock()
    clock = TrustedClock(MemoryLog({CLOCK_PROBES.name: 1}), now)
    assert not clock.is_off
    now.ahead = ahead
    assert (await clock.trusted(), clock.is_off) == (False, True)
    now.ahead = timedelta(0)
    assert (await clock.trusted(), clock.is_off) == (True, False)


async def test_a_clock_that_was_never_right_is_reported_once() -> None:
    now = TurnedClock()
    now.ahead = HOUR
    clock = TrustedClock(MemoryLog({CLOCK_PROBES.name: 1}), now, monotonic=iter(range(0, 100, 20)).__next__)
    with capture_logs() as said:
        assert [await clock.trusted() for _ in range(2)] == [False, False]
    assert [line["event"] for line in said] == ["clock.off"]


def test_a_handler_that_has_compared_nothing_yet_has_no_trouble() -> None:
    assert FollowupHandler(MemoryLog({CLOCK_PROBES.name: 1}), 1).trouble() is None


async def test_a_handler_that_keeps_silent_because_of_its_clock_says_why() -> None:
    handlers: list[FollowupHandler] = []

    def an_hour_ahead(world: World) -> FollowupHandler:
        handlers.append(FollowupHandler(world.log, world.partitions, now=lambda: world.now + HOUR))
        return handlers[-1]

    async with World(an_hour_ahead) as world:
        await world.join()
        await world.send([a_promise(0, due_by=DAY)])
        world.now = BEGIN + DAY - MINUTE
        await world.settle()
        assert handlers[-1].trouble() == "the clock differs from Kafka's"
