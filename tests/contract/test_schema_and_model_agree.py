"""Other teams check with the published schema, we with the model: both must accept and refuse the same."""

import json
from collections.abc import Iterator
from datetime import datetime

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from shared.event_log.wire import Unreadable, decode
from tests.contract.examples import SCHEMAS, TYPES, WRONG_VALUES, Json, Place, dropped, example, places, put, written

_CHECKER = FormatChecker(formats=())


def _exists(text: object) -> bool:
    """The pattern says how a time is written, the format that there is such a time."""
    if isinstance(text, str):
        datetime.fromisoformat(text.upper())
    return True


_CHECKER.checks("date-time", raises=ValueError)(_exists)


def _mutations(event_type: str) -> Iterator[tuple[str, Place, Json]]:
    event = example(event_type)
    # Fields that the example leaves out are put there as well: the schema knows them all.
    optional = [("data", name) for name in _schema(event_type)["properties"]["data"]["properties"]]
    everywhere = sorted({*places(event), *optional, ("traceparent",), ("corrects",)} - {("type",)}, key=str)
    for place in everywhere:
        for value in WRONG_VALUES:
            yield "put", place, put(event, place, value)
    for place in places(event):
        if place != ("type",):
            yield "dropped", place, dropped(event, place)


def _schema(event_type: str) -> Json:
    return json.loads((SCHEMAS / f"{event_type}.v1.json").read_text("utf-8"))


def _model_accepts(event: Json) -> bool:
    try:
        decode(written(event))
    except Unreadable:
        return False
    return True


@pytest.mark.parametrize("event_type", TYPES)
def test_schema_and_model_give_the_same_answer(event_type: str) -> None:
    validator = Draft202012Validator(_schema(event_type), format_checker=_CHECKER)
    answers = {True: 0, False: 0}

    for how, place, event in _mutations(event_type):
        accepted = _model_accepts(event)
        answers[accepted] += 1
        assert validator.is_valid(event) == accepted, f"{how} at {place}: {_value(event, place)!r}"

    assert answers[True] > 20, "mutations that nobody refuses are part of the comparison"
    assert answers[False] > 200


@pytest.mark.parametrize("event_type", TYPES)
def test_what_the_schema_demands_cannot_be_left_out(event_type: str) -> None:
    schema = _schema(event_type)
    needed: list[tuple[str, ...]] = [(name,) for name in schema["required"]]
    needed += [("data", name) for name in schema["properties"]["data"].get("required", ())]

    for place in needed:
        with pytest.raises(Unreadable) as refused:
            decode(written(dropped(example(event_type), place)))
        assert {"pointer": "/" + "/".join(place), "detail": "Field required"} in refused.value.problems


def _value(event: Json, place: Place) -> Json:
    try:
        for key in place:
            event = event[key]
    except (KeyError, IndexError):
        return "(absent)"
    return event
