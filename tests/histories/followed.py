"""A log as followup leaves it, by the oracle: owed callbacks, their cancellations, and announcements of misses."""

from collections.abc import Sequence
from datetime import datetime

from tests.histories.builders import Event
from tests.oracle.facts import accept
from tests.oracle.followup import callbacks, missed


def with_followup(log: Sequence[Event], ticks: Sequence[tuple[int, datetime]] = ()) -> list[Event]:
    """What followup publishes on reading an event stands right behind it.

    ticks: (how many events of `log` have been read, what the clock shows) for every time that the clock is asked.
    """
    owed: dict[int, list[Event]] = {}
    for each in callbacks(log):
        owed.setdefault(each.index, []).append(each.event)
    result: list[Event] = []
    for index, event in enumerate(log):
        result += [event, *owed.get(index, [])]
        for read, now in ticks:
            if read == index + 1:
                result += announcements(result, now)
    return result


def announcements(log: Sequence[Event], now: datetime) -> list[Event]:
    """The announcements that are due and not on the log."""
    facts = accept(log).facts
    said = {(each.customer, each.id) for each in facts}
    return [each.event(detected_at=now) for each in missed(facts, now) if (each.customer, each.id) not in said]
