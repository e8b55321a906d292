"""One realistic example per type, which everybody who writes or reads events can start from."""

import json
import re

import pytest
from jsonschema import Draft202012Validator

from shared.event_log.wire import decode, encode
from shared.events import BY_TYPE, derive, is_derived
from shared.events.canonical import canonical
from tests.contract.examples import BYTES, SCHEMAS, TYPES, example


def test_every_type_has_an_example_and_every_example_a_type() -> None:
    assert set(BYTES) == set(BY_TYPE)


@pytest.mark.parametrize("event_type", TYPES)
def test_an_example_decodes_to_the_model_of_its_type(event_type: str) -> None:
    event = decode(BYTES[event_type])

    assert type(event) is BY_TYPE[event_type]
    assert event.type == event_type
    assert event.customer_id == event.subject


@pytest.mark.parametrize("event_type", TYPES)
def test_an_example_says_the_same_after_a_round_trip(event_type: str) -> None:
    event = decode(BYTES[event_type])
    again = encode(event)

    assert decode(again) == event
    assert encode(decode(again)) == again
    assert canonical(json.loads(again)) == canonical(_times_as_we_write_them(example(event_type)))


@pytest.mark.parametrize("event_type", TYPES)
def test_an_example_fits_its_published_schema(event_type: str) -> None:
    schema = json.loads((SCHEMAS / f"{event_type}.v1.json").read_text("utf-8"))

    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(example(event_type))


@pytest.mark.parametrize("event_type", TYPES)
def test_an_example_names_the_schema_it_was_written_by(event_type: str) -> None:
    schema = json.loads((SCHEMAS / f"{event_type}.v1.json").read_text("utf-8"))

    assert example(event_type)["dataschema"] == schema["$id"] == f"urn:ashiato:schema:{event_type}:v1"


def test_derived_examples_carry_ids_that_can_be_computed_again() -> None:
    missed, raised = example("promise.missed"), example("flag.raised")
    flag_id = derive(["flag", "M4T8W2KDK", "ping_pong", "acc-5521"])

    assert missed["id"] == derive(["missed", "H2V9C7XEZ", "cb-3310", "2026-03-06T08:15:00.000000Z"])
    assert raised["data"]["flag_id"] == flag_id
    assert raised["id"] == derive([flag_id, "raised", "urn:example:telephony", "tel-90251-2"])
    assert is_derived(decode(BYTES["promise.missed"]))
    assert not is_derived(decode(BYTES["promise.made"]))


def _times_as_we_write_them(event: object) -> object:
    """The examples hold times with milliseconds; we write no decimals or six."""
    return json.loads(re.sub(r"\.(\d{3})Z", r".\g<1>000Z", json.dumps(event)))
