"""Times as parameters: `as_of`."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Query

AsOf = Annotated[datetime | None, Query(description="By what had occurred until then; default: now. UTC.")]


def as_utc(moment: datetime) -> datetime:
    """A time without offset is read as UTC."""
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:  # within hours of the calendar's first or last moment, where no event lies
        return moment.replace(tzinfo=UTC)
