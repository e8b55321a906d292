"""Options that several commands share, and how a command runs."""

import asyncio
import signal
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Annotated, Any, NoReturn, TypeVar

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
    with _interruptible():
        return asyncio.run(task(context.obj))


@contextmanager
def _interruptible() -> Iterator[None]:
    """Ctrl-C ends at once. asyncio's own handler, which it leaves out when there is another, waits for the next await;
    reading a large file has none for many seconds."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, _interrupted)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _interrupted(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def make_sure(question: str, *, yes: bool) -> None:
    """Ask, unless --yes was given; without a terminal there is nobody to ask."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise BadInput(f"{question} Say so with --yes")
    typer.confirm(question, abort=True, err=True)
