"""What happens to a round's customers: events with the second at which each is to be sent, from a seed."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from tests.histories.builders import (
    BEGIN,
    DAY,
    HOUR,
    MINUTE,
    Event,
    a_cancellation,
    a_connection,
    a_contact,
    a_copy,
    a_correction,
    a_cut,
    a_keep,
    a_promise,
    a_queueing,
    a_reschedule,
    a_resolution,
    a_retraction,
    a_transfer,
    an_assignment,
    an_attempt,
    an_event,
)
from tests.properties.poison import HOSTILE_TEXTS

_LATE: Final = 0.3  # of the stories: their events arrive in any order
_TWICE: Final = 0.15  # of the events: sent once more, now and then with another time


class Planned(NamedTuple):
    """An event, and how many seconds after the round's beginning it is to be sent."""

    at: float
    event: Event


@dataclass(frozen=True)
class Teller:
    """Of one customer. `desk`: whose work the round's promises are. `began`: as an offset of the builders."""

    rng: random.Random
    customer: str
    desk: str
    began: timedelta
    seconds: float

    @property
    def of(self) -> dict[str, str]:
        return {"customer": self.customer}

    def some_time(self, first: float = 0.0, last: float = 1.0) -> float:
        """Within these parts of the round."""
        return self.rng.uniform(first, last) * self.seconds

    def when(self, at: float) -> timedelta:
        return self.began + timedelta(seconds=at)

    def spread(self, events: Sequence[Event]) -> list[Planned]:
        """Over the round; mostly in the order given."""
        times = sorted(self.some_time() for _ in events)
        if self.rng.random() < _LATE:
            self.rng.shuffle(times)
        return [Planned(at, event) for at, event in zip(times, events, strict=True)]


def plan(seed: int, customers: Sequence[str], desk: str, began: datetime, seconds: float) -> list[Planned]:
    """In the order of sending: one story for each customer, some events twice."""
    rng = random.Random(seed)
    found: list[Planned] = []
    for number, customer in enumerate(customers):
        story = STORIES[number % len(STORIES)]
        found += story(Teller(rng, customer, desk, began - BEGIN, seconds))
    found += [_again(rng, one, seconds) for one in found if rng.random() < _TWICE]
    return sorted(found, key=lambda one: one.at)


def _again(rng: random.Random, one: Planned, seconds: float) -> Planned:
    stamped = a_copy(one.event, at=datetime.fromisoformat(one.event["time"]) - BEGIN + rng.choice((0, 1)) * MINUTE)
    return Planned(rng.uniform(one.at, seconds), stamped)


def passed_around(teller: Teller) -> list[Planned]:
    """A ping-pong, or a runaround, or both; perhaps resolved; perhaps one hand-off was a slip."""
    at = teller.began - HOUR
    desks = teller.rng.choice((("tech", "front", "tech"), ("tech", "billing"), ("tech", "front", "tech", "billing")))
    events = [a_contact(at, **teller.of), a_connection(at + MINUTE, desk="front", **teller.of)]
    before = "front"
    for number, desk in enumerate(desks):
        events.append(a_transfer(at + (number + 2) * MINUTE, from_desk=before, to_desk=desk, **teller.of))
        before = desk
    match teller.rng.randrange(4):
        case 0:
            events.append(a_resolution(at + 20 * MINUTE, contact_id="k1", confirmed_by="customer", **teller.of))
        case 1:
            events.append(a_retraction(events[-1], at + 21 * MINUTE))
        case 2:
            events.append(a_correction(events[-1], at + 22 * MINUTE, to_desk="repairs"))
    return teller.spread(events)


def assigned_again_and_again(teller: Teller) -> list[Planned]:
    at, kinds = teller.began - DAY, ("front", "tech", "billing", "front", "tech")
    events = [
        an_assignment(at + number * MINUTE, desk=desk, issue_id="i1", **teller.of) for number, desk in enumerate(kinds)
    ]
    return teller.spread(events)


def due_soon(teller: Teller) -> list[Planned]:
    """A callback that comes due within the round, and what is done about it: nothing, too late, in time, or else."""
    made = teller.some_time(0.0, 0.3)
    due = teller.some_time(0.4, 1.0)
    grace = teller.rng.choice((0.0, 0.25, 0.5))
    promise = a_promise(
        teller.when(made), due_by=teller.when(due), grace_s=grace, owner={"desk": teller.desk}, **teller.of
    )
    before, after = teller.rng.uniform(made, due), due + grace + 0.5
    done: dict[int, list[Planned]] = {
        1: [Planned(before, a_keep(teller.when(before), **teller.of))],
        2: [Planned(after, a_keep(teller.when(after), **teller.of))],
        3: [Planned(before, an_attempt(teller.when(before), **teller.of))],
        4: [Planned(before, a_reschedule(teller.when(before), due_by=teller.when(due + 1), **teller.of))],
        5: [Planned(before, a_cancellation(teller.when(before), **teller.of))],
    }
    return [Planned(made, promise), *done.get(teller.rng.randrange(8), [])]


def broken_yesterday(teller: Teller) -> list[Planned]:
    """Missed long ago, and perhaps made good since."""
    due = teller.began - DAY
    events = [a_promise(due - HOUR, due_by=due, owner={"desk": teller.desk}, **teller.of)]
    if teller.rng.random() < 0.3:
        events.append(a_keep(due + HOUR, **teller.of))
    return teller.spread(events)


def cut_off(teller: Teller) -> list[Planned]:
    """We owe a callback; sometimes another promise of the contact turns up, and we do not."""
    at = teller.began - 10 * MINUTE
    events = [
        a_contact(at, **teller.of),
        a_queueing(at + MINUTE, desk=teller.desk, **teller.of),
        a_cut(at + 5 * MINUTE, **teller.of),
    ]
    if teller.rng.random() < 0.4:
        promised = {"promise_id": "in-the-call", "contact_id": "k1", "owner": {"desk": teller.desk}}
        events.append(a_promise(at + 6 * MINUTE, **promised, **teller.of))
    return teller.spread(events)


def odd_words(teller: Teller) -> list[Planned]:
    """Unknown types and hostile text go on the timeline like others."""
    at, text = teller.began - HOUR, teller.rng.choice(HOSTILE_TEXTS)
    events = [
        an_event("contact.waved", at, odd=text, **teller.of),
        an_event("situation.noted", at + MINUTE, text=text, **teller.of),
        an_assignment(at + 2 * MINUTE, issue_id="i1", desk=text[:200].strip() or "x", **teller.of),
    ]
    return teller.spread(events)


STORIES: Final[tuple[Callable[[Teller], list[Planned]], ...]] = (
    *(passed_around, due_soon, cut_off, due_soon, broken_yesterday),
    *(passed_around, due_soon, cut_off, assigned_again_and_again, odd_words),
)
