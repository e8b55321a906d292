"""Small nasty event histories, as logs: lists of structured CloudEvents in log order."""

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from tests.histories import words
from tests.histories.builders import FOLLOWUP, WEEK, Event, a_copy, moment, time
from tests.histories.episodes import EPISODES, Episode, Pen, anything
from tests.histories.followed import with_followup

LONGEST = 24


@st.composite
def histories(
    draw: st.DrawFn,
    *,
    customers: int = 2,
    restamped: bool = False,
    conflicts: bool = False,
    followed: bool = True,
    episodes: Sequence[Episode] = EPISODES,
) -> list[Event]:
    """Up to about 30 events. In the order of their times, or in any.

    restamped: copies with another time; conflicts: copies with other content (either makes the log's order matter);
    followed: with what followup publishes, at the end or while facts are still missing.
    """
    log: list[Event] = []
    for customer in words.CUSTOMERS[: draw(st.integers(1, customers))]:
        log += _told(Pen(draw, customer), episodes)
    log = _arrived(draw, log)
    if followed:
        log = _followed(draw, log)
    for _ in range(draw(st.integers(0, 2)) if restamped else 0):
        log.insert(draw(st.integers(0, len(log))), a_copy(draw(st.sampled_from(log)), draw(words.moments())))
    for _ in range(draw(st.integers(0, 2)) if conflicts else 0):
        log.insert(draw(st.integers(0, len(log))), _conflict(draw, draw(st.sampled_from(log))))
    return log


def shuffles(log: Sequence[Event]) -> st.SearchStrategy[list[Event]]:
    """The same log in any order, with some events again; an announcement may be repeated with another detected_at."""
    again = st.lists(st.sampled_from(log).flatmap(_repeated), max_size=4) if log else st.just([])
    return again.flatmap(lambda more: st.permutations([*log, *more]))


def _repeated(event: Event) -> st.SearchStrategy[Event]:
    if event["type"] == "promise.missed" and event["source"] == FOLLOWUP:
        return words.moments().map(lambda at: a_copy(event, detected_at=time(at)))
    return st.just(event)


def _told(pen: Pen, episodes: Sequence[Episode]) -> list[Event]:
    for episode in pen.draw(st.lists(st.sampled_from(episodes), min_size=1, max_size=4)):
        if len(pen.events) < LONGEST // 2:
            episode(pen)
    if not pen.events:  # a call of which nothing was reported
        anything(pen)
    for _ in range(pen.draw(st.integers(0, 3))):
        _meddle(pen)
    return pen.events


def _meddle(pen: Pen) -> None:
    """A correction, of an event or of a correction, or a retraction; now and then of something that is not there."""
    target = pen.draw(st.sampled_from(pen.events))
    if pen.one_of(True, True, False):
        changed = {**_original_fields(target), **pen.fields(target["type"])}
        where = {"source": pen.one_of(*[target["source"]] * 4, words.SOURCES[0]), "corrects": target["id"]}
        other = "contact.ended" if changed.get("contact_id") else "contact.waved"
        pen.write(pen.one_of(*[target["type"]] * 6, other), pen.moment(), **changed, **where)
    else:
        where = {"source": pen.one_of(*[target["source"]] * 4, words.SOURCES[0])}
        pen.write("event.retracted", pen.moment(), retracts=pen.one_of(*[target["id"]] * 6, "nothing"), **where)


def _original_fields(target: Event) -> dict[str, Any]:
    fields = dict(target["data"])
    if "at" in fields:
        fields["kept_at"] = fields.pop("at")
    return fields


def _arrived(draw: st.DrawFn, log: list[Event]) -> list[Event]:
    """As it happened, as it was written, or in any order."""
    how = draw(st.sampled_from(("happened", "written", "any")))
    if how == "any":
        return draw(st.permutations(log))
    return sorted(log, key=lambda event: event["time"]) if how == "happened" else log


def _followed(draw: st.DrawFn, log: list[Event]) -> list[Event]:
    """The clock speaks at any time, when perhaps not everything is known, and mostly once more when all is over."""
    ticks = draw(st.lists(st.tuples(st.integers(1, len(log)), words.moments()), max_size=2))
    late = draw(st.sampled_from((WEEK, 5 * WEEK, 5 * WEEK)))
    return with_followup(log, [(read, moment(at)) for read, at in (*ticks, (len(log), late))])


def _conflict(draw: st.DrawFn, event: Event) -> Event:
    changes: list[dict[str, Any]] = [{"odd": True}, {"odd": 1}, {"odd": 1.0}, {"contact_id": "k2"}, {"desk": "tech"}]
    return a_copy(event, **draw(st.sampled_from(changes)))
