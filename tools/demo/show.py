"""The demo for a person: what happened, what follows from it while they watch, and where to go on."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from shared.event_log.topics import FLAGS
from tools.cli.journey import picture_lines, sayable
from tools.cli.plain_words import owner
from tools.demo.beside import beside, guard
from tools.demo.evidence import standing
from tools.demo.loading import PATIENCE_S, load
from tools.demo.screen import Screen
from tools.demo.signposts import put_up_signposts
from tools.demo.stage import Stage
from tools.demo.stories import ExpectedPicture, Stories
from tools.demo.telling import Telling
from tools.demo.watching import SaidMiss, Watching

Json = dict[str, Any]

# A second as a rule; generous for a busy machine. Whoever waits in vain still sees what there is.
_FLAGS_WITHIN_S: Final = 15.0
_SOON_S: Final = 120.0  # a promise due later is not worth waiting for
_LATE_S: Final = 15.0
_NEWEST: Final = 10  # entries of a timeline that are shown


async def show(stage: Stage, stories: Stories, screen: Screen) -> None:
    """Until it is cancelled. Raises ProcessEnded, BadStories, CliError."""
    async with stage.world.log() as log:
        watching = Watching(log)
        await beside(Show(stage, stories, watching, screen).run(), watching.run(), guard(stage.processes))


class Show:
    """The parts, in their order."""

    def __init__(self, stage: Stage, stories: Stories, watching: Watching, screen: Screen) -> None:
        self._stage = stage
        self._world = stage.world
        self._stories = stories
        self._watching = watching
        self._screen = screen
        self._telling = Telling(stage.world, stories, watching, screen)

    async def run(self) -> None:
        await self._happen()
        await self._flags_at_once()
        await self._one_customer()
        await self._come_due()
        await put_up_signposts(self._stage, self._screen, self._most(lambda one: (len(one.debts), len(one.flags))))
        while True:
            await self._watching.wait_for(self._telling.has_more, within=60)
            await self._telling.flags()

    async def _happen(self) -> None:
        self._screen.title("Five customers, and what happened to them", "each event through POST /events")
        for story in self._stories.stories:
            loaded = await load(self._world, self._stories, story, self._stage.folder)
            who = ", ".join(map(sayable, story.customers))
            cells = [(story.key, "bold", 2), (story.title, "", 33), (f"{loaded.events:>3} events", "dim", 10)]
            self._screen.row([*cells, (who, "", 0)])

    async def _flags_at_once(self) -> None:
        """Those that need not wait for a time to come."""
        self._screen.title("What the desks are told", f"as raised on the topic {FLAGS.name}; UTC")
        flags = [flag for _, _, one in self._stories.pictures for flag in one.flags if flag.after_s is None]
        await self._watching.wait_for(lambda: len(standing(self._watching.flags)) >= len(flags), _FLAGS_WITHIN_S)
        await self._telling.flags()
        await self._telling.quiet_customers()

    async def _one_customer(self) -> None:
        customer_id = self._most(lambda one: sum(flag.after_s is None for flag in one.flags))
        command = f"ashiato journey {sayable(customer_id)}"
        self._screen.title("What an agent sees before speaking", command)
        journey = await self._telling.journey(customer_id)
        newest = journey["entries"][:_NEWEST]
        self._screen.picture(picture_lines({**journey, "entries": newest}, self._world.now()))
        if len(newest) < len(journey["entries"]):
            self._screen.line(f"  ... and what was before: {command} --all", "dim")

    async def _come_due(self) -> None:
        """A promise whose time comes while a person watches, if there is one."""
        promise = await self._next_due()
        if promise is None:
            return
        who, desk = sayable(promise["customer_id"]), promise["owner"]["desk"]
        self._screen.title("A promise comes due while you watch", f"ashiato promises --desk {desk}")
        self._screen.line(f"{owner(promise['owner'])} to {who}: “{promise['wording']}”")
        missed = await self._count_down(promise)
        if missed is None:
            self._screen.line(f"Its time passed {_LATE_S:g} s ago, and nothing was said: this is a fault.", "red")
            return
        late = missed.said_at - missed.deadline.timestamp()
        self._screen.line(f"Due at {missed.deadline:%H:%M:%S}. Nobody rang; announced {late:.2f} s later:", "bold")
        await self._watching.wait_for(self._telling.has_more, within=_LATE_S)
        await self._telling.flags()

    async def _next_due(self) -> Json | None:
        async with self._world.api("followup", PATIENCE_S) as followup:
            page = await followup.get("/promises", state="due", limit=1)
        soon = [one for one in page["items"] if self._seconds_until(one["deadline"]) < _SOON_S]
        return soon[0] if soon else None

    async def _count_down(self, promise: Json) -> SaidMiss | None:
        """The announcement, once it is heard; None when it does not come."""

        def heard() -> SaidMiss | None:
            mine = (one for one in self._watching.misses if one.event.data.promise_id == promise["promise_id"])
            return next(mine, None)

        with self._screen.waiting("") as moving:
            while not await self._watching.wait_for(lambda: heard() is not None, within=0.2):
                left = self._seconds_until(promise["deadline"])
                if left < -_LATE_S:
                    return None
                if moving is not None:
                    moving.update(f"due in {left:.0f} s" if left > 0 else "due, and nobody has rung")
        return heard()

    def _most(self, measure: Callable[[ExpectedPicture], Any]) -> str:
        """The customer of whom there is most to see."""
        return max(self._stories.pictures, key=lambda one: measure(one[2]))[1]

    def _seconds_until(self, moment: str) -> float:
        return (datetime.fromisoformat(moment) - self._world.now()).total_seconds()
