"""Everything a command prints. Text from events is hostile: nothing of it reaches the terminal as a control code."""

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any, NoReturn, TextIO

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from tools.cli.errors import PipeClosed

# Marks that are printable but turn the reading direction of what follows.
_TURNING = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def harmless(value: object) -> str:
    """One line without control codes."""
    text = str(value)
    if text.isprintable() and _TURNING.isdisjoint(text):
        return text
    return "".join(one if one.isprintable() and one not in _TURNING else " " for one in text)


class PipeAware(Console):
    def on_broken_pipe(self) -> NoReturn:
        raise PipeClosed


class Output:
    """stdout for answers, stderr for remarks. Colour on a terminal only (and never with NO_COLOR)."""

    def __init__(self, out: TextIO | None = None, err: TextIO | None = None) -> None:
        self.out = out or sys.stdout
        self.err = err or sys.stderr
        self._console = PipeAware(
            file=self.out, soft_wrap=True, highlight=False, markup=False, emoji=False, legacy_windows=False
        )
        self._remarks = Console(file=self.err, soft_wrap=True, highlight=False, markup=False, emoji=False)

    def line(self, text: str = "", style: str | None = None) -> None:
        self._console.print(Text(harmless(text), style or ""))

    def table(self, head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Columns as wide as their widest cell; the last is left as long as it is."""
        cells = [[harmless(cell) for cell in row] for row in rows]
        widths = [max(map(cell_len, column)) for column in zip(head, *cells, strict=True)]
        self.line(_aligned(head, widths), style="bold")
        for row in cells:
            self.line(_aligned(row, widths))

    def json(self, value: Any, *, indent: int | None = 2) -> None:
        """indent None: one line, for JSON lines."""
        separators = (",", ":") if indent is None else None
        self.raw(json.dumps(value, ensure_ascii=False, indent=indent, separators=separators, default=str) + "\n")

    def raw(self, text: str) -> None:
        """As it is; for JSON and for events, which escape control codes themselves."""
        try:
            self.out.write(text)
        except BrokenPipeError:
            raise PipeClosed from None

    def remark(self, text: str, style: str | None = None) -> None:
        self._remarks.print(Text(harmless(text), style or ""))

    def flush(self) -> None:
        try:
            self.out.flush()
        except BrokenPipeError:
            raise PipeClosed from None


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = [cell + " " * (width - cell_len(cell)) for cell, width in zip(cells, widths, strict=True)]
    return "  ".join(padded).rstrip()
