"""What a check says to a person, and whether it passed."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from tools.kubernetes.case import Findings
from tools.kubernetes.checking import EXPECTED, Expected, Outcome

_SHOWN = 160


class Verdict(NamedTuple):
    """passed says nothing of what was not run."""

    passed: bool
    not_run: tuple[str, ...]


def lines(outcome: Outcome) -> Iterator[str]:
    """About one step."""
    if outcome.not_run is not None:
        yield f"{outcome.step:<12} not run: {outcome.not_run}"
        return
    mine = [one for one in EXPECTED if one.step == outcome.step]
    stopped = sum(is_stopped(one, outcome.mutations) for one in mine)
    good = "FAILED" if outcome.wrong else "accepts what is meant"
    yield f"{outcome.step:<12} {good}, stops {stopped} of {len(mine)} mutations of its own   {outcome.seconds:.1f} s"
    for name, problems in outcome.wrong.items():
        yield from (f"  {name}: {problem}" for problem in problems)


def table(seen: Sequence[Outcome]) -> Iterator[str]:
    """Each mutation: who stopped it, and who else would have."""
    ran = {outcome.step: outcome for outcome in seen if outcome.not_run is None}
    for one in EXPECTED:
        if one.step in ran:
            yield _row(one, ran[one.step], [step for step, said in ran.items() if said.mutations.get(one.name)])


def verdict(seen: Sequence[Outcome]) -> Verdict:
    missed = [one for one in EXPECTED for outcome in seen if _missed(one, outcome)]
    wrong = any(outcome.wrong for outcome in seen)
    return Verdict(not missed and not wrong, tuple(outcome.step for outcome in seen if outcome.not_run is not None))


def count(seen: Sequence[Outcome]) -> str:
    """What was found, by the steps that ran."""
    ran = {outcome.step: outcome for outcome in seen if outcome.not_run is None}
    mine = [one for one in EXPECTED if one.step in ran]
    stopped = sum(is_stopped(one, ran[one.step].mutations) for one in mine)
    refused = sorted({name for outcome in ran.values() for name in outcome.wrong})
    good = f"{', '.join(refused)} refused" if refused else "what is meant is accepted"
    return f"{len(ran)} of {len(seen)} steps ran, {good}, {stopped} of {len(mine)} mutations stopped"


def is_stopped(one: Expected, said: Findings) -> bool:
    """For the reason that was expected, not for any."""
    return any(one.because in problem for problem in said.get(one.name, ()))


def _missed(one: Expected, outcome: Outcome) -> bool:
    return outcome.step == one.step and outcome.not_run is None and not is_stopped(one, outcome.mutations)


def _row(one: Expected, outcome: Outcome, stoppers: Iterable[str]) -> str:
    said = outcome.mutations.get(one.name, ())
    others = [step for step in stoppers if step != one.step]
    also = f" (also {', '.join(others)})" if others else ""
    if is_stopped(one, outcome.mutations):
        reason = next(problem for problem in said if one.because in problem)
        return f"  stopped  {one.name:<34} by {one.step}{also}: {' '.join(reason.split())[:_SHOWN]}"
    return f"  MISSED   {one.name:<34} by {one.step}{also}, which should say {one.because!r} and said {list(said)}"
