"""The command line as a whole: help, exit codes, one line on stderr, clean ends."""

import io
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from tests.unit.cli_world import Outside
from tools.cli.main import app, main
from tools.cli.moments import duration
from tools.cli.output import Output
from tools.cli.settings import CliSettings
from tools.cli.world import World

ROOT = Path(__file__).resolve().parents[2]


def commands(group: typer.Typer, *path: str) -> Iterator[tuple[str, ...]]:
    for command in group.registered_commands:
        yield (*path, str(command.name))
    for below in group.registered_groups:
        assert below.typer_instance is not None
        yield from commands(below.typer_instance, *path, str(below.name))


@pytest.mark.parametrize("command", list(commands(app)), ids=" ".join)
def test_every_command_has_help_with_an_example(command: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*command, "--help"], World(CliSettings(), Output())) == 0
    assert f"Example: ashiato {' '.join(command)}" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    "arguments",
    [
        ["publihs"],
        ["flags", "--bogus"],
        ["digest"],
        ["import", "incidents", "absent.csv", "--mapping", "absent.toml"],
        ["rebuild", "routing", "--yes"],
    ],
    ids=" ".join,
)
def test_wrong_use_is_one_line_and_code_two(arguments: list[str]) -> None:
    outside = Outside()

    assert outside.ashiato(*arguments) == 2
    assert outside.err.startswith("error: ")
    assert len(outside.err.splitlines()) == 1
    assert outside.out == ""


def test_without_a_command_it_shows_its_help() -> None:
    outside = Outside()

    assert outside.ashiato() == 2
    assert "Commands:" in outside.err


def test_a_service_that_is_away_is_code_one_and_says_what_to_set() -> None:
    outside = Outside()

    assert outside.ashiato("flags") == 1
    assert "ASHIATO_JOURNEY_URL" in outside.err


def test_kafka_that_is_away_is_code_one() -> None:
    outside = Outside()
    outside.log.unavailable = True

    assert outside.ashiato("dead-letters", "list") == 1
    assert "ASHIATO_KAFKA" in outside.err


def test_our_own_mistake_is_one_line_too() -> None:
    outside = Outside()

    def fail(_: object) -> None:
        raise ZeroDivisionError("division by zero")

    outside.answers["journey", "/flags"] = fail  # type: ignore[assignment]

    assert outside.ashiato("flags") == 1
    assert outside.err == "error: our mistake: ZeroDivisionError: division by zero (ASHIATO_DEBUG=1 shows where)\n"


def test_ctrl_c_is_clean() -> None:
    outside = Outside()

    def interrupted(_: object) -> None:
        raise KeyboardInterrupt

    outside.answers["journey", "/flags"] = interrupted  # type: ignore[assignment]

    assert outside.ashiato("flags") == 130
    assert outside.err == ""


def test_a_reader_that_has_read_enough_is_no_failure() -> None:
    class Closed(io.StringIO):
        def write(self, _: str) -> int:
            raise BrokenPipeError

    world = World(CliSettings(), Output(Closed(), io.StringIO()), stdin=io.BytesIO())

    assert main(["publish", "-"], world) == 0


def test_a_closed_pipe_of_a_real_process_is_clean(tmp_path: Path) -> None:
    rows = "".join(f"T-{number};02.03.2026 09:00;1;Hotline;open;A;tv\n" for number in range(2_000))
    (tmp_path / "large.csv").write_text("Ticket;Changed;Seq;Team;Status;Account;Product\n" + rows)
    mapping = ROOT / "samples" / "mappings" / "example-helpdesk.toml"
    command = f"{sys.executable} -m tools.cli.main import incidents large.csv --mapping {mapping} --dry-run"

    done = subprocess.run(  # noqa: S602  the shell's pipe is what is tested
        f"{command} | head -n 1; echo ${{PIPESTATUS[0]}}",
        shell=True,
        check=False,
        executable="/bin/bash",
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert done.stdout.splitlines()[-1] == "0"
    assert done.stderr == ""


def test_an_environment_that_cannot_be_read_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ASHIATO_JOURNEY_PORT", "many")

    assert main(["flags"]) == 2
    assert "ASHIATO_JOURNEY_PORT" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0, "0 s"), (119, "119 s"), (120, "2 min"), (7199, "120 min"), (7200, "2 h"), (172_800, "2 days"), ("odd", "odd")],
)
def test_durations_are_told_in_the_largest_fitting_unit(seconds: object, told: str) -> None:
    assert duration(seconds) == told
