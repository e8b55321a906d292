"""The CloudEvents 1.0 attributes that every event carries around its data."""

from typing import Annotated, Any, Literal

from pydantic import Field

from shared.events.words import CustomerId, Id, Moment, ShortText, Words

VERSION = 1

# JSON under any of its names (application/json, application/problem+json; charset=utf-8), in any case.
MediaType = Annotated[str, Field(pattern=r"^[A-Za-z]+/([A-Za-z0-9.+_-]+\+)?[jJ][sS][oO][nN]( *;.*)?$", max_length=256)]


def schema_urn(event_type: str, version: int = VERSION) -> str:
    """Name of the JSON Schema of a type: its `$id`, and the `dataschema` of the events."""
    return f"urn:ashiato:schema:{event_type}:v{version}"


def _own_schema(validated: dict[str, Any]) -> str | None:
    return schema_urn(validated["type"]) if "type" in validated else None


class Envelope(Words):
    """The attributes. `subject` is the customer id, `time` is when it happened (UTC).

    The attributes with a default are those that CloudEvents or our contract give one when absent, but `specversion`
    and `type` must be there on the wire (`shared.event_log.wire`).
    """

    specversion: Literal["1.0"] = "1.0"
    id: Id
    source: Id
    type: str
    subject: CustomerId
    time: Moment
    datacontenttype: MediaType = "application/json"
    dataschema: ShortText | None = Field(default_factory=_own_schema)
    traceparent: ShortText | None = None
    corrects: Id | None = None
    data: Any

    @property
    def customer_id(self) -> str:
        return self.subject


class UnknownEvent(Envelope):
    """An event of a type that this version does not know: it goes on the timeline and changes no rule."""

    type: Id
    datacontenttype: ShortText = "application/json"
    dataschema: ShortText | None = None
    data: Any = None
