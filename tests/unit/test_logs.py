"""What a log line looks like, whatever it tells."""

import json
import logging
from collections.abc import Iterator
from contextlib import redirect_stderr
from io import StringIO
from typing import Any

import pytest
import structlog

from shared.logs import configure_logs


@pytest.fixture
def lines() -> Iterator[StringIO]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    with redirect_stderr(StringIO()) as written_to:
        configure_logs()
    yield written_to
    root.handlers[:] = handlers
    root.setLevel(level)


class Anything:
    def __repr__(self) -> str:
        return "<anything>"


@pytest.mark.parametrize(
    ("told", "read"),
    [
        ("plain", "plain"),
        (200, 200),
        (["a", None, 1.5], ["a", None, 1.5]),
        ("折り返し", "折り返し"),
        ("half a \ud83d", "half a \ud83d"),
        (2**70, 2**70),
        (Anything(), "<anything>"),
    ],
)
def test_a_line_is_one_json_object_in_ascii(lines: StringIO, told: Any, read: Any) -> None:
    structlog.get_logger().info("told", told=told)
    [line] = lines.getvalue().splitlines()
    assert line.isascii()
    found = json.loads(line)
    assert (found["event"], found["told"], found["level"]) == ("told", read, "info")
