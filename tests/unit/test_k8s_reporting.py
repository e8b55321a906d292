"""What a check says, and when it passes."""

from collections.abc import Sequence

import pytest

from tools.kubernetes import __main__ as program
from tools.kubernetes.case import Case, Findings
from tools.kubernetes.checking import EXPECTED, Outcome, run_step
from tools.kubernetes.errors import NotRun, ToolFailed
from tools.kubernetes.reporting import count, lines, table, verdict

SCHEMA = [one for one in EXPECTED if one.step == "schema"]
ALL_STOPPED = {one.name: [f"it says {one.because}"] for one in SCHEMA}


def an_outcome(
    *, wrong: Findings | None = None, stopped: Findings | None = None, not_run: str | None = None
) -> Outcome:
    return Outcome("schema", wrong or {}, ALL_STOPPED if stopped is None else stopped, not_run, 1.0)


def test_all_stopped_and_nothing_wrong_passes() -> None:
    assert verdict([an_outcome()]) == (True, ())
    assert list(lines(an_outcome())) == [
        "schema       accepts what is meant, stops 3 of 3 mutations of its own   1.0 s"
    ]


def test_a_mutation_that_is_let_through_fails_the_check() -> None:
    first, *rest = SCHEMA
    outcome = an_outcome(stopped={one.name: ALL_STOPPED[one.name] for one in rest})
    assert not verdict([outcome]).passed
    assert [row for row in table([outcome]) if "MISSED" in row and first.name in row]


def test_a_mutation_that_is_stopped_for_another_reason_fails_the_check() -> None:
    outcome = an_outcome(stopped={**ALL_STOPPED, SCHEMA[0].name: ["it is Friday"]})
    assert not verdict([outcome]).passed


def test_what_is_meant_must_be_accepted() -> None:
    outcome = an_outcome(wrong={"production": ["no"]})
    assert not verdict([outcome]).passed
    assert "  production: no" in list(lines(outcome))


def test_a_step_that_was_not_run_says_why_and_is_no_success_of_its_own() -> None:
    outcome = an_outcome(not_run="install etcd-server", stopped={})
    assert verdict([outcome]) == (True, ("schema",))
    assert list(lines(outcome)) == ["schema       not run: install etcd-server"]
    assert list(table([outcome])) == []


def test_what_ran_is_counted() -> None:
    not_run = an_outcome(not_run="install etcd-server", stopped={})._replace(step="API server")
    assert count([an_outcome(), not_run]) == "1 of 2 steps ran, what is meant is accepted, 3 of 3 mutations stopped"
    bad = an_outcome(wrong={"production": ["no"]}, stopped={})
    assert count([bad]) == "1 of 1 steps ran, production refused, 0 of 3 mutations stopped"


class Raising:
    name = "schema"

    def __init__(self, error: Exception) -> None:
        self._error = error

    def __call__(self, _cases: Sequence[Case]) -> Findings:
        raise self._error


def test_a_missing_tool_is_told_from_a_broken_one() -> None:
    assert run_step(Raising(NotRun("install it")), [], []).not_run == "install it"
    broken = run_step(Raising(ToolFailed("out of memory")), [], [])
    assert (broken.not_run, broken.wrong) == (None, {"(the step itself)": ["out of memory"]})


@pytest.mark.parametrize(("ci", "allowed", "code"), [("true", False, 1), ("true", True, 0), ("", False, 0)])
def test_in_ci_a_step_that_was_not_run_fails_unless_it_is_allowed(
    ci: str, allowed: bool, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CI", ci)
    assert program.conclude([an_outcome(not_run="no Go", stopped={})], allow_not_run=allowed, quiet=True) == code
    assert "not run: schema" in capsys.readouterr().out
