"""CloudEvents over HTTP: three modes, one form on the log."""

import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.routing.http_binding import receive
from shared.event_log.wire import decode
from shared.web import Invalid, Problem, TooLarge, UnsupportedMediaType
from tests.front_door import BATCH, STRUCTURED, an_event, written

EVENT = an_event()
ATTRIBUTES = {name: value for name, value in EVENT.items() if name != "data"}
DATA = written(EVENT["data"])


def read(body: bytes, content_type: str | None, *more: tuple[str, str | bytes]) -> list[bytes]:
    headers = [(name, value if isinstance(value, bytes) else value.encode()) for name, value in more]
    if content_type is not None:
        headers.append(("content-type", content_type.encode()))
    return receive([(name.encode(), value) for name, value in headers], body, most=3).values


def in_headers(**changes: str | bytes) -> list[tuple[str, str | bytes]]:
    return [(f"ce-{name}", value) for name, value in {**ATTRIBUTES, **changes}.items()]


def refusal(body: bytes, content_type: str | None, *more: tuple[str, str | bytes]) -> Problem:
    with pytest.raises(Problem) as refused:
        read(body, content_type, *more)
    return refused.value


@pytest.mark.parametrize("parameters", ["", "; charset=utf-8", ';charset="UTF-8"', " ; x=y"])
def test_structured_mode_is_kept_as_it_is(parameters: str) -> None:
    body = b" " + written(EVENT) + b"\n"
    assert read(body, STRUCTURED.upper() + parameters) == [body]


def test_structured_mode_goes_before_headers() -> None:
    assert read(b"{}", STRUCTURED, *in_headers()) == [b"{}"]


def test_a_batch_keeps_each_events_bytes() -> None:
    events = [b'{"a" : 1.50}', b'{"b":"\\u00e9\xc3\xa9"}', b"5"]
    assert read(b" [" + b" ,\n".join(events) + b"] ", BATCH) == events


def test_a_batch_may_be_empty() -> None:
    assert read(b"[]", BATCH) == []


def test_a_batch_is_bounded() -> None:
    assert isinstance(refusal(b"[1,2,3,4]", BATCH), TooLarge)


@pytest.mark.parametrize("body", [b"", b"{}", b"[1,]", b"[1] 2", b"[" * 100_000, b'[{"a":NaN}]', b"\xff", b"null"])
def test_a_batch_is_one_array(body: bytes) -> None:
    problem = refusal(body, BATCH)
    assert isinstance(problem, Invalid)
    assert problem.errors[0]["pointer"] == ""


def test_binary_mode_becomes_the_same_event() -> None:
    (value,) = read(DATA, "application/json", *in_headers())
    assert json.loads(value) == {**EVENT, "datacontenttype": "application/json"}
    assert decode(value) == decode(written(EVENT))


def test_binary_mode_keeps_the_datas_own_bytes() -> None:
    data = b'{"contact_id":"k1", "desk":"front", "cost":1.500}'
    assert data in read(data, "application/json", *in_headers())[0]


def test_binary_mode_needs_no_data() -> None:
    (value,) = read(b"", None, *in_headers(type="contact.sang_to"))
    assert "data" not in json.loads(value)


def test_binary_mode_cannot_rewrite_the_envelope() -> None:
    assert isinstance(refusal(b'1,"id":"other"', "application/json", *in_headers()), Invalid)


def test_a_header_given_twice_is_refused() -> None:
    problem = refusal(DATA, "application/json", *in_headers(), ("ce-id", "e2"))
    assert problem.errors == [{"pointer": "/id", "detail": "Header ce-id is given more than once"}]


@pytest.mark.parametrize(
    ("header", "meant"),
    [
        ("Euro%20%E2%82%AC%20%F0%9F%98%80", "Euro € 😀"),
        ("%e2%82%ac", "€"),
        ("%41%25", "A%"),
        ("100%", "100%"),
        ("%2525", "%25"),
        ('"a \\"b\\" %20c"', 'a "b"  c'),
        ('say "so"', 'say "so"'),
        ("a+b", "a+b"),
        ("足跡", "足跡"),
    ],
)
def test_header_values_are_decoded_once(header: str, meant: str) -> None:
    (value,) = read(DATA, "application/json", *in_headers(id=header))
    assert json.loads(value)["id"] == meant


@pytest.mark.parametrize("header", [b"%C0%A0", b"\xe9", b"%ff"])
def test_header_values_that_are_not_utf8_are_refused(header: bytes) -> None:
    problem = refusal(DATA, "application/json", *in_headers(id=header))
    assert [error["pointer"] for error in problem.errors] == ["/id"]


@given(st.text())
def test_any_text_comes_through_a_header(text: str) -> None:
    (value,) = read(DATA, "application/json", *in_headers(corrects=quote(text, safe="")))
    assert json.loads(value)["corrects"] == text


@pytest.mark.parametrize("content_type", [None, "", "application/json", "text/plain", "multipart/form-data"])
def test_what_is_no_cloudevent_hears_how_to_send_one(content_type: str | None) -> None:
    problem = refusal(b"{}", content_type)
    assert isinstance(problem, UnsupportedMediaType)
    assert "ce-specversion" in problem.detail
    assert STRUCTURED in (problem.headers or {})["Accept"]


@pytest.mark.parametrize(
    "content_type",
    ["application/cloudevents+xml", "application/cloudevents", "application/cloudevents-batch+avro"],
)
def test_other_formats_are_refused(content_type: str) -> None:
    assert isinstance(refusal(b"{}", content_type, *in_headers()), UnsupportedMediaType)


def test_another_charset_is_refused() -> None:
    assert isinstance(refusal(b"{}", f"{STRUCTURED}; charset=shift_jis"), UnsupportedMediaType)


def test_compressed_bodies_are_refused() -> None:
    assert isinstance(refusal(b"{}", STRUCTURED, ("content-encoding", "gzip")), UnsupportedMediaType)
