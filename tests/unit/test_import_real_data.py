"""The shipped mappings on the public data sets, beside an independent reading of the same files."""

import json
import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.histories import real_data
from tests.unit.import_builders import Read, imported
from tools.importing.mapping import Kind

MAPPINGS = Path(__file__).resolve().parents[2] / "samples" / "mappings"
REQUESTS = 30_000  # rows read here; the whole file is imported end to end elsewhere

Said = tuple[str, str, datetime, str]


def demand(file: Path) -> None:
    """Without the data there is nothing to test; in CI it must be there."""
    if not file.exists():
        say = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        say(f"{file.name} is not in {file.parent}: fetch it as the README says, or set ASHIATO_DATA to its folder")


def said(events: Iterable[dict[str, Any]]) -> list[Said]:
    """What the events say, in one order, without ids (and the wording, which only our mapping reads)."""
    return sorted(map(_said, events))


def _said(event: dict[str, Any]) -> Said:
    data = {name: value for name, value in event["data"].items() if name not in ("wording", "due_by")}
    if "due_by" in event["data"]:
        data["due_by"] = datetime.fromisoformat(event["data"]["due_by"]).isoformat()
    moment = datetime.fromisoformat(event["time"])
    return event["subject"], event["type"], moment, json.dumps(data, sort_keys=True)


def read(file: Path, mapping: str, kind: Kind, folder: Path, limit: int | None = None) -> Read:
    demand(file)
    return imported(file, MAPPINGS / mapping, kind, limit=limit, folder=folder)


@pytest.fixture(scope="module")
def incidents(tmp_path_factory: pytest.TempPathFactory) -> Read:
    folder = tmp_path_factory.mktemp("incidents")
    return read(real_data.INCIDENTS, "servicenow-incidents.toml", "incidents", folder)


@pytest.fixture(scope="module")
def requests(tmp_path_factory: pytest.TempPathFactory) -> Read:
    folder = tmp_path_factory.mktemp("requests")
    return read(real_data.REQUESTS, "boston-311.toml", "requests", folder, limit=REQUESTS)


def test_incidents_say_what_an_independent_reading_says(incidents: Read) -> None:
    assert said(incidents.events) == said(real_data.incident_events(real_data.incident_rows()))


def test_every_incident_row_is_read(incidents: Read) -> None:
    counts = incidents.counts
    assert (counts.rows, counts.bad_rows, counts.issues) == (141_712, 0, 24_918)
    assert counts.events == {"issue.assigned": 127_499, "issue.resolved": 50_166}


def test_requests_say_what_an_independent_reading_says(requests: Read) -> None:
    rows = real_data.request_rows()[:REQUESTS]
    without_target = sum(not row["target_dt"] for row in rows)

    assert said(requests.events) == said(real_data.request_events(rows))
    assert (requests.counts.rows, requests.counts.bad_rows) == (REQUESTS, 0)
    assert requests.counts.events["promise.made"] == REQUESTS - without_target


@pytest.mark.parametrize("name", ["incidents", "requests"])
def test_events_are_in_the_order_of_the_timeline_and_no_id_comes_twice(
    name: str, request: pytest.FixtureRequest
) -> None:
    found: Read = request.getfixturevalue(name)
    times = [datetime.fromisoformat(event["time"]) for event in found.events]

    assert times == sorted(times)
    assert len({event["id"] for event in found.events}) == len(found.events)


def test_a_second_run_says_the_same_events(incidents: Read, tmp_path: Path) -> None:
    part = imported(real_data.INCIDENTS, MAPPINGS / "servicenow-incidents.toml", limit=10_000, folder=tmp_path)

    assert len(part.events) > 10_000
    assert {event["id"] for event in part.events} <= {event["id"] for event in incidents.events}
