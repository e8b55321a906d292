"""The house stays small: no function over 40 lines, no file over 300; the domain loads without any server's library."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted(
    path for folder in ("shared", "services", "tools", "tests", "benchmarks") for path in (ROOT / folder).rglob("*.py")
)
LONGEST_FILE = 300
LONGEST_FUNCTION = 40
PURE = ("shared.events", "shared.timeline", "shared.promises", "services.journey.domain", "services.followup.domain")
IMPURE = ("aiokafka", "faust", "fastapi", "redis", "structlog", "uvicorn", "prometheus_client", "opentelemetry")


def test_there_are_sources_to_look_at() -> None:
    assert len(SOURCES) > 100


def test_no_file_is_over_300_lines() -> None:
    assert [f"{_name(path)}: {lines}" for path in SOURCES if (lines := _length(path)) > LONGEST_FILE] == []


def test_no_function_is_over_40_lines() -> None:
    assert [line for path in SOURCES for line in _long_functions(path)] == []


@pytest.mark.parametrize("package", PURE)
def test_the_pure_core_loads_nothing_that_talks_to_the_world(package: str) -> None:
    modules = [_module(path) for path in SOURCES if _module(path).startswith(package)]
    program = f"import sys, {', '.join(modules)}; print([name for name in {IMPURE!r} if name in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603
    assert modules
    assert loaded.stdout.strip() == "[]"


def _long_functions(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > LONGEST_FUNCTION:
                yield f"{_name(path)}:{node.lineno} {node.name}: {lines}"


def _length(path: Path) -> int:
    return len(path.read_text().splitlines())


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _module(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
