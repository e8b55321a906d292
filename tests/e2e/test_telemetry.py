"""What the running system tells about itself: one trace from the door to the flag, measures, and never a person."""

import json
import uuid
from collections.abc import Iterator

import pytest

from shared.event_log.topics import DEAD_LETTERS
from tests.canary import CUSTOMER, NAME, PHONE, QUESTIONS, TEXT, bad, good, records, sung_by
from tests.e2e.speech import since_begin
from tests.e2e.system import BATCH, NAMES, Json, Name, System
from tests.histories.builders import MINUTE, an_assignment, moment
from tests.waiting import eventually

pytestmark = [pytest.mark.asyncio(loop_scope="package"), pytest.mark.timeout(300)]

THE_CALLERS = "00f067aa0ba902b7"


def spans(live: System, name: Name, trace: str) -> list[Json]:
    lines = live.processes[name].output().splitlines()
    found: Iterator[Json] = (json.loads(line) for line in lines if line.startswith('{"name"'))
    return [span for span in found if span["context"]["trace_id"] == f"0x{trace}"]


async def test_one_trace_runs_from_the_post_to_the_flag(live: System) -> None:
    trace, customer = uuid.uuid4().hex, f"traced-{uuid.uuid4().hex[:8]}"
    events = [
        an_assignment(since_begin((number - 9) * MINUTE), issue_id="i", desk=desk, customer=customer)
        for number, desk in enumerate("abab")
    ]
    answer = await live.clients["routing"].post(
        "/events",
        content=json.dumps(events).encode(),
        headers={"content-type": BATCH, "traceparent": f"00-{trace}-{THE_CALLERS}-01"},
    )
    assert answer.status_code == 202

    async def the_flag() -> Json:
        flags = [flag for flag in await live.flag_events() if flag["subject"] == customer]
        assert len(flags) == 1
        return flags[0]

    flag = await eventually(the_flag, 30)
    await eventually(lambda: len(spans(live, "journey worker", trace)) >= len(events), 30)
    processed = spans(live, "journey worker", trace)
    server, producer = await eventually(lambda: _front_door(live, trace), 30)
    assert (server["name"], producer["name"]) == ("POST /events", "send contact.events.v1")
    assert server["parent_id"] == f"0x{THE_CALLERS}"
    assert producer["parent_id"] == server["context"]["span_id"]
    assert {span["parent_id"] for span in processed} == {producer["context"]["span_id"]}
    assert len(processed) == len(events)
    assert processed[0]["attributes"]["messaging.consumer.group.name"] == "ashiato.journey"
    assert flag["traceparent"] == f"00-{trace}-{producer['context']['span_id'][2:]}-01"


def _front_door(live: System, trace: str) -> tuple[Json, Json]:
    found = {span["kind"]: span for span in spans(live, "routing api", trace)}
    assert found.keys() == {"SpanKind.SERVER", "SpanKind.PRODUCER"}
    return found["SpanKind.SERVER"], found["SpanKind.PRODUCER"]


async def test_no_person_is_in_logs_measures_traces_or_the_answers_to_mistakes(live: System) -> None:
    then = moment(since_begin(-5 * MINUTE)).strftime("%Y-%m-%dT%H:%M:%SZ")
    before = len(await live.records(DEAD_LETTERS.name))
    mistakes = [await live.clients["routing"].post("/events", json=event) for event in bad(then)]
    batch = json.dumps([*good(then), *bad(then)[:4]]).encode()
    taken = await live.clients["routing"].post("/events", content=batch, headers={"content-type": BATCH, NAME: PHONE})
    assert taken.status_code == 207
    await live.log.append(records(then))
    await live.caught_up()
    await eventually(lambda: _is_seen(live), 30)
    assert len(await live.records(DEAD_LETTERS.name)) - before >= 8
    mistakes += [await live.clients["journey" if one == "journey" else "followup"].get(to) for one, to in QUESTIONS]
    assert all(answer.is_client_error for answer in mistakes)
    assert sung_by(" ".join(answer.text for answer in mistakes)) == []
    await eventually(lambda: "/journeys/{customer}" in live.processes["journey api"].output())
    await eventually(lambda: "SpanKind.CONSUMER" in live.processes["journey worker"].output())
    for name in NAMES:
        assert sung_by(live.processes[name].output()) == [], name
        measured = await live.measures(name)
        assert "process_resident_memory_bytes" in measured
        assert f'service="{name.split()[0]}"' in measured
        assert sung_by(measured) == [], name
    assert TEXT in (await live.get("journey", f"/journeys/{CUSTOMER}")).text


async def _is_seen(live: System) -> bool:
    return bool((await live.get("journey", f"/journeys/{CUSTOMER}")).json().get("flags"))
