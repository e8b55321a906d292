"""What finding an issue for an event must leave alone."""

import json
from typing import Any

from shared.event_log.wire import decode
from shared.events import Event
from shared.timeline.timeline import lay
from tests.histories.builders import an_event


def _read(written: dict[str, Any]) -> Event:
    return decode(json.dumps(written).encode())


def test_a_promise_that_finds_a_given_issue_does_not_make_it_implicit() -> None:
    opened = _read(an_event("issue.opened", 0, issue_id="i1"))
    promised = _read(an_event("promise.made", 60, promise_id="p1"))

    timeline, placed, _ = lay(opened.customer_id, [opened, promised])

    assert placed[1].issue_id == "i1"
    assert not timeline.issues["i1"].implicit
