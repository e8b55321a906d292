"""Events of many contact centres, made up: the contract's examples with other values.

A dictionary shall know what all senders have in common (the contract's names and words), and nothing that one of them
has: so desks, people, ids and texts are drawn anew for each event, and so are half of the sources; the others are the
examples'. The same seed gives the same events for ever.
"""

import json
import random
import re
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Final

_SHARED: Final = Path(__file__).resolve().parents[2] / "shared"
# Of ten contacts' events there are a few of issues and promises, and few of everything else.
_WEIGHTS: Final = {"contact": 8, "issue": 4, "promise": 4}
_OPTIONAL: Final = 0.9
_AS_EXAMPLE: Final = 0.5
_JST: Final = timezone(timedelta(hours=9))
_FIRST: Final = datetime(2026, 1, 1, tzinfo=UTC)
_SYLLABLES: Final = re.findall("..", "kakikusashitananinonamimararirorotetosobeloaneninorelusexfipa")
_JAPANESE: Final = "お客様のご契約について確認し折り返し連絡待ち時間手続き変更料金不具合設定完了明日午前中です"

# A value of an event, or a schema.
Json = Any


class Corpus:
    """Draws events."""

    def __init__(self, seed: int = 1) -> None:
        self._rng = random.Random(seed)  # noqa: S311 - nothing here is secret
        examples = [json.loads(path.read_bytes()) for path in sorted((_SHARED / "examples").glob("*.v1.json"))]
        self._examples = {example["type"]: example for example in examples}
        self._schemas = {kind: _schema(kind) for kind in self._examples}
        self._makers: Mapping[str, Callable[[], str]] = {
            **dict.fromkeys(("id", "retracts"), self._id),
            **dict.fromkeys(("desk", "product"), self._name),
            **dict.fromkeys(("told", "point", "value"), self._address),
            **dict.fromkeys(("text", "wording", "explanation", "why"), self._sentence),
            **dict.fromkeys(("from", "to"), self._clock),
            "agent": self._agent,
            "source": self._source,
        }
        self._weights = [_WEIGHTS.get(kind.split(".")[0], 1) for kind in self._examples]

    def event(self) -> bytes:
        """Structured mode JSON, as some sender or another would write it."""
        [kind] = self._rng.choices(list(self._examples), self._weights)
        example, schema = self._examples[kind], self._schemas[kind]
        event: dict[str, Json] = {
            name: self._attribute(name, value) for name, value in example.items() if name != "data"
        }
        if self._rng.random() > _OPTIONAL:
            del event["dataschema"]
        if self._rng.random() > _OPTIONAL:
            event["traceparent"] = f"00-{self._hex(32)}-{self._hex(16)}-01"
        if self._rng.random() > _OPTIONAL:
            event = dict(self._rng.sample(list(event.items()), len(event)))
        event["data"] = self._fields(example["data"], schema)
        compact = (",", ":") if self._rng.random() < 0.7 else (", ", ": ")
        return json.dumps(event, ensure_ascii=self._rng.random() < 0.3, separators=compact).encode()

    def offset(self) -> int:
        return self._rng.randrange(10 ** self._rng.randint(4, 10))

    def recorded_ms(self) -> int:
        return int(self._moment().timestamp() * 1_000)

    def _attribute(self, name: str, value: str) -> str:
        makers: Mapping[str, Callable[[], str]] = {
            "id": self._id, "subject": self._subject, "time": self._time,
            # What we send ourselves always has the same; of the others' many will begin with the examples'.
            "source": lambda: value if value.startswith("urn:ashiato:") else self._source(value),
        }  # fmt: skip
        return makers[name]() if name in makers else value

    def _fields(self, example: Mapping[str, Json], schema: Json) -> dict[str, Json]:
        properties, required = schema.get("properties", {}), schema.get("required", ())
        return {
            name: self._value(name, value, properties.get(name, {}))
            for name, value in example.items()
            if name in required or self._rng.random() < _OPTIONAL
        }

    def _value(self, name: str, example: Json, schema: Json) -> Json:
        forms = [schema, *schema.get("anyOf", ())]
        words = next((form["enum"] for form in forms if "enum" in form), None)
        if words:
            return self._rng.choice(words)
        match example:
            case bool():
                return self._rng.random() < 0.5
            case int():
                return self._rng.randint(1, 10 ** self._rng.randint(1, 3))
            case float():
                return round(self._rng.uniform(0, 2_000), self._rng.randint(0, 3))
            case str():
                return self._text(name, example)
            case dict():
                nested: Json = next((form for form in forms if "properties" in form), {})
                return self._fields(example, nested)
            case list():
                item: Json = next((form["items"] for form in forms if "items" in form), {})
                return [self._value(name, one, item) for one in example]
            case _:
                raise ValueError(f"an example's {name} is {example!r}: no way to vary it")

    def _text(self, name: str, example: str) -> str:
        """By the field's name, or the last word of it."""
        if _is_moment(example):
            return self._time()
        for known in (name, name.rsplit("_", 1)[-1]):
            if known in self._makers:
                return self._makers[known]()
        return example if name == "tz" else self._words()

    def _clock(self) -> str:
        return f"{self._rng.randrange(24):02d}:{self._rng.randrange(60):02d}"

    def _moment(self) -> datetime:
        return _FIRST + timedelta(microseconds=self._rng.randrange(4 * 365 * 86_400 * 10**6))

    def _time(self) -> str:
        spec = self._rng.choice(("seconds", "milliseconds", "microseconds"))
        moment = self._moment()
        if self._rng.random() < 0.2:
            return moment.astimezone(_JST).isoformat(timespec=spec)
        return moment.replace(tzinfo=None).isoformat(timespec=spec) + "Z"

    def _id(self) -> str:
        number = str(self._rng.randrange(10 ** self._rng.randint(3, 10)))
        return self._rng.choice(
            (str(uuid.UUID(int=self._rng.getrandbits(128))), f"{self._word()}-{number}", number, self._hex(24))
        )

    def _subject(self) -> str:
        code = "".join(self._rng.choices("0123456789ABCDEFGHJKMNPQRSTVWXYZ", k=9))
        return self._rng.choice((code, code, f"{self._word()}:{self._rng.randrange(10**8)}"))

    def _source(self, example: str = "") -> str:
        return example if example and self._rng.random() < _AS_EXAMPLE else f"urn:{self._word()}:{self._word()}"

    def _address(self) -> str:
        return f"+{self._rng.randrange(10**10, 10**12)}"

    def _agent(self) -> str:
        return self._rng.choice((self._word(), f"{self._word()}-{self._rng.randrange(1_000)}", self._hex(6)))

    def _name(self) -> str:
        return "-".join(self._word() for _ in range(self._rng.randint(1, 2)))

    def _words(self) -> str:
        return " ".join(self._word() for _ in range(self._rng.randint(1, 4)))

    def _sentence(self) -> str:
        if self._rng.random() < 0.4:
            return "".join(self._rng.choices(_JAPANESE, k=self._rng.randint(8, 40)))
        return " ".join(self._word() for _ in range(self._rng.randint(5, 20))).capitalize() + "."

    def _word(self) -> str:
        return "".join(self._rng.choices(_SYLLABLES, k=self._rng.randint(2, 4)))

    def _hex(self, digits: int) -> str:
        return f"{self._rng.getrandbits(4 * digits):0{digits}x}"


def _schema(kind: str) -> Json:
    schema = json.loads((_SHARED / "schemas" / f"{kind}.v1.json").read_bytes())
    return schema["properties"]["data"]


def _is_moment(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return "T" in text
