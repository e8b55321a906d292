"""Which fields hold what people wrote or said in their own words, told by the models: every field of type FreeText.

Who may see an event, but not the words in it, sees `without_free_text`.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any, Final, NamedTuple, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from shared.events import BY_TYPE, Envelope, UnknownEvent
from shared.events.words import OWN_WORDS

_DATA: Final = "data"


class Withheld(NamedTuple):
    """text: structured mode JSON of what is left. fields: names of what is not; "data" for all of it."""

    text: bytes
    fields: list[str]


def without_free_text(event: Envelope) -> Withheld:
    """What a model does not know may be anything, so it is left out as well; of an unknown type all data is."""
    if isinstance(event, UnknownEvent):
        return Withheld(_dumped(event, {_DATA}), [_DATA])
    fields = _fields_of(event.type)
    present = [name for name in fields if getattr(event.data, name) is not None]
    return Withheld(_dumped(event, {_DATA: set(fields)}), present)


def has_only_short_words(event: Mapping[str, Any]) -> bool:
    """Of an event as JSON: nothing in it is free text, and nothing is unknown to its model. False where that takes a
    closer look."""
    known, data = _SHORT.get(event.get("type", "")), event.get(_DATA)
    if known is None or not isinstance(data, dict) or not _ATTRIBUTES.issuperset(event):
        return False
    return known.issuperset(data) and not any(isinstance(value, dict | list) for value in data.values())


def free_text_fields(data: type[BaseModel]) -> tuple[str, ...]:
    """Names of the fields of free text. Raises TypeError for one inside another model, which nobody has needed yet."""
    for name, field in data.model_fields.items():
        if any(free_text_fields(inner) for inner in _models(field.annotation)):
            raise TypeError(f"{data.__qualname__}.{name} has free text inside")
    return tuple(name for name, field in data.model_fields.items() if _is_free_text(field))


@cache
def _fields_of(event_type: str) -> tuple[str, ...]:
    [data] = _models(BY_TYPE[event_type].model_fields[_DATA].annotation)
    return free_text_fields(data)


def _is_free_text(field: FieldInfo) -> bool:
    return OWN_WORDS in field.metadata or _marked(field.annotation)


def _marked(annotation: Any) -> bool:
    """FreeText | None keeps its mark below the union."""
    metadata = getattr(annotation, "__metadata__", ())
    return OWN_WORDS in metadata or any(_marked(one) for one in get_args(annotation))


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for one in get_args(annotation) for model in _models(one)]


# By type: what its data can have that is no free text.
_SHORT: Final = {
    name: frozenset(_models(model.model_fields[_DATA].annotation)[0].model_fields).difference(_fields_of(name))
    for name, model in BY_TYPE.items()
}
_ATTRIBUTES: Final = frozenset(Envelope.model_fields)


def _dumped(event: Envelope, exclude: Any) -> bytes:
    return event.model_dump_json(exclude=exclude, exclude_none=True, by_alias=True).encode()
