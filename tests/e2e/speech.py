"""Events of yesterday that make followup speak: calls that our system cut, and promises that nobody kept.

The calls are outbound, so that no issue is made of them and reports over issues stay what they were.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice

from tests import oracle
from tests.e2e.system import Json, System
from tests.histories.builders import (
    BEGIN,
    DAY,
    FOLLOWUP,
    HOUR,
    MINUTE,
    a_contact,
    a_cut,
    a_keep,
    a_promise,
    a_queueing,
)
from tests.waiting import eventually

AT_ONCE = 10  # stories
DESK = "night-desk"


def cut_calls(count: int, ago: timedelta = 2 * DAY) -> Iterator[list[Json]]:
    """Each leaves a callback owed, by default one that was missed a day later."""
    for number in range(count):
        at, who = since_begin(-ago), {"customer": f"cut-{number}"}
        yield [
            a_contact(at, direction="outbound", **who),
            a_queueing(at + MINUTE, desk=DESK, **who),
            a_cut(at + 10 * MINUTE, **who),
        ]


def broken_promises(count: int) -> Iterator[list[Json]]:
    """Due yesterday. Every third was kept too late, every fifth in time: of those nothing is to be said.

    The keeping comes first, so that at no moment the clock could rightly announce what the end of the log belies.
    """
    for number in range(count):
        who = {"customer": f"promised-{number}"}
        due = since_begin(-DAY)
        keeps = [a_keep(due - MINUTE, **who)] if number % 5 == 0 else [a_keep(due + HOUR, **who)] * (number % 3 == 0)
        yield [*keeps, a_promise(due - HOUR, due_by=due, owner={"desk": DESK}, **who)]


def since_begin(offset: timedelta) -> timedelta:
    """An offset from now as the builders want it."""
    return datetime.now(UTC) + offset - BEGIN


async def publish_in_pieces(system: System, stories: Iterator[list[Json]]) -> None:
    """A customer's story stays in one piece."""
    while piece := list(islice(stories, AT_ONCE)):
        await system.publish(*(event for story in piece for event in story))


def said_by_followup(log: list[Json]) -> Counter[str]:
    """How often each event of followup's is on the log, by id."""
    return Counter(event["id"] for event in log if event["source"] == FOLLOWUP)


def given_by_hand(log: list[Json]) -> list[Json]:
    """What was not imported."""
    return [event for event in log if not str(event["type"]).startswith("issue.")]


def to_be_said(log: list[Json], now: datetime) -> set[str]:
    """By the oracle: what followup must have said about all that others said."""
    others = [event for event in log if event["source"] != FOLLOWUP]
    owed = {one.event["id"] for one in oracle.callbacks(others)}
    return owed | {one.id for one in oracle.missed(oracle.accept(log).facts, now)}


async def everything_said(system: System, within: float = 60.0) -> list[Json]:
    """The log, once followup has said all that it has to say; nothing else is there, nothing twice, and all is read."""

    async def complete() -> list[Json]:
        log = await system.events()
        said, due = said_by_followup(log).keys(), to_be_said(given_by_hand(log), datetime.now(UTC))
        assert said == due, f"{len(due - said)} not said, {len(said - due)} said for nothing, of {len(due)}"
        return log

    log = await eventually(complete, within, every=1.0)
    assert set(said_by_followup(log).values()) == {1}
    await system.caught_up()
    return log
