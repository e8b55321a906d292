"""The histories themselves: valid under the contract, and the same when built again."""

import json

from hypothesis import given

from shared.event_log.wire import decode
from tests.histories.builders import REQUIRED, Event, a_transfer, an_event
from tests.histories.histories import histories
from tests.unit.test_oracle_laws import laws


@laws
@given(histories(restamped=True))
def test_every_event_of_a_history_is_valid(log: list[Event]) -> None:
    for event in log:
        decode(json.dumps(event).encode())


def test_every_builder_fills_in_what_the_contract_requires() -> None:
    for kind in REQUIRED:
        assert decode(json.dumps(an_event(kind)).encode()).type == kind


def test_the_same_call_builds_the_same_event() -> None:
    assert a_transfer(5, to_desk="tech") == a_transfer(5, to_desk="tech")
    assert a_transfer(5, to_desk="tech")["id"] != a_transfer(6, to_desk="tech")["id"]
