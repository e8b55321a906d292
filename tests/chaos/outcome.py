"""What a round found, as one line of JSON."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Outcome:
    """`row`: of docs/reliability.md. `sent`: events the driver sent; `stored`: records on the log of the round.

    lost: acknowledged, and not on the log or not on the timeline. extra: visible twice, or announced twice.
    wrong: differs from what the oracle makes of the log. misled: answers to look-ups that must never be given.
    unmet: what else the row promises and did not hold. trouble: why the round did not come to its end.
    not_run: why nothing was shown; then all else means nothing.
    """

    fault: str
    row: str
    seed: int
    world: str
    sent: int = 0
    stored: int = 0
    lost: int = 0
    extra: int = 0
    wrong: int = 0
    repeated: int = 0
    misled: int = 0
    recovery_s: float | None = None
    seconds: float = 0.0
    door: dict[str, int] = field(default_factory=dict)
    look_ups: dict[str, int] = field(default_factory=dict)
    facts: dict[str, float] = field(default_factory=dict)
    unmet: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    trouble: str = ""
    not_run: str = ""

    @property
    def failed(self) -> bool:
        return bool(self.lost or self.extra or self.wrong or self.misled or self.unmet or self.trouble)

    @property
    def shown(self) -> bool:
        return not self.failed and not self.not_run

    def line(self) -> str:
        return json.dumps(_short(asdict(self)), ensure_ascii=False)


def read(paths: Iterable[Path]) -> list[Outcome]:
    lines = [line for path in paths for line in path.read_text(encoding="utf-8").splitlines()]
    return [Outcome(**json.loads(line)) for line in lines]


def _short(fields: dict[str, Any]) -> dict[str, Any]:
    """Without what is empty; seconds to the hundredth."""
    kept = {name: value for name, value in fields.items() if value not in ("", [], {}, None)}
    return {name: round(value, 2) if isinstance(value, float) else value for name, value in kept.items()}
