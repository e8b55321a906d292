"""The same events once more, as new ones (`publish --fresh`): every id that an event gives or refers to gets a suffix.

Customers keep their id: it happens to the same person again.
"""

from collections.abc import Mapping
from typing import Any

_ENVELOPE = ("id", "corrects")
_DATA = ("contact_id", "issue_id", "promise_id", "followup_id", "retracts")


def renamed(event: Mapping[str, Any], suffix: str) -> dict[str, Any]:
    changed = _suffixed(event, _ENVELOPE, suffix)
    if isinstance(data := event.get("data"), dict):
        changed["data"] = _suffixed(data, _DATA, suffix)
    return changed


def _suffixed(fields: Mapping[str, Any], names: tuple[str, ...], suffix: str) -> dict[str, Any]:
    return {
        name: f"{value}{suffix}" if name in names and isinstance(value, str) else value
        for name, value in fields.items()
    }
