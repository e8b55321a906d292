"""The demo without a person: everything that must be seen is seen, or one line says what is missing."""

import asyncio
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

from tools.cli.errors import CliError
from tools.cli.world import World
from tools.demo.beside import beside, guard
from tools.demo.errors import NotSeen
from tools.demo.evidence import Check, Evidence, judge
from tools.demo.loading import load
from tools.demo.screen import Screen
from tools.demo.stage import Stage
from tools.demo.stories import Stories
from tools.demo.watching import Watching

_LOOK_EVERY_S: Final = 0.5


async def smoke(stage: Stage, stories: Stories, screen: Screen) -> list[Check]:
    """All checks, all passed. Raises NotSeen, ProcessEnded, BadStories, CliError."""
    async with stage.world.log() as log:
        watching = Watching(log)
        checks = await beside(_watch(stage, stories, watching, screen), watching.run(), guard(stage.processes))
    stage.processes.check()
    names = ", ".join(process.name for process in stage.processes.all)
    return [*checks, Check(f"{len(stage.processes.all)} processes run: {names}")]


async def _watch(stage: Stage, stories: Stories, watching: Watching, screen: Screen) -> list[Check]:
    published: dict[str, float] = {}
    for story in stories.stories:
        loaded = await load(stage.world, stories, story, stage.folder)
        published[story.key] = loaded.began_at
        screen.line(f"{story.key}  {story.title}: {loaded.events} events")
    deadline = time.monotonic() + stories.within_s
    while True:
        checks = judge(stories, await _gather(stage.world, stories, watching, published))
        faults = [f"{check.name}: {fault}" for check in checks for fault in check.faults]
        if not faults:
            return checks
        if time.monotonic() > deadline:
            raise NotSeen(f"after {stories.within_s:g} s: {'; '.join(faults)}")
        await asyncio.sleep(_LOOK_EVERY_S)


async def _gather(world: World, stories: Stories, watching: Watching, published: Mapping[str, float]) -> Evidence:
    listed: list[Any] = []
    pictures: dict[str, Any] = {}
    async with world.api("journey") as journey:
        for state in ("raised", "settled"):
            with suppress(CliError):
                listed += [item async for page in journey.pages("/flags", state=state) for item in page["items"]]
        for _, customer_id, _ in stories.pictures:
            pictures[customer_id] = None
            with suppress(CliError):
                pictures[customer_id] = await journey.get(f"/journeys/{customer_id}")
    return Evidence(list(watching.flags), list(watching.misses), listed, pictures, published)
