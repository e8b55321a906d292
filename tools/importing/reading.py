"""From rows of a file to what they say; rows that say nothing usable are set aside."""

from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import TypeVar

from tools.importing.aside import Aside
from tools.importing.errors import BadRow
from tools.importing.mapping import Mapping, check_columns
from tools.importing.table import TableRow, open_table
from tools.importing.watch import Counts, Watch

T = TypeVar("T")
_TELL_EVERY = 1_000  # rows between two looks at the position


def read_rows(
    path: Path,
    mapping: Mapping,
    read: Callable[[dict[str, str]], T],
    aside: Aside,
    counts: Counts,
    watch: Watch,
    limit: int | None,
) -> Iterator[T]:
    """What the rows say, in the order of the file. `read` gets the mapped columns, stripped, and may raise BadRow.

    Raises BadFile and BadMapping.
    """
    with open_table(path, mapping.encoding, mapping.delimiter) as table:
        check_columns(mapping, table.header)
        aside.header(table.header)
        places = {column: table.header.index(column) for column in mapping.columns}
        watch.begin("reading", table.size)
        for row in islice(table.rows, limit):
            counts.rows += 1
            if counts.rows % _TELL_EVERY == 0:
                watch.at(table.position())
            try:
                yield _said(row, places, read)
            except BadRow as fault:
                counts.bad_rows += 1
                aside.add(row.number, row.cells, str(fault))
        watch.at(table.size)


def _said(row: TableRow, places: dict[str, int], read: Callable[[dict[str, str]], T]) -> T:
    if row.fault is not None:
        raise BadRow(row.fault)
    return read({column: row.cells[place].strip() for column, place in places.items()})
