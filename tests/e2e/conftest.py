"""Whole systems for this folder's tests."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest_asyncio

from tests.e2e.real_input import AS_OF, Baseline, demand, import_incidents, import_requests
from tests.e2e.system import Json, System, a_system

# Every trace is told, on stderr, and soon.
TRACED = {"ASHIATO_TRACES": "console", "ASHIATO_TRACE_RATIO": "1", "OTEL_BSP_SCHEDULE_DELAY": "200"}


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def live(server_folder: Path) -> AsyncIterator[System]:
    """A system for events that happen now. Tests keep to customers of their own, and leave all processes running."""
    async with a_system(server_folder / "e2e-live", settings=TRACED) as system:
        yield system


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def baseline(server_folder: Path) -> AsyncIterator[Baseline]:
    """Both data sets imported in full, undisturbed. Stays up, so that more can be asked of it."""
    demand()
    seconds: dict[str, float] = {}
    async with a_system(server_folder / "e2e-baseline") as system:
        with _timed(seconds, "import"):
            incidents, requests = await asyncio.gather(import_incidents(system), import_requests(system))
        with _timed(seconds, "caught_up"):
            await system.caught_up(600)
        with _timed(seconds, "reports"):
            handoffs, promises = await asyncio.gather(system.report_handoffs(), system.report_promises(AS_OF))
        with _timed(seconds, "digest"):
            digest = await system.digest(AS_OF)
        imported: dict[str, Json] = {"incidents": incidents, "requests": requests}
        yield Baseline(system, imported, handoffs, promises, digest, await system.flag_events(), seconds)


@contextmanager
def _timed(seconds: dict[str, float], what: str) -> Iterator[None]:
    began = time.monotonic()
    yield
    seconds[what] = time.monotonic() - began
