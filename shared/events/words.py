"""The small words that the data of many event types are made of, each with its bounds.

Everything is bounded so that no rule can overflow: times 1970 to 2199, numbers up to 1e9, text by
length. Reading is strict: "5" is no number, 1 is no truth value, a time without offset is no time.
"""

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, GetPydanticSchema, PlainSerializer
from pydantic_core import PydanticCustomError, core_schema

EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(2199, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)
LARGEST: Final = 1_000_000_000
# Offsets and partitions outgrow LARGEST; beyond 2^53 - 1 JSON readers in other languages lose digits.
LARGEST_EXACT: Final = 2**53 - 1
LONGEST_GRACE_S: Final = 366 * 24 * 3600

# RFC 3339. The year is looked at after the offset has been applied. A leap second (:60) is refused.
# Digits are spelt out, because \d also means the digits of other scripts in some readers.
RFC3339: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-5][0-9](\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})$"
_RFC3339 = re.compile(RFC3339)


def _moment(value: str) -> datetime:
    """UTC moment of an RFC 3339 text; digits beyond the microsecond are dropped."""
    try:
        moment = datetime.fromisoformat(value.upper())
    except ValueError:
        raise PydanticCustomError("moment", "Input should be a date and time that exists") from None
    return _in_bounds(moment)


def _in_bounds(moment: datetime) -> datetime:
    """The moment in UTC. `datetime.UTC` itself, because comparing two times with one zone object is fastest."""
    if moment.tzinfo is not UTC:
        if moment.utcoffset() is None:
            raise PydanticCustomError("moment_zone", "Input should have an offset from UTC")
        try:
            moment = moment.astimezone(UTC)
        except OverflowError:
            raise PydanticCustomError("moment_range", "Input should lie between 1970 and 2199") from None
    if not EARLIEST <= moment <= LATEST:
        raise PydanticCustomError("moment_range", "Input should lie between 1970 and 2199")
    return moment


def _from_python(value: object) -> datetime:
    if isinstance(value, datetime):
        return _in_bounds(value)
    if isinstance(value, str) and _RFC3339.fullmatch(value):
        return _moment(value)
    raise PydanticCustomError("moment_type", "Input should be an aware datetime or RFC 3339 text with an offset")


def _moment_schema(_source: object, _handler: object) -> core_schema.CoreSchema:
    """The pattern runs in Rust and only then Python parses: together half the time of pydantic's own aware datetime
    plus a conversion, and stricter (pydantic also reads "1700000000" and times without seconds)."""
    text = core_schema.str_schema(pattern=RFC3339, strict=True, max_length=64)
    return core_schema.json_or_python_schema(
        json_schema=core_schema.no_info_after_validator_function(_moment, text),
        python_schema=core_schema.no_info_plain_validator_function(_from_python),
        serialization=core_schema.plain_serializer_function_ser_schema(
            rfc3339, return_schema=core_schema.str_schema(), when_used="json"
        ),
    )


def rfc3339(moment: datetime) -> str:
    """Shortest RFC 3339 writing of an aware moment: UTC, Z, and a fraction only where there is one."""
    return moment.astimezone(UTC).isoformat().removesuffix("+00:00") + "Z"


def _whole(value: object) -> object:
    """JSON knows one kind of number: 5.0 is the integer 5. (True is no float and stays refused.)"""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _short(value: float) -> int | float:
    return int(value) if value.is_integer() else value


_SHORT = PlainSerializer(_short, when_used="json")
_JSON_TIME: dict[str, Any] = {
    "type": "string",
    "format": "date-time",
    "pattern": RFC3339,
    "maxLength": 64,
    "description": "RFC 3339 with an offset, between 1970 and 2199 in UTC; digits beyond the microsecond are dropped.",
}

Moment = Annotated[
    datetime,
    GetPydanticSchema(_moment_schema, lambda _schema, _handler: dict(_JSON_TIME)),
]
Id = Annotated[str, Field(min_length=1, max_length=256)]
CustomerId = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._:-]+$")]
ShortText = Annotated[str, Field(max_length=1024)]
# What people wrote or said in their own words: not for every desk (shared.events.free_text).
OWN_WORDS: Final = "own words"
FreeText = Annotated[str, Field(max_length=16384), OWN_WORDS]
Count = Annotated[int, Field(ge=0, le=LARGEST), BeforeValidator(_whole)]
Days = Annotated[int, Field(ge=1, le=LARGEST), BeforeValidator(_whole)]
Whole = Annotated[int, Field(ge=-LARGEST, le=LARGEST), BeforeValidator(_whole)]
ExactCount = Annotated[int, Field(ge=0, le=LARGEST_EXACT), BeforeValidator(_whole)]
Seconds = Annotated[float, Field(ge=0, le=LARGEST, allow_inf_nan=False), _SHORT]
GraceSeconds = Annotated[float, Field(ge=0, le=LONGEST_GRACE_S, allow_inf_nan=False), _SHORT]
HourMinute = Annotated[str, Field(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$", max_length=5)]
ZoneName = Annotated[str, Field(pattern=r"^[A-Za-z0-9._+-]+(/[A-Za-z0-9._+-]+)*$", max_length=64)]

Channel = Literal["phone", "chat", "bot", "mail", "store", "web", "visit"]
Phase = Literal["menu", "queue", "ringing", "talk", "hold", "transfer"]
Decider = Literal["customer", "staff", "system"]


class Words(BaseModel):
    """What every piece of data has in common: frozen, strict, and unknown fields are ignored."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore", validate_by_name=True, validate_by_alias=True)


class Owner(Words):
    """Who stands in for something: always a desk, sometimes a person there."""

    desk: Id
    agent: Id | None = None


class Reference(Words):
    """An event of a customer, named by its identity."""

    source: Id
    id: Id
