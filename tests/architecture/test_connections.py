"""Whatever connects to Kafka or Redis hands on how they let us in: one that forgets it works on a laptop only."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NEEDED = {"KafkaLog": "security", "WorkerApp": "security"}


def connecting() -> Iterator[tuple[str, str, set[str | None]]]:
    """Where, what is made, and with which keywords."""
    for folder in ("shared", "services", "tools/cli"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call):
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", ast.unparse(node.func), _keywords(node)


def _keywords(call: ast.Call) -> set[str | None]:
    return {one.arg for one in call.keywords}


def test_every_client_of_kafka_is_told_how_it_is_let_in() -> None:
    found = [(where, NEEDED[made], given) for where, made, given in connecting() if made in NEEDED]
    assert len(found) >= 7
    assert [where for where, needed, given in found if needed not in given] == []


def test_every_projection_is_made_from_all_of_its_settings() -> None:
    made = [name for _, name, _ in connecting()]
    assert made.count("RedisProjection.of") == 5
    assert "RedisProjection" not in made
