"""A csv and a mapping in, events out."""

import json
from pathlib import Path
from typing import Any, NamedTuple

from tools.importing import Aside, Counts, read_incidents, read_mapping, read_requests
from tools.importing.mapping import Kind

READ = {"incidents": read_incidents, "requests": read_requests}
Json = dict[str, Any]


class Unwatched:
    def begin(self, _stage: str, _total: int, /) -> None:
        return

    def at(self, _position: int, /) -> None:
        return


class Read(NamedTuple):
    """events: as sent. aside: the lines of the file of bad rows."""

    events: list[Json]
    counts: Counts
    aside: list[str]

    def of(self, issue: str) -> list[Json]:
        return [event for event in self.events if event["data"].get("issue_id") == issue]


def imported(file: Path, mapping: Path, kind: Kind = "incidents", *, limit: int | None = None, folder: Path) -> Read:
    counts = Counts()
    with Aside(folder / "bad.csv") as aside:
        found = READ[kind](
            file, read_mapping(mapping, kind), aside=aside, counts=counts, watch=Unwatched(), limit=limit
        )
        events = [json.loads(event) for event in found]
    bad = aside.path.read_text(errors="surrogateescape").splitlines() if aside.count else []
    return Read(events, counts, bad)


def said(events: list[Json]) -> list[tuple[str, str, str]]:
    """Type, time and what was said, of each."""
    return [(event["type"], event["time"], _value(event["data"])) for event in events]


def _value(data: Json) -> str:
    names = ("desk", "resolution", "cause", "product", "topic")
    return next((str(data[name]) for name in names if name in data), "")
