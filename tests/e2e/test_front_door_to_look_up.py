"""From the front door to what an agent, an operator and a person at a terminal see."""

import json
import time
import uuid
from datetime import timedelta
from pathlib import Path
from statistics import median

import httpx
import pytest

from shared.event_log.log import Message, partition_of
from shared.event_log.topics import CONTACT_EVENTS
from tests.e2e.release import ROOT
from tests.e2e.speech import since_begin
from tests.e2e.system import Json, Said, System
from tests.figures import Tell
from tests.histories.builders import (
    MINUTE,
    a_connection,
    a_contact,
    a_copy,
    a_correction,
    a_queueing,
    a_retraction,
    a_transfer,
    an_event,
)
from tests.waiting import eventually

pytestmark = [pytest.mark.asyncio(loop_scope="package"), pytest.mark.timeout(300)]

STORY = ROOT / "samples" / "stories" / "s2-passed-around.jsonl"


@pytest.fixture
def customer() -> str:
    """Nobody else's."""
    return f"door-{uuid.uuid4().hex[:8]}"


def ago(minutes: float) -> timedelta:
    return since_begin(-minutes * MINUTE)


async def test_what_was_posted_is_soon_on_the_picture(live: System, customer: str, tell: Tell) -> None:
    took = []
    for number in range(20):
        event = a_contact(ago(30 - number), customer=customer, contact_id=f"k{number}")
        began = time.monotonic()
        await live.publish(event)
        await _entries(live, customer, number + 1)
        took.append(time.monotonic() - began)
    tell("POST to look-up, one at a time", events=20, p50_ms=1000 * median(took), max_ms=1000 * max(took))


async def test_a_picture_that_has_not_changed_is_not_sent_again(live: System, customer: str) -> None:
    await live.publish(a_contact(ago(9), customer=customer))
    await _entries(live, customer, 1)
    first = await live.get("journey", f"/journeys/{customer}")
    unchanged = {"if-none-match": first.headers["etag"]}
    assert (await live.clients["journey"].get(f"/journeys/{customer}", headers=unchanged)).status_code == 304
    await live.publish(a_queueing(ago(8), customer=customer))
    await _entries(live, customer, 2)
    assert (await live.clients["journey"].get(f"/journeys/{customer}", headers=unchanged)).status_code == 200


async def test_corrections_and_retractions_count_wherever_they_come(live: System, customer: str) -> None:
    talk = a_connection(ago(9), customer=customer, desk="front", contact_id="k1")
    moved = a_transfer(ago(8), customer=customer, to_desk="tech", from_desk="front")
    mistake = a_transfer(ago(7), customer=customer, to_desk="billing", from_desk="tech")
    await live.publish(a_retraction(mistake, ago(6)), a_correction(moved, ago(6), to_desk="repairs"))
    await live.publish(a_contact(ago(10), customer=customer), talk, moved, mistake)
    picture = await _entries(live, customer, 6)
    assert [issue["desks"] for issue in picture["open_issues"]] == [[["front", "repairs"]]]
    notes = {entry["event"]["id"]: (entry["voided"], bool(entry["replaced_by"])) for entry in picture["entries"]}
    assert notes[mistake["id"]] == (True, False)
    assert notes[moved["id"]] == (False, True)
    assert notes[talk["id"]] == (False, False)


async def test_sending_again_is_harmless(live: System, customer: str) -> None:
    events = [a_contact(ago(9), customer=customer), a_queueing(ago(8), customer=customer)]
    await live.publish(*events)
    before = await _settled(live, customer)
    await live.publish(*events, *events)
    await live.publish(a_copy(events[0], at=ago(1)))
    assert await _settled(live, customer) == before


