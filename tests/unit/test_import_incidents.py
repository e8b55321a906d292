"""An incident log as events: order, times, whose it is, what a row says; ids that make a second run harmless."""

import csv
from pathlib import Path

import pytest

from tests.unit.import_builders import Read, imported, said

SAMPLES = Path(__file__).resolve().parents[2] / "samples" / "mappings"
EXAMPLE = SAMPLES / "example-helpdesk.csv"
EXAMPLE_MAPPING = SAMPLES / "example-helpdesk.toml"

MAPPING = """
name = "log"
kind = "incidents"
[issue]
column = "id"
[customer]
column = "who"
none = ["?"]
blank_as = "-"
[desk]
column = "team"
none = ["-"]
[time]
column = "at"
format = "iso"
[state]
column = "state"
resolved = ["ok"]
"""


def of_rows(folder: Path, *rows: str, mapping: str = MAPPING, name: str = "log.csv") -> Read:
    (folder / name).write_text("\n".join(["id,who,team,at,state", *rows]) + "\n")
    (folder / "map.toml").write_text(mapping)
    return imported(folder / name, folder / "map.toml", folder=folder)


def test_the_documented_example_gives_the_documented_events(tmp_path: Path) -> None:
    read = imported(EXAMPLE, EXAMPLE_MAPPING, folder=tmp_path)

    assert said(read.of("hd:T-1")) == [
        ("issue.opened", "2025-03-02T08:00:00Z", "router"),
        ("issue.assigned", "2025-03-02T08:00:00.000001Z", "Hotline"),
        ("issue.assigned", "2025-03-02T08:00:00.000002Z", "Network"),
        ("issue.assigned", "2025-03-02T11:00:00Z", "Network"),
        ("issue.resolved", "2025-03-02T11:00:00Z", "done"),
        ("issue.assigned", "2025-03-03T08:00:00Z", "Hotline"),
        ("issue.reopened", "2025-03-03T08:00:00Z", "again"),
    ]
    assert {event["subject"] for event in read.of("hd:T-1")} == {"crm:ACC-7"}
    assert {event["subject"] for event in read.of("hd:T-3")} == {"hd:T-3"}
    assert len(next(iter(read.of("hd:T-2")))["subject"]) == 36
    assert read.aside[1].startswith("9,Changed is no time like '%d.%m.%Y %H:%M': '31.02.2025 10:00',T-3,")
    assert (read.counts.rows, read.counts.bad_rows, read.counts.issues) == (8, 1, 3)


def test_rows_of_an_issue_need_not_stand_together(tmp_path: Path) -> None:
    read = of_rows(
        tmp_path,
        "A,x,one,2026-01-01T00:00:02Z,new",
        "B,y,one,2026-01-01T00:00:01Z,new",
        "A,x,two,2026-01-01T00:00:01Z,new",
    )

    assert said(read.of("A")) == [
        ("issue.assigned", "2026-01-01T00:00:01Z", "two"),
        ("issue.assigned", "2026-01-01T00:00:02Z", "one"),
    ]
    assert [event["time"] for event in read.events] == sorted(event["time"] for event in read.events)


def test_numbers_order_as_numbers(tmp_path: Path) -> None:
    mapping = MAPPING.replace('kind = "incidents"', 'kind = "incidents"\norder = ["state"]')

    read = of_rows(tmp_path, "A,x,late,2026-01-01T00:00:00Z,10", "A,x,early,2026-01-01T00:00:00Z,9", mapping=mapping)

    assert [desk for _, _, desk in said(read.events)] == ["early", "late"]


def test_only_a_change_into_a_resolved_state_resolves_and_a_first_row_is_a_change(tmp_path: Path) -> None:
    read = of_rows(
        tmp_path,
        "A,x,one,2026-01-01T00:00:00Z,ok",
        "A,x,one,2026-01-02T00:00:00Z,ok",
        "A,x,-,2026-01-03T00:00:00Z,open",
        "A,x,,2026-01-04T00:00:00Z,ok",
    )

    assert [(kind, time[:10]) for kind, time, _ in said(read.events)] == [
        ("issue.assigned", "2026-01-01"),
        ("issue.resolved", "2026-01-01"),
        ("issue.assigned", "2026-01-02"),
        ("issue.resolved", "2026-01-04"),
    ]


