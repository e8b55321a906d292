"""What rounds found: kept, added up and confessed."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.chaos import report
from tests.chaos.__main__ import main, turns
from tests.chaos.faults import FAULTS
from tests.chaos.outcome import Outcome, read
from tests.chaos.table import row

MACHINE = {
    "date": "2026-11-26",
    "commit": "abc",
    "changed_since": False,
    "cores": 2,
    "cpu": "a cpu",
    "memory_gib": 8,
    "system": "Linux",
    "load_before": 1.0,
}


def a_round(seed: int = 1, **found: Any) -> Outcome:
    fault = FAULTS["redis-flushed"]
    return Outcome(fault.name, fault.row, seed, fault.world, sent=200, **found)


def test_a_line_of_a_round_can_be_read_again(tmp_path: Path) -> None:
    rounds = [a_round(recovery_s=1.25, lost=2), a_round(not_run="no redis-server")]
    file = tmp_path / "rounds.jsonl"
    file.write_text("".join(one.line() + "\n" for one in rounds))
    assert read([file]) == rounds


@pytest.mark.parametrize("found", [{"lost": 1}, {"extra": 1}, {"wrong": 1}, {"misled": 1}, {"trouble": "no end"}])
def test_anything_lost_extra_wrong_or_unfinished_is_a_failure(found: dict[str, Any]) -> None:
    assert a_round(**found).failed
    assert not a_round().failed


def test_what_was_not_run_is_neither_shown_nor_failed() -> None:
    outcome = a_round(not_run="no redis-server here")
    assert (outcome.shown, outcome.failed) == (False, False)
    assert row([outcome])[-1] == "not run: no redis-server here"


def test_rounds_add_up() -> None:
    rounds = [a_round(seed=n, recovery_s=float(n), wrong=n // 3) for n in (1, 2, 3)]
    assert row(rounds) == ("redis-flushed", "3", "600", "0", "0", "1", "2.0", "3.0", "1 failed")


def test_the_page_confesses_a_failure_with_the_command_that_plays_it_again() -> None:
    said = report.summary([report.Run(MACHINE, [a_round(), a_round(seed=9, unmet=["a promise did not hold"])])])
    assert "2 faults, 400 events sent: lost 0, extra 0, wrong 0" in said
    assert "`make chaos ONLY=redis-flushed SEED=9`: a promise did not hold" in said


def test_each_run_says_what_it_ran_on_and_all_add_up() -> None:
    runs = [report.Run(MACHINE, [a_round(recovery_s=1.0)]), report.Run({**MACHINE, "commit": "def"}, [a_round()])]
    said = report.summary(runs)
    assert "2 faults, 400 events sent" in said
    assert said.count("\n- ") == 2
    assert "commit abc: 1 faults" in said
    assert "commit def: 1 faults" in said
    assert "| 2 | 400 |" in report.matrix(runs)


def test_every_fault_has_its_line_run_or_not() -> None:
    page = report.matrix([report.Run(MACHINE, [a_round()])])
    assert all(f"| `{name}` |" in page for name in FAULTS)
    assert all(fault.how for fault in FAULTS.values())
    assert page.count("not run") == len(FAULTS) - 1


def test_kept_results_are_json_without_what_can_be_looked_up() -> None:
    run = report.Run(MACHINE, [a_round(door={"202": 9}, notes=["a customer's id"])])
    [kept] = json.loads(report.kept([run]))["runs"]
    assert kept["rounds"] == [{"fault": "redis-flushed", "seed": 1, "world": "plain", "sent": 200}]


def test_the_page_is_what_the_kept_results_say() -> None:
    assert report.main(["--check"]) == 0


def test_a_round_is_played_again_by_its_own_seed() -> None:
    whole = turns(["kill-journey-api", "redis-full-redis", "redis-full"], 2, 5)
    assert [(one.fault.name, one.seed) for one in whole] == [
        ("kill-journey-api", 5),
        ("redis-full", 5),
        ("kill-journey-api", 6),
        ("redis-full", 6),
        ("redis-full-redis", 5),
        ("redis-full-redis", 6),
    ]
    assert turns(["redis-full"], 1, 6)[0] in whole


def test_a_fault_that_is_named_twice_is_played_once() -> None:
    assert len(turns(["redis-full", "redis-full"], 1, 5)) == 1


def test_an_unknown_fault_is_one_line_and_exit_code_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--only", "meteorite"]) == 2
    assert capsys.readouterr().err == "error: there is no fault meteorite: --list names them all\n"
