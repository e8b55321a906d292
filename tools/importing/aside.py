"""Rows that say nothing we can use, written aside with the reason, so that they can be mended."""

import csv
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self


class Aside:
    """A csv beside the imported file: row (its number, the header is 1), reason, and the cells as they came.

    Extra columns are ignored by a mapping: once mended, the file can be imported as it is.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.count = 0
        self._header: list[str] = []
        self._file: IO[str] | None = None
        self._writer: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()

    def header(self, columns: list[str]) -> None:
        self._header = columns

    def add(self, row: int, cells: list[str], reason: str) -> None:
        if self._file is None:
            # Cells that are not UTF-8 come back as the bytes they were.
            self._file = self.path.open("w", encoding="utf-8", errors="surrogateescape", newline="")
            self._writer = csv.writer(self._file)
            self._writer.writerow(["row", "reason", *self._header])
        self._writer.writerow([row, reason, *cells])
        self.count += 1
