"""The AsyncAPI 3.0 document: which topic carries which events, who sends and who receives them."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from shared.access import lookups
from shared.access.lookups import LookUps
from shared.event_log.topics import CLOCK_PROBES, CONTACT_EVENTS, DEAD_LETTERS, DIRECTORY, FLAGS, LOOKUPS, Topic
from shared.events import BY_TYPE, VERSION
from tools.schemas.json_schema import Schema, file_name

EXAMPLES: Final = Path(__file__).resolve().parents[2] / "shared" / "examples"
CLOUDEVENT: Final = "application/cloudevents+json"
_KAFKA_BINDING: Final = "0.5.0"
_NUMBERS: Final = frozenset({"retention.ms", "retention.bytes", "delete.retention.ms", "max.message.bytes"})

DEAD_LETTER: Final = "DeadLetter"
LOOKED_UP: Final = "LookedUp"
FLAG_TYPES: Final = tuple(name for name in BY_TYPE if name.startswith("flag."))
FACT_TYPES: Final = tuple(name for name in BY_TYPE if name not in FLAG_TYPES)
# What followup says of its own accord: misses, owed callbacks and their cancellation, later also follow-ups.
FOLLOWUP_TYPES: Final = tuple(
    name
    for name in FACT_TYPES
    if name in {"promise.made", "promise.cancelled", "promise.missed"} or name.startswith(("followup.", "outreach."))
)

_CHANNELS: Final[Mapping[str, tuple[Topic, str, tuple[str, ...]]]] = {
    "contactEvents": (CONTACT_EVENTS, "Every fact about customers, but flags. The truth; kept for ever.", FACT_TYPES),
    "flags": (FLAGS, "Claims about a timeline that somebody should act on.", FLAG_TYPES),
    "deadLetters": (
        DEAD_LETTERS,
        "Records that could not be accepted, as they were.",
        (DEAD_LETTER,),
    ),
    "lookups": (LOOKUPS, "Who looked at whom, and why.", (LOOKED_UP,)),
    "clockProbes": (CLOCK_PROBES, "Followup's own: what time it is at the broker. Empty records.", ()),
    "directory": (DIRECTORY, "Opening hours, shifts, and what a desk owns.", ()),
}

_OPERATIONS: Final = (
    ("routing", "send", "contactEvents", FACT_TYPES, "Facts that came in at the front door."),
    ("routing", "receive", "flags", FLAG_TYPES, "What to heed when a desk is chosen."),
    ("journey", "receive", "contactEvents", FACT_TYPES, "Folded into one timeline per customer."),
    ("journey", "send", "flags", FLAG_TYPES, "Raised, withdrawn and settled, event by event."),
    ("journey", "send", "deadLetters", (DEAD_LETTER,), "What cannot be decoded, is misrouted or conflicts."),
    ("journey", "send", "lookups", (LOOKED_UP,), "Each look-up and list, before it is answered."),
    ("followup", "send", "lookups", (LOOKED_UP,), "Each list that names customers, before it is answered."),
    ("followup", "receive", "contactEvents", FACT_TYPES, "Promises and what became of them."),
    ("followup", "send", "contactEvents", FOLLOWUP_TYPES, "Missed promises and owed callbacks."),
    ("followup", "receive", "flags", FLAG_TYPES, "What asks for follow-up."),
)


def document(schemas: Mapping[str, Schema]) -> dict[str, Any]:
    """The document. Schemas are referred to by file, beside it."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Ashiato",
            "version": f"{VERSION}.0.0",
            "description": "One timeline per customer, from every desk. All events are CloudEvents 1.0; structured "
            "mode is written, binary mode is read too. Unknown fields and types are kept and ignored.",
        },
        "defaultContentType": CLOUDEVENT,
        "channels": {name: _channel(*parts) for name, parts in _CHANNELS.items()},
        "operations": {
            f"{service}_{action}_{channel}": _operation(action, channel, types, summary)
            for service, action, channel, types, summary in _OPERATIONS
        },
        "components": {
            "messages": {_key_of(name): _message(name, schema) for name, schema in schemas.items()}
            | {DEAD_LETTER: _dead_letter(), LOOKED_UP: _looked_up()}
        },
    }


def _channel(topic: Topic, description: str, types: Iterable[str]) -> dict[str, Any]:
    messages = {_key_of(name): {"$ref": f"#/components/messages/{_key_of(name)}"} for name in types}
    return {
        "address": topic.name,
        "description": f"{description} Record key: {topic.key}.",
        **({"messages": messages} if messages else {}),
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "partitions": topic.partitions,
                "topicConfiguration": {key: _setting(key, value) for key, value in topic.config.items()},
                "bindingVersion": _KAFKA_BINDING,
            }
        },
    }


def _key_of(name: str) -> str:
    """AsyncAPI's own names have no dots: that of the model, contact.started -> ContactStarted."""
    return BY_TYPE[name].__name__ if name in BY_TYPE else name


def _setting(key: str, value: str) -> Any:
    if key == "cleanup.policy":
        return value.split(",")
    return int(value) if key in _NUMBERS else value


def _operation(action: str, channel: str, types: Iterable[str], summary: str) -> dict[str, Any]:
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{channel}"},
        "summary": summary,
        "messages": [{"$ref": f"#/channels/{channel}/messages/{_key_of(name)}"} for name in types],
    }


def _message(event_type: str, schema: Schema) -> dict[str, Any]:
    example = json.loads((EXAMPLES / file_name(event_type)).read_text("utf-8"))
    return {
        "name": event_type,
        "title": event_type,
        "summary": schema["description"],
        "contentType": CLOUDEVENT,
        "payload": {"$ref": f"./{file_name(event_type)}"},
        "bindings": {"kafka": {"key": _key(schema), "bindingVersion": _KAFKA_BINDING}},
        "examples": [{"name": event_type, "payload": example}],
    }


def _key(schema: Schema) -> Schema:
    return {**schema["properties"]["subject"], "description": "The customer id: the event's subject."}


def _looked_up() -> dict[str, Any]:
    """A CloudEvent as well; its data is told by the code that writes it."""
    _, components = msgspec.json.schema_components([LookUps])
    return {
        "name": lookups.TYPE,
        "title": lookups.TYPE,
        "summary": "Somebody looked at customers, who stand here by pseudonyms.",
        "contentType": CLOUDEVENT,
        "payload": {
            "type": "object",
            "required": ["specversion", "id", "source", "type", "subject", "time", "data"],
            "properties": {"type": {"const": lookups.TYPE}, "data": components["LookUps"]},
        },
        "bindings": {
            "kafka": {"key": {"type": "string", "description": "Who asked."}, "bindingVersion": _KAFKA_BINDING}
        },
    }


def _dead_letter() -> dict[str, Any]:
    return {
        "name": "dead-letter",
        "title": "dead letter",
        "summary": "The original bytes; where they were (topic, partition, offset) and what is wrong, in the headers.",
        "contentType": "application/octet-stream",
        "payload": {"type": "string", "format": "binary"},
        "bindings": {
            "kafka": {"key": {"type": "string", "description": "As the original."}, "bindingVersion": _KAFKA_BINDING}
        },
    }
