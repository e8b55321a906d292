"""What the terminal shows. Colour and moving parts on a terminal only; text from events is made harmless."""

import time
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Final, TextIO

from rich.console import Console
from rich.padding import Padding
from rich.status import Status
from rich.table import Table
from rich.text import Text

from tools.cli.output import harmless

_NO_WIDTH: Final = 1000  # of a log file
_STYLES: Final = {"raised": "bold yellow", "withdrawn": "dim", "settled": "green"}


class Screen:
    """`out`: stdout when None."""

    def __init__(self, out: TextIO | None = None) -> None:
        self._console = Console(file=out, highlight=False, markup=False, emoji=False)
        if not self._console.is_terminal:
            self._console.width = _NO_WIDTH

    def blank(self) -> None:
        self._console.print()

    def title(self, text: str, remark: str = "") -> None:
        """Begins a part."""
        self.blank()
        self._console.print(Text.assemble((text, "bold"), ("   " + remark if remark else "", "dim")))

    def line(self, text: str = "", style: str = "") -> None:
        self._console.print(Padding(Text(harmless(text), style), (0, 0, 0, 2), expand=False))

    def picture(self, lines: Iterable[tuple[str, str | None]]) -> None:
        """As `ashiato journey` prints it, but denser; a line that is too long goes on below its beginning."""
        for text, style in lines:
            if body := text.lstrip(" "):
                indent = 2 + len(text) - len(body)
                self._console.print(Padding(Text(harmless(body), style or ""), (0, 0, 0, indent), expand=False))

    def command(self, text: str, remark: str = "") -> None:
        """Something to copy: the terminal breaks it, not we."""
        comment = f"  # {remark}" if remark else ""
        self._console.print(Text.assemble("  ", (text, "cyan"), (comment, "dim")), soft_wrap=True)

    def raw(self, text: str) -> None:
        """Lines as they are, indented."""
        for line in text.splitlines():
            self._console.print(Text("  " + harmless(line)), overflow="ellipsis", no_wrap=True)

    def row(self, cells: Iterable[tuple[str, str, int]]) -> None:
        """Cells as text, style, width; the last takes the rest and is wrapped below itself."""
        *firm, (last, style, _) = [(harmless(text), style, width) for text, style, width in cells]
        if not self._console.is_terminal:
            self.line("  ".join([*(text.ljust(width) for text, _, width in firm), last]))
            return
        grid = Table.grid(padding=(0, 2, 0, 0), expand=True)
        for _, _, width in firm:
            grid.add_column(width=width, no_wrap=True)
        grid.add_column(ratio=1)
        grid.add_row(*(Text(text, style) for text, style, _ in firm), Text(last, style))
        self._console.print(Padding(grid, (0, 0, 0, 2)))

    @contextmanager
    def step(self, name: str, where: str) -> Iterator[None]:
        """Something that takes time: a spinner while it lasts, then one line with the seconds."""
        began = time.monotonic()
        with self.waiting(f"starting {name}"):
            yield
        spent = f"{time.monotonic() - began:4.1f} s"
        self.row([("✓", "green", 1), (name, "", 8), (spent, "dim", 6), (where, "dim", 0)])

    def waiting(self, text: str) -> AbstractContextManager[Status | None]:
        """A moving line at the bottom of the screen. None where there is no terminal: nothing is shown there."""
        if not self._console.is_terminal:
            return nullcontext(None)
        return self._console.status(Text(harmless(text)), spinner_style="cyan")

    def flag(self, at: str, story: str, verb: str, customer: str, sentence: str) -> None:
        style = _STYLES.get(verb, "dim")
        cells = [(at, "dim", 8), (story, "bold", 2), (verb, style, 9), (customer, "", 11), (sentence, style, 0)]
        self.row(cells)
