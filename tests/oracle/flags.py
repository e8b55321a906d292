"""Which flags stand and how, by all facts, and the trail that a log leaves (definitions.md, "Flags")."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.oracle.desks import DeskSequence, Step
from tests.oracle.facts import Event, Fact, Key, accept, fact, parse_time
from tests.oracle.ids import derive
from tests.oracle.promises import Promise, life, promises
from tests.oracle.timeline import Issue, Timeline, timeline

RAISED, SETTLED, WITHDRAWN = "raised", "settled", "withdrawn"
Subject = tuple[str, str]

_YEAR = timedelta(days=365)


@dataclass(frozen=True)
class Flag:
    """A flag that stands. `complete` is when its pattern was complete, `subject` the issue or promise id."""

    customer: str
    kind: str
    subject: str
    state: str
    evidence: tuple[Key, ...]
    complete: datetime
    severity: int = 1

    @property
    def flag_id(self) -> str:
        return derive(["flag", self.customer, self.kind, self.subject])


@dataclass(frozen=True)
class Transition:
    """What is published on reading `log[index]`; `flag` as it stands after it, or stood before a withdrawal."""

    index: int
    transition: str
    flag: Flag
    event_id: str


def flags(accepted: Iterable[Fact]) -> dict[Subject, Flag]:
    """(kind, subject) -> flag, for the facts of one customer."""
    return standing_flags(timeline(accepted))


def standing_flags(line: Timeline) -> dict[Subject, Flag]:
    missed = [flag for promise in promises(line).values() for flag in _missed_promise(promise, line)]
    patterns = [flag for issue in line.issues.values() for flag in _patterns(issue, line)]
    deadlines = [each.complete for each in missed]
    return {(each.kind, each.subject): _severe(each, deadlines) for each in missed + patterns}


def _patterns(issue: Issue, line: Timeline) -> Iterator[Flag]:
    """Raised iff the open sequence has the pattern; settled iff only closed sequences have it.

    # reading: the pattern was complete at the step that first completed it in the last sequence that has it.
    """
    for kind, completed_by in (("ping_pong", _ping_pong), ("runaround", _runaround)):
        found = [each for each in issue.sequences if completed_by(each)]
        if found:
            last = found[-1]
            step = completed_by(last)
            assert step is not None
            state = SETTLED if last.closed else RAISED
            yield Flag(line.facts[0].customer, kind, issue.id, state, _evidence(found), step.fact.time)


def _ping_pong(sequence: DeskSequence) -> Step | None:
    """A B A B within one sequence: four steps that follow each other; the step that first completes it."""
    for place in range(3, len(sequence.steps)):
        one, two, three, four = sequence.desks[place - 3 : place + 1]
        if one == three and two == four:
            return sequence.steps[place]
    return None


def _runaround(sequence: DeskSequence) -> Step | None:
    """>= 3 distinct desks within one sequence; the step to the third."""
    for place, step in enumerate(sequence.steps):
        if len(set(sequence.desks[: place + 1])) >= 3:
            return step
    return None


def _evidence(sequences: Sequence[DeskSequence]) -> tuple[Key, ...]:
    """(source, id) of every step of every sequence that has the pattern, each event once, in order.

    # reading: the first desk of a sequence is a step of it (else: only the hand-offs are), an assertion that collapsed
    # into its neighbour is none.
    """
    return tuple(dict.fromkeys(step.fact.key for sequence in sequences for step in sequence.steps))


def _missed_promise(promise: Promise, line: Timeline) -> Iterator[Flag]:
    """Stands when the outcome is missed and it was announced for that due_by + grace, or made good after it."""
    told = life(promise)
    if promise.historic or told.outcome != "missed" or told.first is None:
        return
    deadline = told.first.deadline
    if told.made_good is not None or any(_announces(each, promise.id, deadline) for each in line.facts):
        state = RAISED if told.ended is None else SETTLED
        yield Flag(promise.made.customer, "missed_promise", promise.id, state, (promise.made.key,), deadline)


def _announces(each: Fact, promise_id: str, deadline: datetime) -> bool:
    """# reading: by any source; due_by + grace_s of its data decide, not its id."""
    if each.type != "promise.missed" or each.says("promise_id") != promise_id:
        return False
    return parse_time(each.says("due_by")) + timedelta(seconds=each.says("grace_s")) == deadline


def _severe(flag: Flag, deadlines: Sequence[datetime]) -> Flag:
    """1 + the standing missed_promise flags whose due_by + grace lies in the 365 days before the pattern was complete.

    # reading: raised and settled flags count; [complete - 365 days, complete), so that a missed promise, complete at
    # its own due_by + grace, does not count itself.
    """
    before = [each for each in deadlines if flag.complete - _YEAR <= each < flag.complete]
    return Flag(**{**vars(flag), "severity": 1 + len(before)})


def trail(log: Sequence[Event]) -> list[Transition]:
    """The transitions that reading the log event by event publishes; those of one event by (kind, subject).

    # reading: settled to raised again (a new sequence, or the resolution was retracted) is raised, not withdrawn.
    """
    published: list[Transition] = []
    prefix: dict[str, list[Event]] = {}
    standing: dict[str, dict[Subject, Flag]] = {}
    for index, event in enumerate(log):
        customer = event["subject"]
        prefix.setdefault(customer, []).append(event)
        before, after = standing.get(customer, {}), flags(accept(prefix[customer]).facts)
        standing[customer] = after
        for subject in sorted(before.keys() | after.keys()):
            published += _transitions(index, event, before.get(subject), after.get(subject))
    return published


def _transitions(index: int, event: Event, before: Flag | None, after: Flag | None) -> list[Transition]:
    flag = after or before
    assert flag is not None
    read = fact(event)
    return [
        Transition(index, name, flag, derive([flag.flag_id, name, read.source, read.id]))
        for name in _steps_between(before.state if before else None, after.state if after else None)
    ]


def _steps_between(before: str | None, after: str | None) -> tuple[str, ...]:
    if before == after:
        return ()
    if after is None:
        return (WITHDRAWN,)
    return (RAISED, SETTLED) if (before, after) == (None, SETTLED) else (after,)