async def test_poison_is_set_aside_and_can_be_retried(live: System, customer: str) -> None:
    good = a_contact(ago(9), customer=customer)
    key, home = customer.encode(), partition_of(customer.encode(), live.partitions)
    stray = json.dumps(a_queueing(ago(8), customer=customer)).encode()
    unfit, conflicting = (json.dumps(a_copy(good, channel=channel)).encode() for channel in (7, "chat"))
    topic = CONTACT_EVENTS.name
    poison = {
        "not_json": Message(topic, key, b"\x00 no json " + key),
        "schema": Message(topic, key, unfit),
        "misrouted": Message(topic, key, stray, partition=(home + 1) % live.partitions),
        "conflict": Message(topic, key, conflicting),
    }
    await live.publish(good)
    placed = await live.log.append(list(poison.values()))
    await live.publish(an_event("contact.sneezed", ago(7), id="w1", customer=customer))
    await _entries(live, customer, 2)
    ids = {f"{topic}:{partition}:{offset}": code for code, (partition, offset) in zip(poison, placed, strict=True)}
    letters = await _dead_letters(live, set(ids))
    assert {letter["id"]: letter["code"] for letter in letters.values()} == ids
    assert {ids[one]: letters[one]["value"].encode() for one in ids} == {
        code: message.value for code, message in poison.items()
    }
    (mendable,) = (one for one, code in ids.items() if code == "misrouted")
    assert (await live.ashiato("dead-letters", "retry", mendable, "--yes")).code == 0
    await _entries(live, customer, 3)


async def test_the_command_line_prints_the_picture(live: System, tmp_path: Path) -> None:
    said = await live.ashiato("publish", str(STORY), "--relative", "--json")
    assert said.json["refused"] == 0
    await live.caught_up()
    picture = await live.ashiato("journey", "7k3m-9qx2-c")
    assert picture.code == 0, picture.err
    assert picture.out.startswith("Customer 7K3M-9QX2-C")
    assert "ping_pong (passed back and forth)" in picture.out
    assert "Newest first" in picture.out
    assert (await live.ashiato("journey", "nobody")).code == 1


async def test_the_doctor_says_what_to_mend(live: System) -> None:
    await live.serving()
    well = await live.ashiato("doctor")
    assert (well.code, well.out.splitlines()[-1]) == (0, "All is well."), well.out
    await live.stop("routing api", "journey worker")
    try:
        ill = await eventually(lambda: _diagnosis(live, "services.routing.api", "services.journey.worker"), 40, every=1)
    finally:
        await live.start("routing api", "journey worker")
    assert ill.code == 1
    assert "to mend" in ill.out.splitlines()[-1]
    await live.serving()
    await eventually(lambda: _is_well(live), 30, every=1)


async def _entries(system: System, customer: str, count: int) -> Json:
    """The picture, once it has so many entries."""

    async def there() -> Json:
        answer = await system.get("journey", f"/journeys/{customer}")
        assert answer.status_code == 200, answer.text
        picture: Json = answer.json()
        assert len(picture["entries"]) == count
        return picture

    return await eventually(there, 20, every=0.005)


async def _settled(system: System, customer: str) -> tuple[Json, list[Json]]:
    """Digest and entries once all is read."""
    await system.caught_up()
    answers: list[httpx.Response] = [
        await system.get("journey", f"/journeys/{customer}{part}", as_of="2040-01-01T00:00:00Z")
        for part in ("/digest", "/events")
    ]
    return answers[0].json(), answers[1].json()["items"]


async def _dead_letters(system: System, wanted: set[str]) -> dict[str, Json]:
    async def listed() -> dict[str, Json]:
        said = await system.ashiato("dead-letters", "list", "--json")
        letters = {one["id"]: one for one in map(json.loads, said.out.splitlines())}
        assert wanted <= letters.keys()
        return {one: letters[one] for one in wanted}

    return await eventually(listed, 20, every=0.2)


async def _diagnosis(system: System, *named: str) -> Said:
    said = await system.ashiato("doctor")
    assert all(name in said.out for name in named), said.out
    return said


async def _is_well(system: System) -> bool:
    said = await system.ashiato("doctor")
    assert said.code == 0, said.out
    return True
