"""What the front door refuses although it is well formed."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.routing.domain.admit import MOST_AHEAD, Refusal, refusals
from shared.event_log.wire import decode
from shared.events import DERIVED_SOURCES, Event
from tests.front_door import NOW, an_event, written


def event(**attributes: object) -> Event:
    return decode(written(an_event(**attributes)))


def pointers(found: list[Refusal]) -> list[str]:
    return [one.pointer for one in found]


def test_admits_what_happened_before_now() -> None:
    assert refusals(event(), NOW) == []


@pytest.mark.parametrize("source", [*sorted(DERIVED_SOURCES), "urn:ashiato:anything", "URN:Ashiato:journey"])
def test_refuses_sources_that_are_our_own(source: str) -> None:
    assert pointers(refusals(event(source=source), NOW)) == ["/source"]


@pytest.mark.parametrize("source", ["urn:ashiato", "urn:ashiatoo:journey", "urn:example:urn:ashiato:journey"])
def test_admits_sources_that_only_resemble_them(source: str) -> None:
    assert refusals(event(source=source), NOW) == []


def test_names_everything_that_is_to_mend_at_once() -> None:
    late = event(source="urn:ashiato:journey", time="2199-01-01T00:00:00Z")
    assert pointers(refusals(late, NOW)) == ["/source", "/time"]


@given(st.timedeltas(timedelta(days=-20000), timedelta(days=20000)))
def test_admits_up_to_five_minutes_ahead_and_no_more(ahead: timedelta) -> None:
    moment: datetime = NOW + ahead
    found = refusals(event(time=moment.isoformat()), NOW)
    assert bool(found) == (ahead > MOST_AHEAD)
