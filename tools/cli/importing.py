"""`ashiato import`: another system's export, row by row, as events."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from tools.cli.lines import Line
from tools.cli.progress import progress_bar
from tools.cli.publish import Published, Refusals, beside
from tools.cli.ways import MOST_EVENTS, Way, opened
from tools.cli.world import World
from tools.importing import Aside, Counts, read_incidents, read_mapping, read_requests
from tools.importing.mapping import Kind

_READ: dict[Kind, Callable[..., Iterator[bytes]]] = {"incidents": read_incidents, "requests": read_requests}


@dataclass(frozen=True)
class Imported:
    """What became of the file."""

    counts: Counts
    bad_file: str | None
    published: Published

    @property
    def all_good(self) -> bool:
        return not self.counts.bad_rows and not self.published.refused

    def described(self) -> dict[str, Any]:
        return {
            "rows": self.counts.rows,
            "bad_rows": self.counts.bad_rows,
            "bad_file": self.bad_file,
            "issues": self.counts.issues,
            "events": self.counts.events.total(),
            "by_type": dict(self.counts.events),
            "accepted": self.published.accepted,
            "refused": self.published.refused,
            "refused_file": self.published.refused_file,
        }


async def import_file(
    world: World,
    kind: Kind,
    file: Path,
    mapping_file: Path,
    *,
    direct: bool,
    dry_run: bool,
    limit: int | None,
    bad_file: Path | None,
    patience: float,
    progress: bool | None,
) -> Imported:
    """Raises ImportFault before anything is sent; Unavailable later: the same import again is harmless."""
    mapping = read_mapping(mapping_file, kind)
    counts, published = Counts(), Published()
    with ExitStack() as held:
        watch = held.enter_context(progress_bar(progress, world.output.err))
        aside = held.enter_context(Aside(bad_file or beside(str(file), ".bad.csv")))
        events = _READ[kind](file, mapping, aside=aside, counts=counts, watch=watch, limit=limit)
        if dry_run:
            _print(world, events)
        else:
            refusals = Refusals(beside(str(file), ".refused.jsonl"), published)
            held.callback(refusals.close)
            async with opened(world, direct=direct, patience=patience) as way:
                await _send(way, events, refusals, published)
    return Imported(counts, str(aside.path) if aside.count else None, published)


def _print(world: World, events: Iterator[bytes]) -> None:
    for event in events:
        world.output.raw(event.decode() + "\n")


async def _send(way: Way, events: Iterator[bytes], refusals: Refusals, published: Published) -> None:
    """In order, one batch after the other: an event is far below MOST_BYTES / MOST_EVENTS."""
    number = 0
    while batch := list(islice(events, MOST_EVENTS)):
        for event, reason in zip(batch, await way.send(batch), strict=True):
            number += 1
            if reason is None:
                published.accepted += 1
            else:
                refusals.add(Line(number, event, event), reason)
