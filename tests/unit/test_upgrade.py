"""The old release of `make check-upgrade`: taken from history, and changed where it should be."""

import subprocess
from pathlib import Path

import pytest

from tests.e2e.release import ROOT
from tests.upgrade import __main__ as program
from tests.upgrade.released import ANOTHER_VERSION, RELEASED, WITHOUT_A_WORD, NotThere, released

NOWHERE = "0" * 40


def has_history() -> bool:
    asked = ["git", "cat-file", "-e", f"{RELEASED}^{{commit}}"]
    return subprocess.run(asked, cwd=ROOT, capture_output=True, check=False).returncode == 0  # noqa: S603


@pytest.mark.skipif(not has_history(), reason="a shallow clone")
def test_the_release_is_what_was_committed(tmp_path: Path) -> None:
    name = "services/journey/store.py"
    found = released(RELEASED, folder=tmp_path)
    asked = ["git", "show", f"{RELEASED}:{name}"]
    committed = subprocess.run(asked, cwd=ROOT, capture_output=True, check=True).stdout  # noqa: S603
    assert (found.root / name).read_bytes() == committed
    assert Path(found.python).exists()


@pytest.mark.skipif(not has_history(), reason="a shallow clone")
def test_changes_change_just_the_lines_that_they_name(tmp_path: Path) -> None:
    plain = released(RELEASED, folder=tmp_path)
    for number, changes in enumerate((ANOTHER_VERSION, WITHOUT_A_WORD)):
        changed = released(RELEASED, f"changed-{number}", changes, tmp_path)
        for name in {one.file for one in changes}:
            before, after = ((each.root / name).read_text("utf-8").splitlines() for each in (plain, changed))
            differing = {new for old, new in zip(before, after, strict=True) if old != new}
            assert differing == {one.instead for one in changes if one.file == name}


def test_a_commit_that_is_not_there_is_said_and_fails_only_where_all_must_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(NotThere, match="shallow"):
        released(NOWHERE)
    for ci, options, code in (("", [], 0), ("true", [], 1), ("true", ["--allow-not-run"], 0)):
        monkeypatch.setenv("CI", ci)
        assert program.main(["--released", NOWHERE, *options]) == code
        assert capsys.readouterr().out.startswith(f"not run: commit {NOWHERE}")
