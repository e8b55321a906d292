"""Which column means what: a small TOML file, so that another company's export needs no code (docs/importing.md)."""

import tomllib
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from tools.importing.errors import BadMapping

Kind = Literal["incidents", "requests"]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]*$", max_length=64)]
ColumnName = Annotated[str, Field(min_length=1)]
# What a customer id may be made of, so that a prefix or a filler cannot spoil it.
IdPart = Annotated[str, Field(pattern=r"^[A-Za-z0-9._:-]*$", max_length=32)]


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (OSError, ValueError, LookupError):
        raise ValueError(f"{name!r} is no time zone; write it like UTC or Europe/Berlin") from None
    return name


ZoneName = Annotated[str, AfterValidator(_zone)]


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)


class Issue(Section):
    """The issue (or request) that a row is about."""

    column: ColumnName
    prefix: IdPart = ""


class Customer(Section):
    """Whose issue it is. `none`: values that name nobody. `blank_as`: what spaces become ("Ann Lee" -> "Ann-Lee").

    A value that is no customer id even then gets an id derived from it.
    """

    column: ColumnName
    none: tuple[str, ...] = ()
    blank_as: IdPart | None = None
    prefix: IdPart = ""


class Desk(Section):
    """The team that has it. `otherwise`: the desk of rows that name none (requests need one)."""

    column: ColumnName
    none: tuple[str, ...] = ()
    otherwise: str | None = None


class Time(Section):
    """`format` as Python's strptime has it, or "iso" for ISO 8601. `zone`: of times without an offset."""

    column: ColumnName
    format: str
    zone: ZoneName = "UTC"


class LaterTime(Section):
    """As Time; format and zone are those of [time] unless given. `none`: values that say that there is no time."""

    column: ColumnName
    format: str | None = None
    zone: ZoneName | None = None
    none: tuple[str, ...] = ()


class State(Section):
    """Values that mean that the issue is resolved, or was reopened."""

    column: ColumnName
    resolved: tuple[str, ...] = ()
    reopened: tuple[str, ...] = ()


class Promise(Section):
    """How a request's target reads as a promise. `wording`: a column that says what was promised."""

    kind: Literal["callback", "reply", "repair", "visit", "other"] = "repair"
    channel: str = "other"
    wording: ColumnName | None = None


class Mapping(Section):
    """`order`: columns that order the rows of one issue; rows equal in them keep the order of the file."""

    name: Name
    kind: Kind
    encoding: str = "utf-8"
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    order: tuple[ColumnName, ...] = ()
    topic: ColumnName | None = None
    product: ColumnName | None = None
    issue: Issue
    customer: Customer | None = None
    desk: Desk | None = None
    time: Time
    state: State | None = None
    due: LaterTime | None = None
    closed: LaterTime | None = None
    promise: Promise = Promise()

    @property
    def source(self) -> str:
        """The events' source: one mapping is one system that speaks."""
        return f"urn:import:{self.name}"

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that the mapping reads, each once."""
        sections = (self.issue, self.customer, self.desk, self.time, self.state, self.due, self.closed)
        named = [section.column for section in sections if section is not None]
        others = (self.topic, self.product, self.promise.wording)
        return tuple(dict.fromkeys([*named, *self.order, *(one for one in others if one)]))

    @model_validator(mode="after")
    def _fits_its_kind(self) -> "Mapping":
        if self.kind == "requests" and self.due is None:
            raise ValueError("a mapping of requests needs [due]: the time by which it was promised")
        if self.kind == "requests" and self.desk is None:
            raise ValueError("a mapping of requests needs [desk]: who stands in for the promise")
        if self.kind == "requests" and (self.state or self.order or self.topic or self.product):
            raise ValueError("state, order, topic and product belong to a mapping of incidents")
        if self.kind == "incidents" and self.desk is None and self.state is None:
            raise ValueError("a mapping of incidents needs [desk] or [state], else no row says anything")
        if self.kind == "incidents" and (self.due or self.closed):
            raise ValueError("due and closed belong to a mapping of requests; import the file a second time with one")
        return self


def read_mapping(path: Path, kind: Kind) -> Mapping:
    """Raises BadMapping with one line that says what to mend."""
    try:
        text = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise BadMapping(f"cannot read the mapping {path}: {error.strerror or error}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadMapping(f"{path} is no TOML: {error}") from None
    try:
        mapping = Mapping.model_validate(text)
    except ValidationError as error:
        raise BadMapping(f"{path}: {'; '.join(_told(error))}") from None
    if mapping.kind != kind:
        raise BadMapping(f"{path} is a mapping of {mapping.kind}: run `ashiato import {mapping.kind}` with it")
    return mapping


def check_columns(mapping: Mapping, header: Sequence[str]) -> None:
    """Raises BadMapping when a column is missing (and names the nearest) or ambiguous."""
    for column in mapping.columns:
        if column not in header:
            raise BadMapping(f"the file has no column {column!r}{_nearest(column, header)}")
        if header.count(column) > 1:
            raise BadMapping(f"the file has {header.count(column)} columns {column!r}: rename those that are not meant")


def _nearest(name: str, names: Sequence[str]) -> str:
    by_lower = {one.strip().lower(): one for one in names}
    near = get_close_matches(name.strip().lower(), by_lower, n=1, cutoff=0.5)
    if near:
        return f"; did you mean {by_lower[near[0]]!r}?"
    return f"; it has {', '.join(map(repr, names[:40]))}"


def _told(error: ValidationError) -> Iterator[str]:
    for detail in error.errors(include_url=False, include_input=False)[:5]:
        yield _one(detail)


def _one(detail: ErrorDetails) -> str:
    where = ".".join(str(part) for part in detail["loc"])
    if detail["type"] == "extra_forbidden":
        return f"unknown key {where!r}{_nearest(str(detail['loc'][-1]), _keys(detail['loc'][:-1]))}"
    if detail["type"] == "missing":
        return f"{where!r} is missing"
    message = detail["msg"].removeprefix("Value error, ")
    return f"{where!r}: {message}" if where else message


def _keys(section: tuple[int | str, ...]) -> list[str]:
    """The keys that a section may have."""
    model: Any = Mapping
    for part in section:
        annotation = model.model_fields[str(part)].annotation
        choices = [annotation, *getattr(annotation, "__args__", ())]
        model = next(one for one in choices if isinstance(one, type) and issubclass(one, Section))
    return list(model.model_fields)
