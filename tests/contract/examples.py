"""The hand-written examples, and ways to spoil them. The documentation shows the same files."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(__file__).resolve().parents[2] / "shared" / "examples"
SCHEMAS: Final = FOLDER.parent / "schemas"

Json = Any
Place = tuple[str | int, ...]

BYTES: Final = {path.name.removesuffix(".v1.json"): path.read_bytes() for path in sorted(FOLDER.glob("*.v1.json"))}
TYPES: Final = tuple(BYTES)

# One of each kind that JSON knows, at and around the bounds of the contract.
WRONG_VALUES: Final[tuple[Json, ...]] = (
    None, True, False, 0, 1, 5.0, 1.5, -1, 10**9, 10**9 + 1, 2**53, 1e300, "", "5", "word", "a b", "é",
    "x" * 64, "x" * 65, "x" * 256, "x" * 257, "x" * 1025, "x" * 16385,
    "2026-03-02T09:00:00Z", "2026-03-02T09:00:00.1234567+09:00",
    "2026-03-02t09:00:00z", "2026-03-02T09:00:00", "2026-03-02 09:00:00Z", "2026-03-02T09:00Z", "2026-02-30T09:00:00Z",
    "2026-03-02T09:00:60Z", "2026-03-02T09:00:00+25:00", "09:30", "24:00", "Asia/Tokyo", "No/Such_Zone", [], [None],
    ["phone"], [{}], {}, {"desk": "a"}, {"agent": "a"}, {"source": "s", "id": "i"},
)  # fmt: skip


def example(event_type: str) -> dict[str, Json]:
    loaded: dict[str, Json] = json.loads(BYTES[event_type])
    return loaded


def places(node: Json, here: Place = ()) -> Iterator[Place]:
    """Every place below the node, the node's own excluded."""
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, item in items:
        yield (*here, key)
        yield from places(item, (*here, key))


def put(event: Json, place: Place, value: Json) -> Json:
    """A copy with another value there."""
    spoilt = copy.deepcopy(event)
    node = spoilt
    for key in place[:-1]:
        node = node[key]
    node[place[-1]] = value
    return spoilt


def dropped(event: Json, place: Place) -> Json:
    """A copy without what is there."""
    spoilt = copy.deepcopy(event)
    node = spoilt
    for key in place[:-1]:
        node = node[key]
    del node[place[-1]]
    return spoilt


def written(value: Json) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()
