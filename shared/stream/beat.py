"""What a worker writes about a partition every second, and what readers learn from it."""

from collections.abc import Mapping
from typing import NamedTuple, Self

from shared.stream.status import State


class Beat(NamedTuple):
    """How a partition does. Times are epoch seconds.

    next: the position. end: the log's end offset as last known; None before the first answer.
    as_of: the store holds whatever was in the log by then; None when nothing was read since the lease was taken.
    at: when this was written: long ago means that no worker serves the partition.
    horizon: the log's end when the present rebuild began; None: complete.
    """

    next: int
    end: int | None
    as_of: float | None
    at: float
    state: State
    reason: str
    horizon: int | None

    @property
    def rebuilding(self) -> bool:
        """Answers would be incomplete: say 503, never "no such customer"."""
        return self.horizon is not None and self.next < self.horizon

    @property
    def behind(self) -> int | None:
        return None if self.end is None else max(0, self.end - self.next)

    def fields(self) -> dict[str, str]:
        """As Projection.beat takes them; the position is stored already."""
        return {
            "end": _text(self.end),
            "as_of": _text(self.as_of),
            "at": _text(self.at),
            "state": self.state.value,
            "reason": self.reason,
            "horizon": _text(self.horizon),
        }

    @classmethod
    def read(cls, fields: Mapping[str, str]) -> Self | None:
        """From Projection.status. None: nothing is known of the partition, so treat it as rebuilding."""
        if not fields.keys() >= {"next", "at", "state"}:
            return None
        return cls(
            next=int(fields["next"]),
            end=_whole(fields.get("end", "")),
            as_of=_number(fields.get("as_of", "")),
            at=float(fields["at"]),
            state=State(fields["state"]),
            reason=fields.get("reason", ""),
            horizon=_whole(fields.get("horizon", "")),
        )


def _text(value: float | None) -> str:
    if value is None:
        return ""
    return str(value) if isinstance(value, int) else f"{value:.3f}"


def _whole(text: str) -> int | None:
    return int(text) if text else None


def _number(text: str) -> float | None:
    return float(text) if text else None
