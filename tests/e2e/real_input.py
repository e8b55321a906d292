"""The two public data sets through the product's own importers, and what an undisturbed run makes of them."""

import os
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from tests.e2e.release import ROOT
from tests.e2e.system import Json, System
from tests.histories.real_data import INCIDENTS, REQUESTS

AS_OF: Final = "2016-01-12T22:22:40"
_MAPPINGS: Final = ROOT / "samples" / "mappings"


class Baseline(NamedTuple):
    """Both data sets imported while nothing failed. `digest` as of AS_OF, that over all under ""; `seconds` by step."""

    system: System
    imported: dict[str, Json]
    handoffs: Json
    promises: Json
    digest: dict[str, str]
    flags: list[Json]
    seconds: dict[str, float]


def demand() -> None:
    """Without the data there is nothing to test; in CI it must be there."""
    for file in (INCIDENTS, REQUESTS):
        if not file.exists():
            say = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
            say(f"{file.name} is not in {file.parent}: fetch it as the README says, or set ASHIATO_DATA to its folder")


async def import_incidents(system: System, rows: int | None = None) -> Json:
    return await _import(system, "incidents", INCIDENTS, _MAPPINGS / "servicenow-incidents.toml", rows)


async def import_requests(system: System, rows: int | None = None) -> Json:
    return await _import(system, "requests", REQUESTS, _MAPPINGS / "boston-311.toml", rows)


async def _import(system: System, kind: str, file: Path, mapping: Path, rows: int | None) -> Json:
    """`rows`: only the first so many."""
    limit = [] if rows is None else ["--limit", f"{rows}"]
    bad = ["--bad", str(system.folder / "bad.csv")]
    command = ["import", kind, str(file), "--mapping", str(mapping), "--json", *limit, *bad]
    return dict((await system.ashiato(*command)).json)
