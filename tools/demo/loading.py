"""The stories go in as everybody's events do: through the front door."""

import json
import time
from pathlib import Path
from typing import NamedTuple

from tools.cli.publish import publish
from tools.cli.world import World
from tools.demo.errors import BadStories
from tools.demo.stories import Stories, Story

PATIENCE_S = 15.0


class Loaded(NamedTuple):
    """began_at: epoch seconds, just before the times of the story were made from now."""

    story: Story
    events: int
    began_at: float


async def load(world: World, stories: Stories, story: Story, scratch: Path) -> Loaded:
    """scratch: a folder for refused lines. Raises BadStories, and Unavailable when the front door stays away."""
    began_at = time.time()
    refused_file = scratch / f"{story.file}.refused"
    published = await publish(
        world,
        str(stories.folder / story.file),
        direct=False,
        relative=True,
        fresh=False,
        refused_file=refused_file,
        patience=PATIENCE_S,
        batch=500,
        progress=False,
    )
    if published.refused:
        raise BadStories(f"{published.refused} events of {story.file} were refused: {_first_reason(refused_file)}")
    return Loaded(story, published.accepted, began_at)


def _first_reason(refused_file: Path) -> str:
    first = json.loads(refused_file.read_text(encoding="utf-8").splitlines()[0])
    return f"line {first['line']}: {first['reason']}"
