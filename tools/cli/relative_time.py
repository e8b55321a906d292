"""Events with times relative to now, so that a story can be told at any time (`publish --relative`).

Written as `now`, `now-26h`, `now+20s`, `now-1d2h30m`: units d, h, m, s, ms. Read in `time` and in the moments that data
may have; nowhere else, so that a text which happens to say "now" stays a text.
"""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from shared.events import rfc3339

MOMENTS = frozenset({"time", "due_from", "due_by", "at", "valid_until", "from", "to", "detected_at"})

_UNITS = {"d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1_000, "ms": 1}
_RELATIVE = re.compile(r"now(?:([+-])((?:\d{1,9}(?:ms|d|h|m|s))+))?")
_PART = re.compile(r"(\d+)(ms|d|h|m|s)")


def is_relative(text: object) -> bool:
    return isinstance(text, str) and _RELATIVE.fullmatch(text) is not None


def resolved(event: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """The same event with its relative moments as RFC 3339. Raises OverflowError for one that is no date."""
    return {name: _resolve(name, value, now) for name, value in event.items()}


def _resolve(name: str, value: Any, now: datetime) -> Any:
    if isinstance(value, dict):
        return {inner: _resolve(inner, one, now) for inner, one in value.items()}
    if isinstance(value, list):
        return [_resolve(name, one, now) if isinstance(one, dict) else one for one in value]
    found = _RELATIVE.fullmatch(value) if name in MOMENTS and isinstance(value, str) else None
    return value if found is None else rfc3339(now + _distance(found))


def _distance(found: re.Match[str]) -> timedelta:
    sign, parts = found.groups()
    milliseconds = sum(int(count) * _UNITS[unit] for count, unit in _PART.findall(parts or ""))
    return timedelta(milliseconds=-milliseconds if sign == "-" else milliseconds)
