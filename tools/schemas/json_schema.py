"""One JSON Schema (2020-12) per event type and version, made from the models.

Everything is written in place, without $defs: such a file is also a valid draft-07 schema, which is what AsyncAPI and
many code generators read.
"""

from typing import Any, Final

from shared.events import BY_TYPE, VERSION, Envelope, schema_urn

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

Schema = dict[str, Any]


def file_name(event_type: str) -> str:
    return f"{event_type}.v{VERSION}.json"


def schemas() -> dict[str, Schema]:
    """Schema by event type, in the order of the models."""
    return {event_type: schema_of(kind) for event_type, kind in BY_TYPE.items()}


def schema_of(kind: type[Envelope]) -> Schema:
    """Schema of the whole structured event: envelope and data."""
    event_type = kind.model_fields["type"].default
    generated = kind.model_json_schema(by_alias=True, mode="validation")
    plain: Schema = _in_place(generated, generated.pop("$defs", {}))
    properties = plain["properties"]
    properties["dataschema"]["default"] = schema_urn(event_type)
    # On the wire these two must be there; in Python the class supplies them.
    for name in ("specversion", "type"):
        del properties[name]["default"]
    required = {*plain["required"], "specversion", "type"}
    return {
        "$schema": DIALECT,
        "$id": schema_urn(event_type),
        "title": event_type,
        "description": _one_line(kind.__doc__ or ""),
        "type": "object",
        "required": [name for name in properties if name in required],
        "properties": properties,
    }


def _in_place(node: Any, definitions: Schema) -> Any:
    """The node with every $ref replaced by what it names, and without titles that only repeat a field's name."""
    if isinstance(node, list):
        return [_in_place(item, definitions) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        target = definitions[node["$ref"].removeprefix("#/$defs/")]
        return _in_place({**target, **{key: value for key, value in node.items() if key != "$ref"}}, definitions)
    return {
        key: {name: _in_place(value, definitions) for name, value in item.items()}
        if key == "properties"
        else _in_place(item, definitions)
        for key, item in node.items()
        if not (key == "title" and isinstance(item, str)) and not (key == "default" and item is None)
    }


def _one_line(text: str) -> str:
    return " ".join(text.split())
