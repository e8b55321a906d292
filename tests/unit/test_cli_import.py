"""`ashiato import`: from a file and a mapping to the log, and what is told about it."""

import json
from pathlib import Path
from typing import Any

import pytest

from shared.event_log.topics import CONTACT_EVENTS
from tests.unit.cli_world import Outside

SAMPLES = Path(__file__).resolve().parents[2] / "samples" / "mappings"
EXAMPLE = (str(SAMPLES / "example-helpdesk.csv"), "--mapping", str(SAMPLES / "example-helpdesk.toml"))


def on_the_log(outside: Outside) -> list[dict[str, Any]]:
    return [json.loads(record.value or b"") for record in outside.log.records(CONTACT_EVENTS.name)]


@pytest.mark.parametrize("via", ["kafka", "http"])
def test_imports_and_tells_what_became_of_the_rows(tmp_path: Path, via: str) -> None:
    outside, bad = Outside(), str(tmp_path / "bad.csv")

    code = outside.ashiato("import", "incidents", *EXAMPLE, "--via", via, "--bad", bad, "--json")

    told = json.loads(outside.out)
    assert code == 1
    assert (told["rows"], told["bad_rows"], told["bad_file"], told["issues"]) == (8, 1, bad, 3)
    assert told["events"] == told["accepted"] == sum(told["by_type"].values()) == len(on_the_log(outside))
    assert all(record.key for record in outside.log.records(CONTACT_EVENTS.name))


def test_a_second_run_appends_the_same_events(tmp_path: Path) -> None:
    outside, bad = Outside(), ("--bad", str(tmp_path / "bad.csv"))

    outside.ashiato("import", "incidents", *EXAMPLE, *bad)
    once = on_the_log(outside)
    outside.ashiato("import", "incidents", *EXAMPLE, *bad)

    twice = on_the_log(outside)
    assert len(twice) == 2 * len(once)
    assert {event["id"]: event for event in twice} == {event["id"]: event for event in once}


def test_a_dry_run_sends_nothing_and_prints_events_that_can_be_published(tmp_path: Path) -> None:
    outside, bad = Outside(), ("--bad", str(tmp_path / "bad.csv"))

    outside.ashiato("import", "incidents", *EXAMPLE, *bad, "--dry-run")

    assert on_the_log(outside) == []
    assert "8 rows, 3 issues" in outside.err
    printed = outside.lines
    assert Outside().ashiato("publish", "-", stdin=outside.out.encode()) == 0
    assert len({event["id"] for event in printed}) == len(printed)


def test_goes_on_when_kafka_did_not_acknowledge(tmp_path: Path) -> None:
    outside, bad = Outside(), ("--bad", str(tmp_path / "bad.csv"))
    outside.log.acknowledgements_lost = True
    outside.while_sleeping = lambda: setattr(outside.log, "acknowledgements_lost", False)

    outside.ashiato("import", "incidents", *EXAMPLE, *bad, "--json")

    assert json.loads(outside.out)["accepted"] == len({event["id"] for event in on_the_log(outside)})


def test_events_that_the_front_door_refuses_are_written_aside(tmp_path: Path) -> None:
    outside = Outside()
    (tmp_path / "future.csv").write_text(
        "Ticket;Changed;Seq;Team;Status;Account;Product\nT-1;01.01.2100 09:00;1;A;x;B;\n"
    )

    code = outside.ashiato("import", "incidents", str(tmp_path / "future.csv"), *EXAMPLE[1:], "--json")

    assert code == 1
    assert json.loads(outside.out)["refused"] == 1
    assert "/time" in (tmp_path / "future.csv.refused.jsonl").read_text()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["requests", *EXAMPLE], "ashiato import incidents"),
        (["incidents", EXAMPLE[2], *EXAMPLE[1:]], "no column 'Ticket'"),
        (["incidents", EXAMPLE[0], "--mapping", EXAMPLE[0]], "is no TOML"),
        (["incidents", "absent.csv", *EXAMPLE[1:]], "absent.csv"),
    ],
)
def test_what_does_not_fit_is_bad_input_and_sends_nothing(arguments: list[str], told: str) -> None:
    outside = Outside()

    assert outside.ashiato("import", *arguments) == 2
    assert told in outside.err
    assert len(outside.err.splitlines()) == 1
    assert on_the_log(outside) == []


def test_tells_how_far_it_is(tmp_path: Path) -> None:
    outside = Outside()

    outside.ashiato("import", "incidents", *EXAMPLE, "--bad", str(tmp_path / "bad.csv"), "--progress")

    stages = [line for line in outside.err.splitlines() if line.endswith("...")]
    assert stages == ["reading ...", "arranging ...", "sending ..."]
    assert "sending 100 %" in outside.err
