"""`ashiato report ...`: figures over all customers, added up from pages that add up."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shared.events import rfc3339
from tools.cli.output import Output
from tools.cli.progress import progress_bar
from tools.cli.world import World

Json = dict[str, Any]

_HANDOFF_LINES = (
    ("at least 1 hand-off", "handoffs_at_least", "1"),
    ("at least 2 hand-offs", "handoffs_at_least", "2"),
    ("at least 3 hand-offs", "handoffs_at_least", "3"),
    ("back at once (A B A)", "direct_return", "issues"),
    ("  how many times", "direct_return", "times"),
    ("back at all", "any_return", "issues"),
)
_PAGING = frozenset({"next", "progress"})


async def report_handoffs(world: World, *, as_json: bool, patience: float, progress: bool | None) -> None:
    """Raises Unavailable."""
    total = await _added_up(world, "journey", "/reports/handoffs", {}, patience, progress)
    if as_json:
        world.output.json(total)
    else:
        _print_handoffs(world.output, total)


async def report_promises(
    world: World, as_of: datetime, *, as_json: bool, patience: float, progress: bool | None
) -> None:
    """Raises Unavailable."""
    asked = {"as_of": rfc3339(as_of)}
    total = await _added_up(world, "followup", "/reports/promises", asked, patience, progress)
    if as_json:
        world.output.json(total)
    else:
        _print_promises(world.output, total)


async def _added_up(world: World, service: str, path: str, asked: Json, patience: float, progress: bool | None) -> Json:
    total: Json = {}
    with progress_bar(progress, world.output.err) as watch:
        watch.begin("counting", 1000)
        async with world.api(service, patience) as api:
            async for page in api.pages(path, limit=500, **asked):
                total = added(total, {name: value for name, value in page.items() if name not in _PAGING})
                watch.at(int(1000 * page.get("progress", 0)))
    return total


def added(one: Mapping[str, Any], other: Mapping[str, Any]) -> Json:
    """Numbers of the same name are summed, at every depth."""
    names = [*one, *(name for name in other if name not in one)]
    return {name: _sum(one.get(name), other.get(name)) for name in names}


def _sum(one: Any, other: Any) -> Any:
    if one is None or other is None:
        return one if other is None else other
    return added(one, other) if isinstance(one, dict) else one + other


def _print_handoffs(output: Output, total: Json) -> None:
    output.line(f"{total['issues']:,} issues, {total['with_desk']:,} with a desk", "bold")
    output.line()
    rows = [
        (label, *(f"{total[counting][name][figure]:,}" for counting in ("raw", "ours")))
        for label, name, figure in _HANDOFF_LINES
    ]
    output.table(("ISSUES WITH", "RAW", "OURS"), rows)
    output.line()
    output.line("raw: resolution ignored. ours: a resolution ends the sequence of desks.", "dim")
    output.line(f"Flags: {', '.join(f'{count:,} {kind}' for kind, count in total['flags'].items())}")


def _print_promises(output: Output, total: Json) -> None:
    output.table(("PROMISES", "COUNT"), [(name.replace("_", " "), f"{count:,}") for name, count in total.items()])
