"""Figures that tests print at the end of the run: how many events, which faults, how long."""

import json
from typing import Any, Protocol

import pytest

_FIGURES = pytest.StashKey[list[str]]()


class Tell(Protocol):
    """`tell("imported again", repeated=10_000)`: one line of JSON."""

    def __call__(self, what: str, /, **figures: object) -> None: ...


@pytest.fixture
def tell(request: pytest.FixtureRequest) -> Tell:
    def note(what: str, /, **figures: object) -> None:
        line = json.dumps({"shown": what, **figures}, default=lambda value: round(value, 2))
        _lines(request.config).append(line)

    return note


def pytest_sessionfinish(session: pytest.Session) -> None:
    """One of several processes (pytest-xdist) hands its figures to the one that prints."""
    output: dict[str, object] | None = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["figures"] = _lines(session.config)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    _lines(node.config).extend(getattr(node, "workeroutput", {}).get("figures", []))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if lines := _lines(config):
        terminalreporter.section("figures of the whole system")
    for line in lines:
        terminalreporter.write_line(line)


def _lines(config: pytest.Config) -> list[str]:
    return config.stash.setdefault(_FIGURES, [])
