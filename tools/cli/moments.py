"""Times as people read them (always UTC, and said so), and times as people write them."""

from datetime import UTC, datetime, timedelta

from tools.cli.errors import BadInput


def read_time(text: str) -> datetime:
    """ISO 8601; without an offset it is UTC. Raises BadInput."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput(f"{text!r} is no time; write it like 2016-01-12T22:22:40Z (UTC without an offset)") from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def moment(text: object) -> str:
    """2026-03-02 01:13 of RFC 3339; what is none is shown as it is."""
    try:
        return datetime.fromisoformat(str(text)).astimezone(UTC).strftime("%Y-%m-%d %H:%M")
    except (ValueError, OverflowError):
        return str(text)


def ago(text: object, now: datetime) -> str:
    """ "3 h ago", "in 20 s"."""
    try:
        distance = now - datetime.fromisoformat(str(text)).astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        return ""
    if distance < timedelta(0):
        return f"in {duration(-distance.total_seconds())}"
    return f"{duration(distance.total_seconds())} ago" if distance >= timedelta(seconds=1) else "now"


def duration(seconds: object) -> str:
    """The largest unit that says it: 40 s, 15 min, 26 h, 12 days."""
    try:
        count = float(str(seconds))
    except ValueError:
        return str(seconds)
    for size, unit, most in ((1, "s", 120), (60, "min", 120), (3600, "h", 48)):
        if count < size * most:
            return f"{count / size:.0f} {unit}"
    return f"{count / 86_400:.0f} days"
