"""What was seen, put beside what must be seen. Pure: whoever gathers, this judges."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from shared.events import FlagWithdrawn
from tools.cli.journey import sayable
from tools.cli.moments import duration
from tools.demo.stories import ExpectedDebt, ExpectedPicture, Stories, Story
from tools.demo.watching import FlagEvent, SaidFlag, SaidMiss

Json = dict[str, Any]

_ROUNDED_S = 0.001  # Kafka keeps whole milliseconds
_TOPIC, _LIST, _LOOK_UP = "on the topic", "in GET /flags", "in the look-up"


@dataclass(frozen=True)
class Evidence:
    """said, misses: heard on the topics. listed: items of GET /flags. pictures: look-ups by customer, None: no answer.

    published: epoch seconds when each story began to be loaded, by its key.
    """

    said: Sequence[SaidFlag]
    misses: Sequence[SaidMiss]
    listed: Sequence[Json]
    pictures: Mapping[str, Json | None]
    published: Mapping[str, float]


class Check(NamedTuple):
    """faults: what is wrong, in a few words each; none: it is as it must be."""

    name: str
    faults: tuple[str, ...] = ()


class _Flag(NamedTuple):
    kind: str
    state: str
    severity: int

    def __str__(self) -> str:
        return f"{self.kind} ({self.state}, severity {self.severity})"


def judge(stories: Stories, evidence: Evidence) -> list[Check]:
    """A check for each customer, for each promise that must be announced as missed, and one for everybody else."""
    return [
        *(_customer(*one, evidence) for one in stories.pictures),
        *_announcements(stories, evidence),
        _strangers(stories, evidence),
    ]


def standing(said: Iterable[SaidFlag]) -> list[FlagEvent]:
    """The flags that stand by what was heard on the topic: of each the last word, unless it was withdrawn."""
    last = {one.event.data.flag_id: one.event for one in said}
    return [event for event in last.values() if not isinstance(event, FlagWithdrawn)]


def _customer(story: Story, customer_id: str, expected: ExpectedPicture, evidence: Evidence) -> Check:
    name = f"{story.key} {sayable(customer_id)}: {_in_words(expected)}"
    wanted = Counter(_Flag(one.kind, one.state, one.severity) for one in expected.flags)
    on_topic = [_of_event(event) for event in standing(evidence.said) if event.customer_id == customer_id]
    listed = [flag for item in evidence.listed if item["customer_id"] == customer_id for flag in item["flags"]]
    faults = [*_compared(wanted, on_topic, _TOPIC), *_compared(wanted, map(_of_json, listed), _LIST)]
    picture = evidence.pictures.get(customer_id)
    if picture is None:
        return Check(name, (*faults, "the look-up knows nothing of this customer"))
    faults += _compared(wanted, map(_of_json, picture["flags"]), _LOOK_UP)
    return Check(name, (*faults, *_rest_of_picture(expected, picture)))


def _rest_of_picture(expected: ExpectedPicture, picture: Json) -> Iterator[str]:
    debts = Counter(f"debt {one.promise_id} ({one.outcome})" for one in expected.debts)
    yield from _compared(debts, (f"debt {one['promise_id']} ({one['outcome']})" for one in picture["debts"]), _LOOK_UP)
    promises = Counter(f"promised {one.kind} ({one.state})" for one in expected.promises)
    running = (f"promised {one['kind']} ({one['state']})" for one in picture["promises"])
    yield from _compared(promises, running, _LOOK_UP)
    found = {
        "thanks": (expected.feedback.thanks, picture["feedback"]["thanks"]),
        "complaints": (expected.feedback.complaints, picture["feedback"]["complaints"]),
        "notes on the situation": (expected.situation, len(picture["situation"])),
        "notices": (expected.notices, len(picture["notices"])),
    }
    yield from (f"{is_} {what} instead of {must} {_LOOK_UP}" for what, (must, is_) in found.items() if must != is_)


def _announcements(stories: Stories, evidence: Evidence) -> Iterator[Check]:
    for story, customer_id, expected in stories.pictures:
        for debt in expected.debts:
            if debt.outcome == "missed":
                yield _announcement(story, customer_id, debt, evidence)


def _announcement(story: Story, customer_id: str, debt: ExpectedDebt, evidence: Evidence) -> Check:
    said = [
        one
        for one in evidence.misses
        if one.event.customer_id == customer_id and one.event.data.promise_id == debt.promise_id
    ]
    name = f"{story.key} {debt.promise_id}: announced as missed once, after it was due"
    if not said:
        return Check(name, ("it was not announced as missed",))
    deadline = said[0].deadline.timestamp()
    faults = [f"it was announced {len(said)} times"] if len(said) > 1 else []
    flags = [one for one in evidence.said if one.event.data.promise_id == debt.promise_id]
    times = [one.event.data.detected_at.timestamp() for one in said]
    times += [one.said_at + _ROUNDED_S for one in said] + [one.said_at + _ROUNDED_S for one in flags]
    if min(times) <= deadline:
        faults.append(f"it was announced {deadline - min(times):.3f} s before it was due")
    if debt.after_s is not None and deadline < evidence.published[story.key] + debt.after_s:
        faults.append("it came due before it was to")
    return Check(f"{name} ({_clock(deadline)}, {_later(min(times) - deadline)} later)", tuple(faults))


def _strangers(stories: Stories, evidence: Evidence) -> Check:
    known = {customer_id for _, customer_id, _ in stories.pictures}
    found = {one.event.customer_id for one in evidence.said} | {item["customer_id"] for item in evidence.listed}
    return Check("no flag for anybody else", tuple(f"a flag for {sayable(one)}" for one in sorted(found - known)))


def _compared(wanted: Counter[Any], found: Iterable[Any], where: str) -> Iterator[str]:
    seen = Counter(found)
    yield from (f"{one} is not {where}" for one in (wanted - seen).elements())
    yield from (f"{one} is {where} and was not expected" for one in (seen - wanted).elements())


def _of_event(event: FlagEvent) -> _Flag:
    return _Flag(event.data.kind, event.type.removeprefix("flag."), event.data.severity)


def _of_json(flag: Json) -> _Flag:
    return _Flag(flag["kind"], flag["state"], flag["severity"])


def _in_words(expected: ExpectedPicture) -> str:
    flags = ", ".join(str(_Flag(one.kind, one.state, one.severity)) for one in expected.flags)
    return flags or "no flag"


def _clock(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _later(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds < 120 else duration(seconds)
