"""What is published is what the models say."""

from pathlib import Path

import pytest

from tests.contract.examples import SCHEMAS
from tools.schemas.__main__ import drift, generated, main, write


def test_the_committed_files_are_those_the_models_generate() -> None:
    assert drift(SCHEMAS, generated()) == "", "run: python -m tools.schemas"


def test_drift_shows_what_was_changed_left_over_or_missing(tmp_path: Path) -> None:
    write(tmp_path, {"a.json": "1\n", "b.json": "2\n"})
    (tmp_path / "c.json").write_text("3\n")
    (tmp_path / "a.json").write_text("9\n")
    (tmp_path / "b.json").unlink()

    shown = drift(tmp_path, {"a.json": "1\n", "b.json": "2\n"})

    assert "-9\n+1\n" in shown
    assert "+2\n" in shown
    assert "-3\n" in shown


def test_writing_leaves_nothing_over(tmp_path: Path) -> None:
    (tmp_path / "old.v0.json").write_text("{}")

    write(tmp_path, {"new.v1.json": "{}"})

    assert [path.name for path in tmp_path.iterdir()] == ["new.v1.json"]


def test_check_answers_with_its_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check"]) == 0
    assert capsys.readouterr().out == ""
