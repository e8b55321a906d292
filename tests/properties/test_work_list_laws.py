"""Work lists and reports say the same whatever the size of a page, and what each customer's picture says."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta

from hypothesis import event as note
from hypothesis import given
from hypothesis import strategies as st

from services.journey.domain.standing import STRENGTH
from tests import oracle
from tests.histories import words
from tests.histories.builders import WEEK, Event, moment
from tests.histories.episodes import back_and_forth, call, promised, sent_elsewhere, superseded
from tests.histories.histories import histories
from tests.oracle.digest import handoff_figures, promise_figures
from tests.properties.asking import (
    Json,
    as_time,
    asking_followup,
    asking_journey,
    followup_handler,
    journey_handler,
    pages,
)
from tests.properties.effort import examples
from tests.properties.worlds import World, event_of

Log = list[Event]
BUSY = (back_and_forth, back_and_forth, back_and_forth, call, sent_elsewhere, promised, superseded)
any_log = histories(customers=3, restamped=True, conflicts=True, episodes=BUSY)
when = words.moments() | st.just(5 * WEEK)
sizes = st.sampled_from([1, 2, 3, 1000])


def items(found: list[Json]) -> list[Json]:
    return [item for page in found for item in page["items"]]


@examples(35)
@given(any_log, sizes, when)
async def test_the_work_list_of_flags_holds_what_stands_by_the_facts(log: Log, limit: int, at: timedelta) -> None:
    async with World(journey_handler) as world, asking_journey(world) as client:
        world.now = moment(at)
        await world.join()
        await world.send(log)
        await world.settle()
        raised, settled = [
            items(await pages(client, "/flags", state=state, lapsed="true", limit=limit))
            for state in ("raised", "settled")
        ]
        shown = items(await pages(client, "/flags", limit=limit))
        desks = {desk for item in raised for desk in item["desks"]}
        by_desk = {desk: items(await pages(client, "/flags", desk=desk, lapsed="true")) for desk in desks}
    note(f"raised: {min(len(raised), 3)}")
    standing = {
        (customer_id, flag.kind, flag.subject): (flag.state, flag.severity)
        for customer_id, facts in oracle.by_customer(oracle.accept(log).facts).items()
        for flag in oracle.flags(facts).values()
    }
    listed = {
        (item["customer_id"], flag["kind"], flag["promise_id"] or item["subject"]): (flag["state"], flag["severity"])
        for item in raised + settled
        for flag in item["flags"]
    }
    assert listed == standing
    assert len({(item["customer_id"], item["subject"]) for item in raised + settled}) == len(raised + settled)
    assert [urgency(item) for item in raised] == sorted(urgency(item) for item in raised)
    assert shown == [item for item in raised if item["lapses_at"] is None or read(item["lapses_at"]) > moment(at)]
    assert by_desk == {desk: [item for item in raised if desk in item["desks"]] for desk in desks}


def urgency(item: Json) -> tuple[object, ...]:
    first = item["flags"][0]
    assert first["state"] == "raised"
    return -STRENGTH[first["kind"]], -first["severity"], read(first["complete_at"])


def read(time: str) -> datetime:
    return oracle.facts.parse_time(time)


@examples(30)
@given(any_log, sizes, when)
async def test_digests_and_hand_offs_add_up_over_pages_to_what_the_oracle_counts(
    log: Log, limit: int, at: timedelta
) -> None:
    as_of = moment(at)
    async with World(journey_handler) as world, asking_journey(world) as client:
        await world.join()
        await world.send(log)
        await world.settle()
        digests = await pages(client, "/digests", as_of=as_time(as_of), limit=limit)
        reports = await pages(client, "/reports/handoffs", limit=limit)
    expected = oracle.digest(log, as_of)
    assert {key: value for page in digests for key, value in page["items"].items()} == expected.customers
    facts = oracle.by_customer(oracle.accept(log).facts)
    issues = [issue.sequences for each in facts.values() for issue in oracle.timeline(each).issues.values()]
    assert total(report["ours"] for report in reports) == handoff_figures(issues)
    assert sum(report["issues"] for report in reports) == len(issues)
    assert sum(report["with_desk"] for report in reports) == sum(bool(sequences) for sequences in issues)


def total(counted: Iterable[Json]) -> Json:
    """Nested counts, added up."""
    sums: Json = {}
    for one in counted:
        for name, value in one.items():
            sums[name] = total([sums.get(name, {}), value]) if isinstance(value, dict) else sums.get(name, 0) + value
    return sums


@examples(30)
@given(any_log, sizes, when)
async def test_promises_are_listed_and_counted_as_the_oracle_tells_them(log: Log, limit: int, at: timedelta) -> None:
    last = max(oracle.facts.parse_time(event["time"]) for event in log)
    async with World(followup_handler) as world, asking_followup(world) as client:
        await world.join()
        await world.send(log)
        await world.settle()
        world.now = max(last, moment(at))
        listed = {
            state: items(await pages(client, "/promises", state=state, historic="true", limit=limit))
            for state in ("open", "due", "overdue", "missed")
        }
        reports = await pages(client, "/reports/promises", as_of=as_time(moment(at)), limit=limit)
        log_by_now = [event_of(record) for record in world.records()]
    told = [
        (customer_id, promise)
        for customer_id, facts in oracle.by_customer(oracle.accept(log_by_now).facts).items()
        for promise in oracle.promises(oracle.timeline(facts)).values()
    ]
    lives = [(customer_id, promise.id, oracle.life(promise, world.now)) for customer_id, promise in told]
    still_open = [one for one in lives if one[2].ended is None]
    for state, found in listed.items():
        fits = [(c, p) for c, p, one in still_open if (one.outcome if state == "missed" else one.state) == state]
        assert sorted((item["customer_id"], item["promise_id"]) for item in found) == sorted(fits)
        assert [read(item["deadline"]) for item in found] == sorted(read(item["deadline"]) for item in found)
    counted = {word: sum(page[word] for page in reports) for word in reports[0] if word not in ("next", "progress")}
    assert +Counter(counted) == promise_figures([one for _, one in told], moment(at))
