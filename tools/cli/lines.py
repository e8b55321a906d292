"""JSON lines as events in structured mode: one line, one event."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, BinaryIO, NamedTuple

import msgspec

from tools.cli.errors import BadInput
from tools.cli.relative_time import is_relative
from tools.cli.ways import MOST_BYTES

Change = Callable[[Mapping[str, Any]], dict[str, Any]]

_ONE_VALUE = msgspec.json.Decoder()


class Line(NamedTuple):
    """number: from 1, as an editor counts. text: as it was read. fault: why it cannot be sent, else None."""

    number: int
    text: bytes
    value: bytes
    fault: str | None = None


def read_lines(stream: BinaryIO, change: Change | None = None) -> Iterator[Line]:
    """One Line for each that is not blank. `change`: what to make of an event before it is sent, e.g. its times.

    Without it the bytes go out as they are. Memory: one line, and of a longer one than can be sent only the beginning.
    """
    number = 0
    while text := stream.readline(MOST_BYTES):
        number += 1
        if not text.endswith(b"\n") and len(text) == MOST_BYTES:
            _skip_rest(stream)
            yield Line(number, text, b"", f"a line may have {MOST_BYTES} bytes, and an event less")
        elif text.strip():
            yield _line(number, text.strip(), change)


def _line(number: int, text: bytes, change: Change | None) -> Line:
    try:
        event = _ONE_VALUE.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        return Line(number, text, b"", f"not JSON: {error}")
    if not isinstance(event, dict):
        return Line(number, text, b"", "not a JSON object")
    if change is None:
        if is_relative(event.get("time")):
            raise BadInput(f"line {number} has a time relative to now: publish the file with --relative")
        return Line(number, text, text)
    try:
        return Line(number, text, json.dumps(change(event), ensure_ascii=False, separators=(",", ":")).encode())
    except (OverflowError, UnicodeEncodeError) as error:
        return Line(number, text, b"", f"cannot be made an event: {error}")


def _skip_rest(stream: BinaryIO) -> None:
    while (rest := stream.readline(MOST_BYTES)) and not rest.endswith(b"\n"):
        pass
