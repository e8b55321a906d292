"""The two public data sets as events (definitions.md, "Real data to hold the rules against")."""

import csv
import gzip
import io
import os
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

FOLDER = Path(os.environ.get("ASHIATO_DATA") or Path(__file__).resolve().parents[2].parent / "shared" / "data")
INCIDENTS = FOLDER / "uci498_incident_event_log.zip"
REQUESTS = FOLDER / "boston311_2015_reduced.csv.gz"

Row = Mapping[str, str]

_SOURCE = "urn:example:export"
_NONE = "?"
_DONE = ("Resolved", "Closed")
_TICK = timedelta(microseconds=1)


def incident_rows() -> list[Row]:
    with zipfile.ZipFile(INCIDENTS) as archive, archive.open(archive.namelist()[0]) as raw:
        return list(csv.DictReader(io.TextIOWrapper(raw, "utf-8", newline="")))


def request_rows() -> list[Row]:
    with gzip.open(REQUESTS, "rt", encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def incident_events(rows: Iterable[Row]) -> Iterator[dict[str, Any]]:
    """Each row with a desk asserts it, then a change into Resolved or Closed is issue.resolved."""
    ordered = sorted(rows, key=lambda row: row["number"])  # stable: file order stays within an incident
    for number, group in groupby(ordered, key=lambda row: row["number"]):
        yield from _incident(number, sorted(group, key=lambda row: int(row["sys_mod_count"])))


def _incident(number: str, rows: list[Row]) -> Iterator[dict[str, Any]]:
    caller = next(iter(rows))["caller_id"]
    customer = number if caller == _NONE else caller.replace(" ", "-")
    time, state = datetime.min.replace(tzinfo=UTC), None
    for place, row in enumerate(rows):
        time = max(datetime.strptime(row["sys_updated_at"], "%d/%m/%Y %H:%M").replace(tzinfo=UTC), time + _TICK)
        if row["assignment_group"] != _NONE:
            data = {"issue_id": number, "desk": row["assignment_group"]}
            yield _event(customer, f"{number}-{place}-desk", "issue.assigned", time, data)
        if row["incident_state"] in _DONE and row["incident_state"] != state:
            data = {"issue_id": number, "resolution": row["incident_state"], "confirmed_by": "agent"}
            yield _event(customer, f"{number}-{place}-done", "issue.resolved", time, data)
        state = row["incident_state"]


def request_events(rows: Iterable[Row]) -> Iterator[dict[str, Any]]:
    """A row with a target: a historic promise of a repair, kept when the request was closed."""
    for row in rows:
        if row["target_dt"]:
            yield from _request(row)


def _request(row: Row) -> Iterator[dict[str, Any]]:
    number = row["case_enquiry_id"]
    opened = _american(row["open_dt"])
    made = {
        "promise_id": number,
        "kind": "repair",
        "due_by": _american(row["target_dt"]).isoformat(),
        "owner": {"desk": row["queue"]},
        "channel": "other",
        "explicit": True,
        "historic": True,
    }
    yield _event(number, f"{number}-made", "promise.made", opened, made)
    if row["closed_dt"]:
        closed = max(opened, _american(row["closed_dt"]))
        yield _event(number, f"{number}-kept", "promise.kept", closed, {"promise_id": number})


def _american(text: str) -> datetime:
    return datetime.strptime(text, "%m/%d/%Y %I:%M:%S %p").replace(tzinfo=UTC)


def _event(customer: str, event_id: str, kind: str, time: datetime, data: dict[str, Any]) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": event_id,
        "source": _SOURCE,
        "type": kind,
        "subject": customer,
        "time": time.isoformat(),
        "data": data,
    }
