"""kill -9 of the workers in the middle of the import of all incidents: the same in the end as if nothing had been."""

import asyncio
import random
import time
from collections import Counter
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

import pytest

from tests import oracle
from tests.e2e.real_input import Baseline, import_incidents
from tests.e2e.speech import broken_promises, cut_calls, everything_said, given_by_hand, publish_in_pieces
from tests.e2e.system import Json, Name, Service, System, a_system
from tests.figures import Tell
from tests.waiting import eventually

pytestmark = [pytest.mark.asyncio(loop_scope="package"), pytest.mark.timeout(1200)]

# The group's session timeout is 10 s and 3 s are for the rest; a machine that is busy otherwise takes its time.
RECOVERED_WITHIN_S = 40.0
# Records that are stored when the first and the second kill come, of 180,000.
MOMENTS = ((3_000, 30_000), (60_000, 110_000))


async def test_workers_killed_during_an_import_leave_no_trace(
    baseline: Baseline, server_folder: Path, tell: Tell
) -> None:
    seed = random.SystemRandom().randrange(10**6)
    moments = random.Random(seed)
    async with a_system(server_folder / "e2e-kills") as system:
        importing = asyncio.create_task(import_incidents(system))
        speaking = asyncio.create_task(publish_in_pieces(system, chain(cut_calls(150), broken_promises(150))))
        kills = await asyncio.gather(
            _kill_twice(system, "journey worker", "journey", moments),
            _kill_twice(system, "followup worker", "followup", moments),
        )
        assert await importing == baseline.imported["incidents"]
        await speaking
        await system.caught_up(600)
        log = await everything_said(system)
        tell("workers killed during the import", seed=seed, events=len(log), kills=list(chain(*kills)))
        await _holds_what_was_acknowledged(system, log)
        await _equals(baseline, system, log)


async def _kill_twice(system: System, name: Name, service: Service, moments: random.Random) -> list[Json]:
    return [await _kill(system, name, service, moments.randrange(*span)) for span in MOMENTS]


async def _kill(system: System, name: Name, service: Service, at: int) -> Json:
    """When `at` records are stored; started again at once. `recovery_s`: until more is stored than before."""

    async def stored(least: int) -> int:
        count = await system.stored(service)
        assert count >= least
        return count

    await eventually(lambda: stored(at), 300, every=0.05)
    await system.kill(name)
    began, before = time.monotonic(), await system.stored(service)
    await system.start(name)
    await eventually(lambda: stored(before + 1), RECOVERED_WITHIN_S, every=0.05)
    return {"killed": name, "stored": before, "recovery_s": time.monotonic() - began}


async def _holds_what_was_acknowledged(system: System, log: list[Json]) -> None:
    there = Counter((event["subject"], event["id"]) for event in log)
    assert system.ledger <= there.keys()
    assert max(there.values()) == 1


async def _equals(baseline: Baseline, system: System, log: list[Json]) -> None:
    """Imported customers have the digest of the undisturbed run, the others the oracle's; the reports agree; the same
    flags are said, each once."""
    now = datetime.now(UTC)
    digest = await system.digest(now.isoformat())
    expected = oracle.digest(given_by_hand(log), now).customers
    incidents = {event["subject"] for event in log} - expected.keys()
    assert {one: digest[one] for one in incidents} == {one: baseline.digest[one] for one in incidents}
    assert {one: digest[one] for one in expected} == expected
    assert await system.report_handoffs() == baseline.handoffs
    said = [flag["id"] for flag in await system.flag_events() if flag["data"]["kind"] != "missed_promise"]
    assert Counter(said) == Counter(flag["id"] for flag in baseline.flags)
