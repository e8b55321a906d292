"""A round of each row that no other test shows; and that the verifier finds what is lost, extra or wrong."""

import random
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio

from shared.event_log.topics import CONTACT_EVENTS, FLAGS
from tests.chaos.faults import FAULTS
from tests.chaos.round import play
from tests.chaos.stage import Stage
from tests.chaos.stories import plan
from tests.chaos.verifier import Left, Log, Verdict, everything_said, judge
from tests.histories.builders import a_copy

# One system for all of them.
pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(300),
    pytest.mark.xdist_group("chaos"),
]

# Those that share a system follow one another.
ROWS = ("zombie-journey-worker", "redis-older-copy", "redis-full", "one-broker-of-three-emptied")


@pytest.fixture(scope="module")
def seed() -> int:
    return random.SystemRandom().randrange(10**6)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(server_folder: Path) -> AsyncIterator[Stage]:
    running = Stage(server_folder / "chaos")
    yield running
    await running.clear()


async def test_the_verifier_sees_what_is_lost_extra_or_wrong(stage: Stage, seed: int) -> None:
    system = await stage.system("plain")
    customers = [f"judged-{seed}-{number}" for number in range(20)]
    planned = plan(seed, customers, "desk-judged", datetime.now(UTC), 1.0)
    await system.publish(*(one.event for one in planned))
    ledger = {(one.event["subject"], one.event["source"], one.event["id"]) for one in planned}
    events, flags = (
        Log(system, topic, dict.fromkeys(range(system.partitions), 0), customers)
        for topic in (CONTACT_EVENTS.name, FLAGS.name)
    )
    await everything_said(events)
    await system.caught_up()
    left = Left(await events.read(), [flag for flag, _ in await flags.read()])

    async def judged(left: Left, more: set[tuple[str, str, str]] = set()) -> Verdict:  # noqa: B006 - never changed
        return await judge(system, left, ledger | more, customers, "desk-judged", may_repeat=False)

    assert await judged(left) == Verdict(0, 0, 0, 0, [])
    assert (await judged(left, {(customers[0], "urn:example:pbx", "never-came")})).lost == 1
    assert len(left.flags) > 0
    assert (await judged(left._replace(flags=[*left.flags, left.flags[-1]]))).extra == 1
    assert (await judged(left._replace(flags=left.flags[:-1]))).wrong > 0
    for fewer in _without_one_of_each(left):
        verdict = await judged(fewer)
        assert verdict.wrong + verdict.lost > 0, verdict
    assert (await judged(_announced_early(left))).wrong > 0


def _without_one_of_each(left: Left) -> Iterator[Left]:
    """The log without the first fact that somebody else stated, and without the first that followup did."""
    for ours in (False, True):
        place = next(at for at, (one, _) in enumerate(left.log) if one["source"].startswith("urn:ashiato:") is ours)
        identity = (left.log[place][0]["subject"], left.log[place][0]["id"])
        yield left._replace(log=[one for one in left.log if (one[0]["subject"], one[0]["id"]) != identity])


def _announced_early(left: Left) -> Left:
    """A miss that says it was noticed before the deadline."""
    place = next(at for at, (one, _) in enumerate(left.log) if one["type"] == "promise.missed")
    missed, record = left.log[place]
    early = a_copy(missed, detected_at=missed["time"])
    return left._replace(log=[*left.log[:place], (early, record), *left.log[place + 1 :]])


@pytest.mark.parametrize("name", ROWS)
async def test_nothing_is_lost_extra_or_wrong(name: str, stage: Stage, seed: int) -> None:
    outcome = await play(stage, FAULTS[name], seed)
    assert outcome.shown, outcome.line()
    assert outcome.sent > 100


async def test_what_a_machine_cannot_show_is_not_shown(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    outcome = await play(stage, FAULTS["redis-flushed-redis"], 1)
    assert "there is no redis-server here" in outcome.not_run
    assert (outcome.shown, outcome.failed) == (False, False)
