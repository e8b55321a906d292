"""Rows of a csv file, also inside .zip or .gz, one at a time."""

import csv
import gzip
import io
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, NamedTuple

from tools.importing.errors import BadFile

# A longer line is no row of an export; without a bound a file without line ends would fill the memory.
LONGEST_LINE = 1024 * 1024
_TABLES = (".csv", ".tsv", ".txt")
_BROKEN = (EOFError, OSError, zlib.error, zipfile.BadZipFile)


class TableRow(NamedTuple):
    """number: of the row in the file, the header is 1. fault: why it cannot be read as a row, else None."""

    number: int
    cells: list[str]
    fault: str | None


class Table(NamedTuple):
    """size and position in bytes (of the packed file for .gz), for progress."""

    header: list[str]
    rows: Iterator[TableRow]
    size: int
    position: Callable[[], int]


@contextmanager
def open_table(path: Path, encoding: str, delimiter: str) -> Iterator[Table]:
    """Raises BadFile, also from `rows` when the file breaks off."""
    with ExitStack() as held:
        try:
            binary, size, position = _binary(path, held)
            text = held.enter_context(_text(binary, encoding))
            reader = csv.reader(_lines(text), delimiter=delimiter)
            header = next(reader, None)
        except (LookupError, UnicodeError, csv.Error, RuntimeError, *_BROKEN) as error:
            raise BadFile(_why(path, error)) from None
        if not header:
            raise BadFile(f"{path} is empty: the first line must name the columns")
        columns = [name.strip() for name in header]
        yield Table(columns, _rows(path, reader, len(columns)), size, position)


def _binary(path: Path, held: ExitStack) -> tuple[IO[bytes], int, Callable[[], int]]:
    raw = held.enter_context(path.open("rb"))
    size = path.stat().st_size
    if path.suffix == ".gz":
        return held.enter_context(io.BufferedReader(gzip.GzipFile(fileobj=raw))), size, raw.tell
    if path.suffix == ".zip":
        archive = held.enter_context(zipfile.ZipFile(raw))
        member = _member(path, archive)
        unpacked = held.enter_context(archive.open(member))
        return unpacked, member.file_size, unpacked.tell
    return raw, size, raw.tell


def _member(path: Path, archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    """The only table in it. Folders of a Mac's own (__MACOSX) are none."""
    members = [
        one
        for one in archive.infolist()
        if Path(one.filename).suffix.lower() in _TABLES and not one.filename.startswith("__")
    ]
    if len(members) != 1:
        raise BadFile(f"{path} holds {len(members)} csv files: unpack it and import the one that is meant")
    return members[0]


def _text(binary: IO[bytes], encoding: str) -> io.TextIOWrapper:
    """Bytes that are no text stay in their row (as lone surrogates), so that only that row is set aside."""
    with_mark = "utf-8-sig" if encoding.lower().replace("_", "-") in {"utf-8", "utf8"} else encoding
    return io.TextIOWrapper(binary, with_mark, errors="surrogateescape", newline="")


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    while line := text.readline(LONGEST_LINE):
        yield line


def _rows(path: Path, reader: Iterator[list[str]], width: int) -> Iterator[TableRow]:
    number = 1
    while True:
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield TableRow(number, [], f"cannot be read: {error}")
            continue
        except (UnicodeError, *_BROKEN) as error:
            raise BadFile(_why(path, error)) from None
        if cells:
            wrong = f"has {len(cells)} columns, the header has {width}" if len(cells) != width else None
            yield TableRow(number, cells, wrong)


def _why(path: Path, error: Exception) -> str:
    match error:
        case EOFError() | zlib.error() | zipfile.BadZipFile() | gzip.BadGzipFile():
            return f"{path} is broken or incomplete ({error}): fetch it again"
        case OSError():
            return f"cannot read {path}: {error.strerror or error}"
        case UnicodeError():
            return f"{path} has another encoding than the mapping says ({error})"
        case LookupError():
            return f"the mapping's encoding is not known: {error}"
        case _:
            return f"cannot read {path}: {error}"
