"""`ashiato publish`: events from a file (JSON lines) to the front door, in order."""

import json
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, BinaryIO

from tools.cli.errors import BadInput
from tools.cli.lines import Change, Line, read_lines
from tools.cli.progress import Watch, progress_bar
from tools.cli.relative_time import resolved
from tools.cli.renamed import renamed
from tools.cli.ways import MOST_BYTES, MOST_EVENTS, Way, opened
from tools.cli.world import World


@dataclass
class Published:
    """What became of the lines. refused_file: where the refused ones are, if there are any."""

    accepted: int = 0
    refused: int = 0
    refused_file: str | None = None


class Refusals:
    """Refused lines with their number and reason, as JSON lines; the file appears with the first."""

    def __init__(self, path: Path, result: Published) -> None:
        self._path = path
        self._result = result
        self._file: IO[str] | None = None

    def add(self, line: Line, reason: str) -> None:
        if self._file is None:
            self._file = self._path.open("w", encoding="utf-8")
            self._result.refused_file = str(self._path)
        told = {"line": line.number, "reason": reason, "event": line.text.decode(errors="replace").strip()}
        self._file.write(json.dumps(told, ensure_ascii=False) + "\n")
        self._result.refused += 1

    def close(self) -> None:
        if self._file is not None:
            self._file.close()


async def publish(
    world: World,
    file: str,
    *,
    direct: bool,
    relative: bool,
    fresh: bool,
    refused_file: Path | None,
    patience: float,
    batch: int,
    progress: bool | None,
) -> Published:
    """Raises BadInput, Unavailable (what was sent stays sent; the same file again is harmless)."""
    result = Published()
    with ExitStack() as held:
        stream, size = _opened(world, file, held)
        watch = held.enter_context(progress_bar(progress, world.output.err))
        refusals = Refusals(refused_file or beside(file, ".refused.jsonl"), result)
        held.callback(refusals.close)
        watch.begin("publishing", size)
        async with opened(world, direct=direct, patience=patience) as way:
            lines = read_lines(stream, _change(world, relative=relative, fresh=fresh))
            for together in batches(lines, batch):
                await _send(way, together, refusals, result)
                _tell(watch, stream, size)
    return result


async def _send(way: Way, batch: list[Line], refusals: Refusals, result: Published) -> None:
    good = [line for line in batch if line.fault is None]
    reasons = iter(await way.send([line.value for line in good]) if good else [])
    for line in batch:
        reason = line.fault or next(reasons)
        if reason is None:
            result.accepted += 1
        else:
            refusals.add(line, reason)


def batches(lines: Iterable[Line], most: int = MOST_EVENTS) -> Iterator[list[Line]]:
    """As they came, each small enough for one request."""
    batch: list[Line] = []
    size = 0
    for line in lines:
        if batch and (len(batch) == most or size + len(line.value) > MOST_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(line)
        size += len(line.value) + 1
    if batch:
        yield batch


def beside(file: str, ending: str) -> Path:
    """Beside the file where we may write there, else in the present folder."""
    path = Path("stdin" if file == "-" else file)
    there = path.with_name(path.name + ending)
    return there if os.access(there.parent, os.W_OK) else Path(there.name)


def _change(world: World, *, relative: bool, fresh: bool) -> Change | None:
    if not relative and not fresh:
        return None
    now = world.now()
    suffix = f"-{now:%Y%m%d%H%M%S}"

    def change(event: Any) -> dict[str, Any]:
        changed = resolved(event, now) if relative else dict(event)
        return renamed(changed, suffix) if fresh else changed

    return change


def _opened(world: World, file: str, held: ExitStack) -> tuple[BinaryIO, int]:
    """The stream and its size in bytes (0: not known)."""
    if file == "-":
        return world.stdin or sys.stdin.buffer, 0
    path = Path(file)
    try:
        return held.enter_context(path.open("rb")), path.stat().st_size
    except OSError as error:
        raise BadInput(f"cannot read {file}: {error.strerror or error}") from None


def _tell(watch: Watch, stream: BinaryIO, size: int) -> None:
    if size:
        watch.at(stream.tell())
