"""Options that several commands share, and how a command runs."""

import asyncio
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from tools.cli.errors import BadInput
from tools.cli.world import World

T = TypeVar("T")

AsJson = Annotated[bool, typer.Option("--json", help="For machines.")]
Wait = Annotated[
    float, typer.Option("--wait", min=0, help="Seconds to go on trying while a service is away or rebuilding.")
]
Progress = Annotated[
    bool | None, typer.Option("--progress/--no-progress", help="Show progress on stderr; by default on a terminal.")
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
AsOf = Annotated[str, typer.Option("--as-of", metavar="TIME", help="ISO 8601; UTC when it has no offset.")]
Most = Annotated[int | None, typer.Option("--limit", min=1, help="At most so many.")]
Direct = Annotated[bool, typer.Option("--direct", help="Straight into Kafka, with the same checks.")]
ExistingFile = Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, readable=True)]


def run(context: typer.Context, task: Callable[[World], Coroutine[Any, Any, T]]) -> T:
    return asyncio.run(task(context.obj))


def make_sure(question: str, *, yes: bool) -> None:
    """Ask, unless --yes was given; without a terminal there is nobody to ask."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise BadInput(f"{question} Say so with --yes")
    typer.confirm(question, abort=True, err=True)
