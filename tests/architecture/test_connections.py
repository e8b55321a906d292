"""Whatever connects to Kafka or Redis hands on how they let us in: one that forgets it works on a laptop only."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NEEDED = {"KafkaLog": "security", "WorkerApp": "security", "RedisProjection": "ca"}


def connecting() -> Iterator[tuple[str, str, set[str | None]]]:
    """Where, what is made, and with which keywords."""
    for folder in ("shared", "services", "tools/cli"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in NEEDED:
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", node.func.id, {one.arg for one in node.keywords}


def test_every_client_is_told_how_it_is_let_in() -> None:
    found = list(connecting())
    assert len(found) >= 10
    assert [where for where, made, given in found if NEEDED[made] not in given] == []
