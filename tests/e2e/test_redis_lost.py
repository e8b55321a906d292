"""Redis loses everything: rebuilt from the log to the same digest, nothing said twice, and 503 until it is whole."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Final, NamedTuple

import pytest
import pytest_asyncio

from tests import oracle
from tests.e2e.onlooker import Onlooker, Question, looking_on
from tests.e2e.real_input import demand, import_incidents
from tests.e2e.speech import DESK, broken_promises, cut_calls, everything_said, publish_in_pieces
from tests.e2e.system import Json, System, a_system
from tests.figures import Tell
from tests.waiting import eventually

pytestmark = [pytest.mark.asyncio(loop_scope="package"), pytest.mark.timeout(600)]

# Rows of the incident log: before the first fault, and with what is imported during the others.
FIRST, THEN = 10_000, 20_000
MISSED: Final = "missed_promise"
# Every promise here was missed before.
AS_OF: Final = datetime.now(UTC)


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def system(server_folder: Path) -> AsyncIterator[System]:
    """With some incidents, calls that were cut, and broken promises; all has been said that is to be said."""
    demand()
    async with a_system(server_folder / "e2e-redis") as running:
        await publish_in_pieces(running, chain(cut_calls(60), broken_promises(60)))
        await import_incidents(running, FIRST)
        await everything_said(running)
        yield running


async def test_a_flush_is_rebuilt_and_seen_by_nobody(system: System, tell: Tell) -> None:
    before = await _photograph(system)
    async with looking_on(system, _questions(everything=True)) as onlooker:
        await system.lose_redis()
        seconds = await _rebuilt(system, onlooker)
    tell("FLUSHALL", events=len(before.log), rebuilt_s=seconds, statuses=onlooker.told())
    assert await _photograph(system) == before


async def test_a_killed_valkey_that_comes_back_empty(system: System, tell: Tell) -> None:
    before = await _photograph(system)
    async with looking_on(system, _questions(everything=True)) as onlooker:
        await asyncio.to_thread(system.valkey.kill)
        await eventually(lambda: onlooker.seen(503), 30)
        await asyncio.to_thread(system.valkey.erase)
        await asyncio.to_thread(system.valkey.start)
        seconds = await _rebuilt(system, onlooker)
    tell("kill -9 of Valkey, empty restart", events=len(before.log), rebuilt_s=seconds, statuses=onlooker.told())
    assert await _photograph(system) == before


async def test_a_flush_under_busy_workers(system: System, tell: Tell) -> None:
    importing = asyncio.create_task(import_incidents(system, THEN))
    await _more_on_the_log(system, 5_000)
    async with looking_on(system, _questions(everything=False)) as onlooker:
        await system.lose_redis()
        await importing
        seconds = await _rebuilt(system, onlooker)
    log = await everything_said(system)
    tell("FLUSHALL during an import", events=len(log), rebuilt_s=seconds, statuses=onlooker.told())
    await _agrees_with_the_oracle(system)


class Photograph(NamedTuple):
    """What must be as it was: digests, and all that lies on the two topics."""

    digest: dict[str, str]
    flags: list[Json]
    log: list[Json]


async def _photograph(system: System) -> Photograph:
    return Photograph(await system.digest(AS_OF.isoformat()), await system.flag_events(), await system.events())


def _questions(*, everything: bool) -> list[Question]:
    """Of customers, desks and kinds of flags that no import touches; `everything`: nothing is being imported."""
    cut, promised = "/journeys/cut-7", "/journeys/promised-8"
    of_customers = [
        Question("journey", f"{one}{part}") for one in (cut, promised) for part in ("", "/events", "/digest")
    ]
    lists = [
        Question("journey", f"/flags?desk={DESK}&kind={MISSED}&limit=1000"),
        Question("followup", f"/promises?desk={DESK}&limit=1000"),
    ]
    reports = [
        Question("journey", "/reports/handoffs?limit=1000", whole=everything),
        Question("journey", "/digests?limit=200", whole=everything),
        Question("journey", "/flags?state=settled&limit=200", whole=everything),
        Question("followup", "/reports/promises?limit=1000", whole=everything),
    ]
    return [*of_customers, *lists, *reports]


async def _rebuilt(system: System, onlooker: Onlooker) -> float:
    seconds = await system.caught_up(300)
    assert onlooker.seen(503)
    return seconds


async def _agrees_with_the_oracle(system: System) -> None:
    """Every customer's digest; each flag event is said once, and what was said last of each flag is true."""
    digest, flags, log = await _photograph(system)
    expected = oracle.digest(log, AS_OF)
    assert {one: text for one, text in digest.items() if one} == expected.customers
    assert max(Counter(flag["id"] for flag in flags).values()) == 1
    said = {flag["data"]["flag_id"]: flag["type"].removeprefix("flag.") for flag in flags}
    assert {one: state for one, state in said.items() if state != "withdrawn"} == {
        oracle.derive(["flag", customer, kind, subject]): state
        for customer, content in expected.documents.items()
        for kind, subject, state, _ in content["flags"]
    }


async def _more_on_the_log(system: System, count: int) -> None:
    before = await system.on_the_log()

    async def more() -> bool:
        return await system.on_the_log() >= before + count

    await eventually(more, 60)
