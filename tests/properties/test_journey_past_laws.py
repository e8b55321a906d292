"""Whatever of a story is put away, and whenever: nothing that follows is decided in another way."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from hypothesis import event as note
from hypothesis import example, given
from hypothesis import strategies as st

from services.journey.domain import journey as journeys
from services.journey.domain.flags import changes, severity
from services.journey.domain.journey import Journey
from services.journey.domain.past import Limits, missing, names, put_away, whole
from services.journey.domain.work import WorkItem, changed_subjects, work_items
from shared.event_log.wire import decode
from shared.events import Event
from shared.timeline.order import identity_of
from shared.timeline.timeline import NeedsPast, NeedsRefold
from tests.histories import builders
from tests.histories.histories import histories
from tests.histories.long import long_stories
from tests.properties.effort import examples

any_limits = st.builds(Limits, st.integers(0, 2), st.integers(0, 6))
any_story = long_stories() | histories(customers=1)


# What is away is more severe by it, as everybody should be told who reads the work list.
KEPT_TOO_LATE = [
    builders.a_promise(0, promise_id="p1", issue_id="i2", due_by=builders.DAY),
    *(builders.an_assignment(builders.DAY * 2, issue_id="i1", desk=desk, id=f"{n}") for n, desk in enumerate("abab")),
    builders.a_resolution(builders.DAY * 3, issue_id="i1"),
    builders.an_opening(builders.WEEK * 3, issue_id="i3"),
    builders.a_keep(builders.WEEK * 4, promise_id="p1"),
]


class Kept(NamedTuple):
    """hot: what every event touches; names: by which what is away is found."""

    hot: Journey
    parts: Sequence[Journey] = ()
    names: frozenset[str] = frozenset()

    @property
    def whole(self) -> Journey:
        return whole(self.hot, self.parts)

    def brought_back(self) -> "Kept":
        note("brought back" if self.parts else "all is here")
        return Kept(self.whole, (), self.names)

    def put_away(self, limits: Limits) -> "Kept":
        hot, gone = put_away(self.hot, limits)
        if gone is None:
            return self._replace(hot=hot)
        note(f"parts: {min(3, 1 + len(self.parts))}")
        return Kept(hot, [*self.parts, gone], self.names | {*names(gone)})


class Read(NamedTuple):
    before: Kept
    after: Kept


def read(kept: Kept, event: Event, told: Sequence[Event]) -> Read:
    """As shared.customers.customer does it, without a store. told: all events, this one among them."""
    if kept.hot.away.parts and not kept.names.isdisjoint(missing(kept.hot, event)):
        kept = kept.brought_back()
    try:
        return Read(kept, kept._replace(hot=journeys.evolve(kept.hot, event)))
    except NeedsPast:
        return read(kept.brought_back(), event, told)
    except NeedsRefold:
        return Read(kept.brought_back(), Kept(journeys.fold(event.customer_id, told), (), kept.names))


def events_of(log: Sequence[builders.Event]) -> Iterator[Event]:
    """Each once: a copy is none of the fold's concern."""
    found: dict[object, Event] = {}
    for written in log:
        event = decode(json.dumps(written).encode())
        found.setdefault(identity_of(event), event)
    yield from found.values()


@examples(150)
@given(any_story, any_limits)
@example(KEPT_TOO_LATE, Limits(0, 0))
def test_what_is_away_decides_as_if_it_were_here(log: list[builders.Event], limits: Limits) -> None:
    events = list(events_of(log))
    customer_id = events[0].customer_id
    all_here = kept = Kept(journeys.begin(customer_id))
    listed: dict[str, WorkItem] = {}
    for count, event in enumerate(events, 1):
        expected = read(all_here, event, events[:count])
        found = read(kept, event, events[:count])
        assert found.after.whole == expected.after.whole
        flags_before, flags = found.before.hot.flags, found.after.hot.flags
        assert changes(flags_before, flags) == changes(expected.before.hot.flags, expected.after.hot.flags)
        assert severities(found.after.hot) == {key: severities(expected.after.hot)[key] for key in flags}
        listed = listed_after(listed, found)
        assert listed == work_items(expected.after.hot)
        all_here, kept = expected.after, found.after.put_away(limits)


def listed_after(listed: Mapping[str, WorkItem], read: Read) -> dict[str, WorkItem]:
    """A work list, changed where a step changes it: what is away stays listed as it was."""
    before, after = read.before.hot, read.after.hot
    subjects = changed_subjects(before, after)
    old, new = work_items(before, subjects), work_items(after, subjects)
    return {subject: item for subject, item in listed.items() if subject not in old} | new


def severities(journey: Journey) -> dict[tuple[str, str], int]:
    return {key: severity(flag, journey.missed) for key, flag in journey.flags.items()}


@examples(100)
@given(any_story, any_limits)
def test_a_journey_and_its_past_are_the_whole(log: list[builders.Event], limits: Limits) -> None:
    events = list(events_of(log))
    journey = journeys.fold(events[0].customer_id, events)
    hot, gone = put_away(journey, limits)
    assert whole(hot, [] if gone is None else [gone]) == journey
    if gone is not None:
        assert not {*names(gone)} & {*names(hot)}
        assert all(flag.subject in {*gone.timeline.issues, *gone.promises} for flag in gone.flags.values())
