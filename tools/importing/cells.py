"""What a cell says: a time, a customer id, an order, or nothing."""

import math
import re
from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from shared.events import derive
from shared.events.words import EARLIEST, LATEST
from tools.importing.errors import BadRow
from tools.importing.mapping import Customer, Mapping

LONGEST_ID = 256
LONGEST_TEXT = 1024
_CUSTOMER_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_WHOLE = re.compile(r"[+-]?[0-9]{1,18}")
# Rows of an issue that share a time are a microsecond apart: leave room for them.
_LATEST_READ = LATEST - timedelta(days=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def said(text: str, none: Collection[str] = ()) -> str | None:
    """The text, or None where it says nothing."""
    return None if not text or text in none else text


def bounded(text: str, column: str, longest: int) -> str:
    """Raises BadRow for a text that is too long, or was no text."""
    if len(text) > longest:
        raise BadRow(f"{column} has {len(text)} characters; {longest} are allowed")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise BadRow(f"{column} is not in the mapping's encoding") from None
    return text


def time_reader(column: str, layout: str, zone: str) -> Callable[[str], datetime]:
    """Text to UTC; remembers what it has read, since exports repeat times. Raises BadRow."""
    local = UTC if zone == "UTC" else ZoneInfo(zone)

    @lru_cache(maxsize=10_000)
    def read(text: str) -> datetime:
        try:
            moment = datetime.fromisoformat(text) if layout == "iso" else datetime.strptime(text, layout)
            moment = (moment.replace(tzinfo=local) if moment.tzinfo is None else moment).astimezone(UTC)
        except (ValueError, OverflowError):
            raise BadRow(f"{column} is no time like {layout!r}: {text[:40]!r}") from None
        if not EARLIEST <= moment <= _LATEST_READ:
            raise BadRow(f"{column} lies outside 1970 to 2199: {text[:40]!r}")
        return moment

    return read


def microseconds(moment: datetime) -> int:
    """Since 1970, exact; a float would not be."""
    return (moment - _EPOCH) // _MICROSECOND


def at_microsecond(count: int) -> datetime:
    return _EPOCH + count * _MICROSECOND


def order_of(text: str) -> int | float | str:
    """A number where it is one, so that 10 comes after 9; numbers come before texts."""
    if _WHOLE.fullmatch(text):
        return int(text)
    try:
        number = float(text)
    except ValueError:
        return text
    return number if math.isfinite(number) else text


def customer_of(mapping: Mapping, text: str, issue: str) -> str:
    """The customer id a cell names. One that names nobody: a customer of its own for each issue."""
    if mapping.customer is None:
        return _fitting(issue, mapping.source)
    named = said(text, mapping.customer.none)
    if named is None:
        return _fitting(issue, mapping.source)
    return _fitting(_filled(mapping.customer, named), mapping.source)


def _filled(customer: Customer, text: str) -> str:
    joined = text if customer.blank_as is None else text.replace(" ", customer.blank_as)
    return customer.prefix + joined


def _fitting(text: str, source: str) -> str:
    """The text itself where it is a customer id, else one derived from it (always the same for the same text)."""
    return text if _CUSTOMER_ID.fullmatch(text) else derive(["customer", source, text])
