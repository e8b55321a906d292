"""A line on the screen for each flag event, and for customers who need none."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from shared.events import FlagRaised
from tools.cli.errors import CliError
from tools.cli.journey import sayable
from tools.cli.world import World
from tools.demo.loading import PATIENCE_S
from tools.demo.screen import Screen
from tools.demo.sentences import quiet_sentence, sentence
from tools.demo.stories import Stories
from tools.demo.watching import FlagEvent, SaidFlag, Watching

Json = dict[str, Any]

# A flag is on its topic some milliseconds before the look-up shows it; one that was withdrawn since never is there.
_SHOWN_WITHIN_S: Final = 2.0
_LOOK_EVERY_S: Final = 0.1


class Telling:
    """`_told`: how many of the flags heard are on the screen."""

    def __init__(self, world: World, stories: Stories, watching: Watching, screen: Screen) -> None:
        self._world = world
        self._stories = stories
        self._watching = watching
        self._screen = screen
        self._told = 0

    def has_more(self) -> bool:
        return len(self._watching.flags) > self._told

    async def flags(self) -> None:
        """Those not yet on the screen."""
        for said in self._watching.flags[self._told :]:
            self._told += 1
            await self._flag(said)

    async def quiet_customers(self) -> None:
        """Those whose story needs no flag."""
        for _, customer_id, expected in self._stories.pictures:
            if not expected.flags:
                journey = await self.journey(customer_id, _with_promises(len(expected.promises)))
                self._line(time.time(), "–", customer_id, quiet_sentence(journey, self._world.now()))

    async def journey(self, customer_id: str, shows: Callable[[Json], bool] = lambda _: True) -> Json:
        """The look-up, asked again for a moment until it `shows` what is looked for. Raises CliError."""
        deadline = time.monotonic() + _SHOWN_WITHIN_S
        async with self._world.api("journey", PATIENCE_S) as api:
            while True:
                found: Json = await api.get(f"/journeys/{customer_id}")
                if shows(found) or time.monotonic() > deadline:
                    return found
                await asyncio.sleep(_LOOK_EVERY_S)

    async def _flag(self, said: SaidFlag) -> None:
        flag = said.event
        try:
            journey = await self.journey(
                flag.customer_id, lambda one: not isinstance(flag, FlagRaised) or _has(one, flag)
            )
        except CliError:  # the flag is worth more than its details
            journey = {}
        verb = flag.type.removeprefix("flag.")
        self._line(said.said_at, verb, flag.customer_id, sentence(flag, journey, self._world.now()))

    def _line(self, at: float, verb: str, customer_id: str, text: str) -> None:
        moment = f"{datetime.fromtimestamp(at, UTC):%H:%M:%S}"
        self._screen.flag(moment, self._stories.key_of(customer_id), verb, sayable(customer_id), text)


def _with_promises(count: int) -> Callable[[Json], bool]:
    return lambda journey: len(journey["promises"]) >= count


def _has(journey: Json, flag: FlagEvent) -> bool:
    about = (flag.data.kind, flag.data.issue_id, flag.data.promise_id)
    return any((one["kind"], one["issue_id"], one["promise_id"]) == about for one in journey["flags"])