@pytest.mark.parametrize(
    ("caller", "customer"),
    [("Ann Lee", "Ann-Lee"), ("?", "A"), ("", "A"), ("a.b_c:d-1", "a.b_c:d-1")],
)
def test_the_first_caller_is_the_customer(tmp_path: Path, caller: str, customer: str) -> None:
    read = of_rows(tmp_path, f"A,{caller},one,2026-01-01T00:00:00Z,new", "A,other,one,2026-01-02T00:00:00Z,new")

    assert {event["subject"] for event in read.events} == {customer}


def test_a_caller_that_is_no_customer_id_gets_a_stable_one(tmp_path: Path) -> None:
    rows = [
        f"{issue},{who},one,2026-01-01T00:00:00Z,new" for issue, who in [("A", "山田"), ("B", "山田"), ("C", "é" * 65)]
    ]

    first, second, third = (event["subject"] for event in sorted(of_rows(tmp_path, *rows).events, key=_issue))

    assert first == second != third
    assert [event["subject"] for event in sorted(of_rows(tmp_path, *rows).events, key=_issue)] == [first, second, third]


def _issue(event: dict[str, dict[str, str]]) -> str:
    return event["data"]["issue_id"]


def test_running_again_gives_the_same_events_also_from_a_longer_export_under_another_name(tmp_path: Path) -> None:
    rows = ["A,x,one,2026-01-01T00:00:00Z,new", "A,x,two,2026-01-02T00:00:00Z,ok", "B,y,one,2026-01-01T00:00:00Z,new"]
    longer = ["C,z,one,2025-12-31T00:00:00Z,new", *rows, "A,x,three,2026-01-03T00:00:00Z,open"]

    first = of_rows(tmp_path, *rows)

    assert of_rows(tmp_path, *rows).events == first.events
    again = {event["id"]: event for event in of_rows(tmp_path, *longer, name="longer.csv").events}
    assert [again[event["id"]] for event in first.events] == first.events


def test_equal_rows_are_two_updates(tmp_path: Path) -> None:
    read = of_rows(tmp_path, *["A,x,one,2026-01-01T00:00:00Z,new"] * 3)

    assert len({event["id"] for event in read.events}) == 3
    assert len({event["time"] for event in read.events}) == 3


def test_bad_rows_are_set_aside_and_the_others_go_on(tmp_path: Path) -> None:
    read = of_rows(
        tmp_path,
        "A,x,one,yesterday,new",
        "A,x,one,1969-12-31T23:59:59Z,new",
        f"A,x,{'d' * 257},2026-01-01T00:00:00Z,new",
        "A,x,one",
        ",x,one,2026-01-01T00:00:00Z,new",
        "A,x,good,2026-01-01T00:00:00Z,new",
    )

    assert [desk for _, _, desk in said(read.events)] == ["good"]
    assert read.counts.bad_rows == 5
    assert [line.split(",")[0] for line in read.aside] == ["row", "2", "3", "4", "5", "6"]
    assert "1970 to 2199" in read.aside[2]
    assert "team has 257 characters" in read.aside[3]


def test_a_mended_file_of_bad_rows_can_be_imported_as_it_is(tmp_path: Path) -> None:
    read = of_rows(tmp_path, "A,x,one,yesterday,new")
    header, row = csv.reader(read.aside)
    mended = ["2026-01-01T00:00:00Z" if cell == "yesterday" else cell for cell in row]
    with (tmp_path / "mended.csv").open("w", newline="") as file:
        csv.writer(file).writerows([header, mended])

    again = imported(tmp_path / "mended.csv", tmp_path / "map.toml", folder=tmp_path)

    assert said(again.events) == [("issue.assigned", "2026-01-01T00:00:00Z", "one")]


def test_the_limit_is_of_rows(tmp_path: Path) -> None:
    read = imported(EXAMPLE, EXAMPLE_MAPPING, limit=2, folder=tmp_path)

    assert read.counts.rows == 2
    assert read.counts.events.total() == 2
