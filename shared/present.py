"""The present moment, for where a service begins. What is within is told it."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    return datetime.now(UTC)
