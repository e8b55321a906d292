"""`ashiato publish`: JSON lines to the front door, in order, again when needed, what is refused aside."""

import json
from pathlib import Path
from typing import Any

import pytest

from shared.event_log.topics import CONTACT_EVENTS
from tests.unit.cli_world import NOW, Outside, problem
from tools.cli.relative_time import resolved
from tools.cli.ways import MOST_EVENTS


def an_event(**fields: Any) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": "e-1",
        "source": "urn:example:telephony",
        "type": "contact.connected",
        "subject": "7K3M9QX2C",
        "time": "2026-03-02T11:00:00Z",
        "data": {"contact_id": "tel-1", "desk": "support", "agent": "m.ota", "wait_s": 5},
        **fields,
    }


def lines(*events: Any) -> bytes:
    return b"".join((event if isinstance(event, bytes) else json.dumps(event).encode()) + b"\n" for event in events)


def published(outside: Outside) -> list[dict[str, Any]]:
    return [json.loads(record.value or b"") for record in outside.log.records(CONTACT_EVENTS.name)]


@pytest.mark.parametrize("way", [[], ["--direct"]])
def test_publishes_in_the_order_of_the_file(way: list[str]) -> None:
    outside = Outside()
    count = MOST_EVENTS + 20

    code = outside.ashiato("publish", "-", *way, stdin=lines(*(an_event(id=f"e-{n}") for n in range(count))))

    assert code == 0
    assert [event["id"] for event in published(outside)] == [f"e-{n}" for n in range(count)]
    assert outside.out == f"{count} events published\n"


def test_sends_the_bytes_of_a_line_as_they_are() -> None:
    outside = Outside()
    odd = json.dumps(an_event(unknown_field=1.0), indent=None, separators=(" ,  ", ":")).encode()

    outside.ashiato("publish", "-", stdin=odd + b"\r\n")

    assert outside.log.records(CONTACT_EVENTS.name)[0].value == odd


@pytest.mark.parametrize("way", [[], ["--direct"]])
def test_writes_refused_lines_aside_with_number_and_reason(tmp_path: Path, way: list[str]) -> None:
    outside = Outside()
    file = tmp_path / "events.jsonl"
    late = an_event(id="too-early", time="2026-03-02T12:06:00Z")
    ours = an_event(id="ours", source="urn:ashiato:followup")
    file.write_bytes(lines(an_event(), b"not json", b"", b"[1]", late, ours, an_event(id="e-2")))

    code = outside.ashiato("publish", str(file), "--json", *way)

    aside = [json.loads(line) for line in (tmp_path / "events.jsonl.refused.jsonl").read_text().splitlines()]
    assert code == 1
    assert json.loads(outside.out) == {
        "accepted": 2,
        "refused": 4,
        "refused_file": str(tmp_path / "events.jsonl.refused.jsonl"),
    }
    assert [one["line"] for one in aside] == [2, 4, 5, 6]
    assert "not JSON" in aside[0]["reason"]
    assert "/time" in aside[2]["reason"]
    assert "/source" in aside[3]["reason"]
    assert json.loads(aside[3]["event"])["id"] == "ours"


def test_refuses_an_event_that_is_too_large_and_goes_on(tmp_path: Path) -> None:
    outside = Outside()
    large = an_event(id="large", more="x" * 300_000)
    huge = an_event(id="huge", more="x" * 2_000_000)

    code = outside.ashiato(
        "publish", "-", "--refused", str(tmp_path / "no.jsonl"), stdin=lines(large, huge, an_event())
    )

    assert code == 1
    assert [event["id"] for event in published(outside)] == ["e-1"]
    assert len((tmp_path / "no.jsonl").read_text().splitlines()) == 2


@pytest.mark.parametrize("way", [[], ["--direct"]])
def test_sends_the_same_again_when_nothing_was_acknowledged(way: list[str]) -> None:
    outside = Outside()
    outside.log.acknowledgements_lost = True
    outside.while_sleeping = lambda: setattr(outside.log, "acknowledgements_lost", False)

    code = outside.ashiato("publish", "-", *way, stdin=lines(an_event()))

    assert code == 0
    assert [event["id"] for event in published(outside)] == ["e-1", "e-1"]


def test_waits_as_long_as_the_front_door_says() -> None:
    outside = Outside()
    answers = [problem(503, "Kafka is away", Retry_After="3")]
    outside.answers["routing", "/events"] = lambda _: answers[0]
    outside.while_sleeping = outside.answers.clear

    assert outside.ashiato("publish", "-", stdin=lines(an_event())) == 0
    assert outside.slept == [3.0]


def test_gives_up_when_patience_is_over() -> None:
    outside = Outside()
    outside.answers["routing", "/events"] = problem(503, "Kafka is away", Retry_After="2")

    assert outside.ashiato("publish", "-", "--wait", "1", stdin=lines(an_event())) == 1
    assert outside.err == "error: routing api: Kafka is away\n"


def test_relative_times_need_the_option() -> None:
    outside = Outside()

    assert outside.ashiato("publish", "-", stdin=lines(an_event(time="now-2h"))) == 2
    assert "--relative" in outside.err
    assert published(outside) == []


def test_resolves_times_relative_to_now() -> None:
    outside = Outside()
    data = {"promise_id": "p", "kind": "callback", "due_by": "now+20s", "owner": {"desk": "now"}, "channel": "phone"}
    event = an_event(type="promise.made", time="now-1d2h", data={**data, "explicit": True, "wording": "now"})

    assert outside.ashiato("publish", "-", "--relative", stdin=lines(event)) == 0

    [sent] = published(outside)
    assert sent["time"] == "2026-03-01T10:00:00Z"
    assert sent["data"]["due_by"] == "2026-03-02T12:00:20Z"
    assert (sent["data"]["wording"], sent["data"]["owner"]["desk"], sent["id"]) == ("now", "now", "e-1")


def test_relative_times_reach_into_lists_of_shifts() -> None:
    data = {"owner_hours": [{"from": "now", "to": "now+90m500ms"}], "text": "now-1h"}

    assert resolved({"data": data}, NOW)["data"] == {
        "owner_hours": [{"from": "2026-03-02T12:00:00Z", "to": "2026-03-02T13:30:00.500000Z"}],
        "text": "now-1h",
    }


def test_fresh_gives_ids_a_suffix_and_leaves_the_customer() -> None:
    outside = Outside()

    assert outside.ashiato("publish", "-", "--fresh", stdin=lines(an_event(corrects="e-0"))) == 0

    [sent] = published(outside)
    assert sent["subject"] == "7K3M9QX2C"
    assert (sent["id"], sent["corrects"]) == ("e-1-20260302120000", "e-0-20260302120000")
    assert sent["data"]["contact_id"] == "tel-1-20260302120000"
    assert sent["data"]["desk"] == "support"


def test_a_file_that_is_not_there_is_bad_input() -> None:
    outside = Outside()

    assert outside.ashiato("publish", "absent.jsonl") == 2
    assert outside.err == "error: cannot read absent.jsonl: No such file or directory\n"


def test_an_empty_file_publishes_nothing() -> None:
    outside = Outside()

    assert outside.ashiato("publish", "-") == 0
    assert outside.out == "0 events published\n"
    assert outside.asked == []
