"""A mapping that is wrong says what to mend, in one line."""

from pathlib import Path

import pytest

from tools.importing.errors import BadMapping
from tools.importing.mapping import Kind, check_columns, read_mapping

SAMPLES = Path(__file__).resolve().parents[2] / "samples" / "mappings"

INCIDENTS = """
name = "desk"
kind = "incidents"
[issue]
column = "id"
[desk]
column = "team"
[time]
column = "at"
format = "iso"
"""


def told(folder: Path, text: str, kind: Kind = "incidents") -> str:
    file = folder / "map.toml"
    file.write_text(text)
    with pytest.raises(BadMapping) as caught:
        read_mapping(file, kind)
    message = str(caught.value)
    assert "\n" not in message
    return message


@pytest.mark.parametrize(
    ("file", "kind"),
    [("servicenow-incidents", "incidents"), ("boston-311", "requests"), ("example-helpdesk", "incidents")],
)
def test_the_shipped_mappings_can_be_read(file: str, kind: Kind) -> None:
    assert read_mapping(SAMPLES / f"{file}.toml", kind).source == f"urn:import:{file}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (INCIDENTS.replace("[desk]", "[dsk]"), "unknown key 'dsk'; did you mean 'desk'?"),
        (INCIDENTS + "zoen = 'UTC'", "unknown key 'time.zoen'; did you mean 'zone'?"),
        (INCIDENTS.replace('column = "team"', "none = ['x']"), "'desk.column' is missing"),
        (INCIDENTS + "zone = 'Mars'", "'time.zone': 'Mars' is no time zone"),
        (INCIDENTS + "[due]\ncolumn = 'x'", "due and closed belong to a mapping of requests"),
        (INCIDENTS.replace('[desk]\ncolumn = "team"', ""), "needs [desk] or [state]"),
        (INCIDENTS.replace("incidents", "requests"), "needs [due]"),
        (INCIDENTS + "[customer]\ncolumn = 'c'\nblank_as = '/'", "'customer.blank_as'"),
        ("name = [", "is no TOML"),
    ],
)
def test_says_what_is_wrong(tmp_path: Path, text: str, expected: str) -> None:
    assert expected in told(tmp_path, text)


def test_names_the_command_for_a_mapping_of_the_other_kind(tmp_path: Path) -> None:
    assert "ashiato import incidents" in told(tmp_path, INCIDENTS, "requests")


def test_a_missing_file_is_named() -> None:
    with pytest.raises(BadMapping, match=r"absent\.toml: No such file"):
        read_mapping(Path("absent.toml"), "incidents")


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (["id", "Team ", "at"], "no column 'team'; did you mean 'Team '?"),
        (["id", "teams", "at"], "did you mean 'teams'?"),
        (["id", "colour", "at"], "it has 'id', 'colour', 'at'"),
        (["id", "team", "at", "team"], "2 columns 'team'"),
    ],
)
def test_a_column_that_is_not_there_is_told_with_the_nearest(tmp_path: Path, header: list[str], expected: str) -> None:
    (tmp_path / "map.toml").write_text(INCIDENTS)

    with pytest.raises(BadMapping) as caught:
        check_columns(read_mapping(tmp_path / "map.toml", "incidents"), header)
    assert expected in str(caught.value)
