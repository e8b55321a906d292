"""Rows of a csv file, plain, packed, odd and broken; and sorting more than fits into memory."""

import gzip
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.importing.errors import BadFile
from tools.importing.in_order import Keyed, sort_on_disk
from tools.importing.table import LONGEST_LINE, TableRow, open_table

TEXT = "a,b\n1,2\n\n3,4\n"


def rows_of(path: Path, encoding: str = "utf-8") -> list[TableRow]:
    with open_table(path, encoding, ",") as table:
        assert table.header == ["a", "b"]
        return list(table.rows)


def packed(folder: Path, ending: str, content: bytes) -> Path:
    path = folder / f"table.csv{ending}"
    match ending:
        case ".gz":
            path.write_bytes(gzip.compress(content))
        case ".zip":
            with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr("folder/table.csv", content)
                archive.writestr("__MACOSX/table.csv", b"")
                archive.writestr("readme.md", b"")
        case _:
            path.write_bytes(content)
    return path


@pytest.mark.parametrize("ending", ["", ".gz", ".zip"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_reads_plain_and_packed_files(tmp_path: Path, ending: str, mark: bytes) -> None:
    path = packed(tmp_path, ending, mark + TEXT.encode())

    assert [(row.cells, row.fault) for row in rows_of(path)] == [(["1", "2"], None), (["3", "4"], None)]


@pytest.mark.parametrize("ending", ["", ".gz", ".zip"])
def test_the_position_reaches_the_size(tmp_path: Path, ending: str) -> None:
    path = packed(tmp_path, ending, TEXT.encode() * 1000)

    with open_table(path, "utf-8", ",") as table:
        rows = sum(1 for _ in table.rows)
        assert rows == 2999
        assert table.position() == table.size


def test_quoted_cells_may_hold_line_ends(tmp_path: Path) -> None:
    path = packed(tmp_path, "", b'a,b\n"x\ny","1,2"\n')

    assert rows_of(path)[0].cells == ["x\ny", "1,2"]


def test_rows_that_do_not_fit_the_header_say_so(tmp_path: Path) -> None:
    one, two = rows_of(packed(tmp_path, "", b"a,b\n1\n1,2,3\n"))

    assert one.fault == "has 1 columns, the header has 2"
    assert two.fault == "has 3 columns, the header has 2"


def test_bytes_that_are_no_text_stay_in_their_row(tmp_path: Path) -> None:
    one, two = rows_of(packed(tmp_path, "", b"a,b\n\xff,2\n3,4\n"))

    assert one.cells[0].encode(errors="surrogateescape") == b"\xff"
    assert two.cells == ["3", "4"]


def test_a_cell_without_end_spoils_no_more_than_it_must(tmp_path: Path) -> None:
    rows = rows_of(packed(tmp_path, "", b'a,b\n"' + b"x" * 200_000 + b"\n1,2\n3,4\n"))

    assert rows[0].fault is not None
    assert len(rows) >= 2


def test_a_line_is_bounded(tmp_path: Path) -> None:
    path = packed(tmp_path, "", b"a,b\n" + b"x" * (3 * LONGEST_LINE) + b"\n1,2\n")

    rows = rows_of(path)

    assert all(row.fault for row in rows[:-1])
    assert rows[-1].cells == ["1", "2"]


@pytest.mark.parametrize(
    ("ending", "content", "reason"),
    [
        ("", b"", "is empty"),
        (".gz", b"plain", "broken or incomplete"),
        (".zip", b"plain", "broken or incomplete"),
        (".gz", gzip.compress(TEXT.encode() * 99_999)[:-40], "broken or incomplete"),
    ],
)
def test_a_file_that_is_no_table_is_told(tmp_path: Path, ending: str, content: bytes, reason: str) -> None:
    path = tmp_path / f"table.csv{ending}"
    path.write_bytes(content)

    with pytest.raises(BadFile, match=reason):
        rows_of(path)


def test_an_archive_of_several_tables_is_told(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "two.zip", "w") as archive:
        archive.writestr("one.csv", TEXT)
        archive.writestr("two.csv", TEXT)

    with pytest.raises(BadFile, match="holds 2 csv files"):
        rows_of(tmp_path / "two.zip")


def test_another_encoding_is_the_mapping_s_to_say(tmp_path: Path) -> None:
    path = packed(tmp_path, "", "a,b\né,2\n".encode("latin-1"))

    assert rows_of(path, "latin-1")[0].cells == ["é", "2"]
    with pytest.raises(BadFile, match="encoding is not known"):
        rows_of(path, "klingon")
    with pytest.raises(BadFile, match="another encoding"):
        rows_of(path, "utf-16")


keys = st.tuples(st.text(alphabet="ab", max_size=2), st.one_of(st.integers(-9, 9), st.floats(-9, 9), st.just("x")))


def in_python(key: tuple[str, int | float | str]) -> tuple[str, bool, int | float | str]:
    """Numbers before texts."""
    return key[0], isinstance(key[1], str), key[1]


@given(st.lists(keys))
def test_sorting_on_disk_is_stable_sorting(found: list[tuple[str, int | float | str]]) -> None:
    items = [Keyed(key, str(number).encode()) for number, key in enumerate(found)]

    ordered = list(sort_on_disk(iter(items), keys=2))

    assert [item.content for item in ordered] == [
        item.content for item in sorted(items, key=lambda item: in_python((str(item.keys[0]), item.keys[1])))
    ]
