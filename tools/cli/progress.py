"""How far long work is, on stderr: a bar on a terminal, a line per tenth elsewhere when asked for, else nothing."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol, TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeRemainingColumn


class Watch(Protocol):
    """As tools.importing.Watch."""

    def begin(self, stage: str, total: int, /) -> None: ...

    def at(self, position: int, /) -> None: ...


class Unwatched:
    def begin(self, _stage: str, _total: int, /) -> None:
        return

    def at(self, _position: int, /) -> None:
        return


class Bar:
    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task: TaskID | None = None

    def begin(self, stage: str, total: int) -> None:
        if self._task is not None:
            self._progress.remove_task(self._task)
        self._task = self._progress.add_task(stage, total=total or None)

    def at(self, position: int) -> None:
        if self._task is not None:
            self._progress.update(self._task, completed=position)


class Tenths:
    def __init__(self, err: TextIO) -> None:
        self._err = err
        self._stage, self._total, self._told = "", 0, 0

    def begin(self, stage: str, total: int) -> None:
        self._stage, self._total, self._told = stage, total, 0
        print(f"{stage} ...", file=self._err, flush=True)

    def at(self, position: int) -> None:
        tenth = min(10, position * 10 // self._total) if self._total else 0
        if tenth > self._told:
            self._told = tenth
            print(f"{self._stage} {tenth * 10} %", file=self._err, flush=True)


@contextmanager
def progress_bar(wanted: bool | None, err: TextIO | None = None) -> Iterator[Watch]:
    """wanted: --progress or --no-progress; None: on a terminal."""
    stream = err or sys.stderr
    if stream.isatty() and wanted is not False:
        columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
        with Progress(*columns, console=Console(file=stream), transient=True) as progress:
            yield Bar(progress)
    elif wanted:
        yield Tenths(stream)
    else:
        yield Unwatched()
