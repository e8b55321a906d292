"""Binary mode brings the data apart from the attributes; put together, neither may reach into the other."""

import json

import pytest

from shared.event_log.wire import LARGEST_RECORD, Unreadable, assembled, decode, structured

HEADERS = (
    ("ce_specversion", b"1.0"), ("ce_id", b"tel-1"), ("ce_source", b"urn:example:telephony"),
    ("ce_subject", b"7K3M9QX2C"),
    ("ce_type", b"contact.re_explained"), ("ce_time", b"2026-03-03T02:31:00Z"), ("content-type", b"application/json"),
)  # fmt: skip
DATA = b'{"contact_id": "tel-90240", "what": "problem", "exact": 0.10000000000000000001}'


def test_data_is_kept_as_received() -> None:
    assert structured(DATA, HEADERS).endswith(b'"data":' + DATA + b"}")


@pytest.mark.parametrize(
    "data", [b'{}, "id": "other"', b'{"contact_id":"c","what":"problem"}}', b"1,2", b"NaN", b"{", b" "]
)
def test_data_cannot_rewrite_the_envelope(data: bytes) -> None:
    with pytest.raises(Unreadable) as refused:
        decode(data, HEADERS)
    assert (refused.value.code, refused.value.problems[0]["pointer"]) == ("not_json", "/data")


def test_attributes_cannot_pass_for_data() -> None:
    posing = [("ce_data", b"other"), ("ce_data_base64", b"AAAA"), ("ce_datacontenttype", b"image/png")]

    assert structured(DATA, [*HEADERS, *posing]) == structured(DATA, HEADERS)


def test_attributes_with_quotes_stay_texts() -> None:
    assert decode(DATA, [*HEADERS, ("ce_id", b'","type":"x')]).id == '","type":"x'


def test_header_names_are_read_in_any_case() -> None:
    assert decode(DATA, [(name.upper(), text) for name, text in HEADERS]) == decode(DATA, HEADERS)


def test_headers_of_others_do_not_matter() -> None:
    others = [("traceparent", b"\xff"), ("kafka_key", b"\xff")]

    assert decode(DATA, [*HEADERS, *others]) == decode(DATA, HEADERS)


def test_an_attribute_that_is_no_utf8_is_refused() -> None:
    with pytest.raises(Unreadable) as refused:
        decode(DATA, [*HEADERS, ("ce_id", b"\xff")])
    assert refused.value.code == "not_cloudevents"


def test_a_known_type_needs_its_data() -> None:
    with pytest.raises(Unreadable) as refused:
        decode(b"", HEADERS)
    assert (refused.value.code, refused.value.problems[0]["pointer"]) == ("schema", "/data")


def test_the_limit_holds_for_what_is_kept() -> None:
    room = LARGEST_RECORD - len(structured(b'""', HEADERS))

    assert len(structured(b'"' + b"x" * room + b'"', HEADERS)) == LARGEST_RECORD
    with pytest.raises(Unreadable) as refused:
        structured(b'"' + b"x" * (room + 1) + b'"', HEADERS)
    assert refused.value.code == "too_large"


def test_without_media_type_data_is_json() -> None:
    assert json.loads(assembled(None, {"id": "1"}, b"[1]")) == {"id": "1", "data": [1]}
