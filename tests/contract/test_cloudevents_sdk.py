"""Others can read and write our events: the official CloudEvents SDK does, in both modes of the Kafka binding."""

import json
from datetime import datetime
from typing import Any

import pytest
from cloudevents.core.base import BaseCloudEvent
from cloudevents.core.bindings import kafka
from cloudevents.core.v1.event import CloudEvent

from shared.event_log.wire import STRUCTURED_JSON, decode, encode, structured
from shared.events import BY_TYPE, UnknownEvent
from tests.contract.examples import BYTES, TYPES, example


def theirs(event_type: str) -> CloudEvent:
    """The example as a publisher who uses the SDK would build it."""
    attributes = example(event_type)
    data = attributes.pop("data")
    return CloudEvent({**attributes, "time": datetime.fromisoformat(attributes["time"])}, data)


def by_subject(event: BaseCloudEvent) -> str:
    return str(event.get_subject())


@pytest.mark.parametrize("event_type", TYPES)
def test_we_read_what_the_sdk_writes_in_structured_mode(event_type: str) -> None:
    message = kafka.to_structured_event(theirs(event_type), key_mapper=by_subject)

    assert decode(message.value, list(message.headers.items())) == decode(BYTES[event_type])


@pytest.mark.parametrize("event_type", TYPES)
def test_we_read_what_the_sdk_writes_in_binary_mode(event_type: str) -> None:
    message = kafka.to_binary_event(theirs(event_type), key_mapper=by_subject)
    headers = list(message.headers.items())

    assert decode(message.value, headers) == decode(BYTES[event_type])
    assert decode(structured(message.value, headers)) == decode(BYTES[event_type])


@pytest.mark.parametrize("event_type", TYPES)
def test_the_sdk_reads_what_we_write(event_type: str) -> None:
    event = decode(BYTES[event_type])
    headers = {"content-type": STRUCTURED_JSON.encode()}

    read = kafka.from_kafka_event(kafka.KafkaMessage(headers=headers, key=None, value=encode(event)))

    assert (read.get_id(), read.get_source(), read.get_type()) == (event.id, event.source, event.type)
    assert (read.get_subject(), read.get_time()) == (event.subject, event.time)
    assert (read.get_dataschema(), read.get_datacontenttype()) == (event.dataschema, event.datacontenttype)
    assert read.get_data() == json.loads(encode(event))["data"]


@pytest.mark.parametrize("event_type", TYPES)
def test_the_sdk_reads_what_we_keep_of_its_binary_mode(event_type: str) -> None:
    message = kafka.to_binary_event(theirs(event_type), key_mapper=by_subject)
    kept = structured(message.value, list(message.headers.items()))

    read = kafka.from_kafka_event(kafka.KafkaMessage(headers={}, key=None, value=kept))

    assert read.get_attributes() == theirs(event_type).get_attributes()
    assert read.get_data() == theirs(event_type).get_data()


def test_extensions_survive_both_modes() -> None:
    attributes: dict[str, Any] = {
        **theirs("contact.connected").get_attributes(),
        "corrects": "tel-90233-3",
        "team": "x",
    }
    event = CloudEvent(attributes, theirs("contact.connected").get_data())

    for message in (kafka.to_structured_event(event), kafka.to_binary_event(event)):
        headers = list(message.headers.items())
        assert decode(message.value, headers).corrects == "tel-90233-3"
        assert json.loads(structured(message.value, headers))["team"] == "x"


@pytest.mark.parametrize("data", [b"\x89PNG\r\n\x00", b"plain words"])
def test_data_that_is_no_json_is_kept_for_types_we_do_not_know(data: bytes) -> None:
    attributes = {"id": "1", "source": "s", "type": "picture.taken", "subject": "7K3M9QX2C", "specversion": "1.0",
                  "time": datetime.fromisoformat("2026-03-02T09:00:00Z"), "datacontenttype": "image/png"}  # fmt: skip
    message = kafka.to_binary_event(CloudEvent(attributes, data))
    headers = list(message.headers.items())

    kept = structured(message.value, headers)
    read = kafka.from_kafka_event(kafka.KafkaMessage(headers={}, key=None, value=kept))

    assert isinstance(decode(message.value, headers), UnknownEvent)
    assert read.get_data() == data


def test_in_structured_mode_ce_headers_beside_the_event_do_not_matter() -> None:
    message = kafka.to_structured_event(theirs("contact.connected"))
    headers = [*message.headers.items(), ("ce_id", b"other"), ("ce_type", b"other")]

    event = decode(message.value, headers)

    assert type(event) is BY_TYPE["contact.connected"]
    assert structured(message.value, headers) is message.value
