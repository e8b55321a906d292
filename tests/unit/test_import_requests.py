"""A list of requests as promises."""

from pathlib import Path

import pytest

from tests.unit.import_builders import Read, imported

MAPPING = """
name = "city"
kind = "requests"
[issue]
column = "case"
[desk]
column = "queue"
[time]
column = "open"
format = "%m/%d/%Y %I:%M:%S %p"
[due]
column = "target"
[closed]
column = "closed"
format = "iso"
none = ["never"]
[promise]
kind = "visit"
wording = "what"
"""


def of_rows(folder: Path, *rows: str, mapping: str = MAPPING) -> Read:
    (folder / "city.csv").write_text("\n".join(["case,queue,open,target,closed,what", *rows]) + "\n")
    (folder / "map.toml").write_text(mapping)
    return imported(folder / "city.csv", folder / "map.toml", "requests", folder=folder)


def test_a_target_is_a_historic_promise_and_closing_keeps_it(tmp_path: Path) -> None:
    read = of_rows(tmp_path, "1,Lights,01/01/2015 12:25:23 AM,01/16/2015 08:30:00 PM,2015-01-02,lamp")

    made, kept = read.events
    assert (made["type"], made["time"], made["subject"]) == ("promise.made", "2015-01-01T00:25:23Z", "1")
    assert made["data"] == {
        "promise_id": "1",
        "kind": "visit",
        "due_by": "2015-01-16T20:30:00Z",
        "owner": {"desk": "Lights"},
        "channel": "other",
        "wording": "lamp",
        "explicit": True,
        "historic": True,
    }
    assert (kept["type"], kept["time"], kept["data"]) == ("promise.kept", "2015-01-02T00:00:00Z", {"promise_id": "1"})


def test_nothing_is_kept_before_it_was_promised(tmp_path: Path) -> None:
    read = of_rows(tmp_path, "1,Lights,01/02/2015 12:00:00 PM,01/16/2015 08:30:00 AM,2015-01-01,")

    assert [event["time"] for event in read.events] == ["2015-01-02T12:00:00Z"] * 2


def test_without_a_target_nothing_is_promised(tmp_path: Path) -> None:
    read = of_rows(
        tmp_path,
        "1,Lights,01/02/2015 12:00:00 PM,,2015-01-03,",
        "2,Lights,01/02/2015 12:00:00 PM,01/16/2015 08:30:00 AM,never,",
    )

    assert [event["subject"] for event in read.events] == ["2"]
    assert (read.counts.rows, read.counts.issues) == (2, 1)


def test_a_row_that_says_the_same_again_says_the_same_event(tmp_path: Path) -> None:
    row = "1,Lights,01/02/2015 12:00:00 PM,01/16/2015 08:30:00 AM,2015-01-03,"

    first, second, *_ = of_rows(tmp_path, row, row).events

    assert first["id"] == second["id"]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("1,,01/02/2015 12:00:00 PM,01/16/2015 08:30:00 AM,,", "no desk stands in"),
        ("1,Lights,01/02/2015 12:00:00 PM,soon,,", "target is no time"),
        (",Lights,01/02/2015 12:00:00 PM,01/16/2015 08:30:00 AM,,", "case is empty"),
    ],
)
def test_bad_rows_are_set_aside(tmp_path: Path, row: str, reason: str) -> None:
    read = of_rows(tmp_path, row)

    assert read.events == []
    assert reason in read.aside[1]


def test_the_mapping_may_name_a_desk_for_rows_without_one(tmp_path: Path) -> None:
    mapping = MAPPING.replace('column = "queue"', 'column = "queue"\notherwise = "front office"')

    [made] = of_rows(tmp_path, "1,,01/02/2015 12:00:00 PM,01/16/2015 08:30:00 AM,,", mapping=mapping).events

    assert made["data"]["owner"] == {"desk": "front office"}
