"""CloudEvents over HTTP (HTTP Protocol Binding 1.0.2): a request's headers and body as events in structured mode."""

import re
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple, NoReturn
from urllib.parse import unquote_to_bytes

import msgspec

from shared.event_log.wire import STRUCTURED_JSON, Unreadable, assembled
from shared.web import Invalid, TooLarge, UnsupportedMediaType

BATCH_JSON: Final = "application/cloudevents-batch+json"
ACCEPTED: Final = (STRUCTURED_JSON, BATCH_JSON, "application/json")

_CLOUDEVENTS: Final = "application/cloudevents"
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_ESCAPED = re.compile(r"\\(.)")
_CHARSET = re.compile(r';\s*charset\s*=\s*"?([^";\s]*)', re.IGNORECASE)
_ATTRIBUTE = re.compile(rb"ce-([a-z0-9]{1,64})")
_slices = msgspec.json.Decoder(list[msgspec.Raw]).decode

Headers = Iterable[tuple[bytes, bytes]]


class Received(NamedTuple):
    """values: each event in structured mode; in structured and batch mode exactly the bytes that were sent."""

    values: list[bytes]
    batch: bool


def receive(headers: Headers, body: bytes, *, most: int) -> Received:
    """headers: names in lower case, as ASGI gives them. most: events in a batch.

    Raises UnsupportedMediaType, TooLarge, Invalid.
    """
    media_type, attributes, coding = _read(headers)
    if coding not in {"", "identity"}:
        raise UnsupportedMediaType("Send the body without Content-Encoding.", accepted=ACCEPTED)
    essence = media_type.partition(";")[0].strip().lower()
    if not essence.startswith(_CLOUDEVENTS):
        return Received([_binary(media_type, attributes, body)], batch=False)
    _check_charset(media_type)
    if essence == BATCH_JSON:
        return Received(_batch(body, most), batch=True)
    if essence != STRUCTURED_JSON:
        raise UnsupportedMediaType(
            f"Of CloudEvents' formats only JSON is read, not {essence[:100]}.", accepted=ACCEPTED
        )
    return Received([body], batch=False)


def _read(headers: Headers) -> tuple[str, list[tuple[str, bytes]], str]:
    """Content-Type, the ce- headers without their prefix, Content-Encoding. What is no attribute's name is ignored."""
    media_type, coding, attributes = "", "", []
    for name, value in headers:
        if name == b"content-type":
            media_type = value.decode("latin-1").strip()
        elif name == b"content-encoding":
            coding = value.decode("latin-1").strip().lower()
        elif attribute := _ATTRIBUTE.fullmatch(name):
            attributes.append((attribute[1].decode(), value))
    return media_type, attributes, coding


def _check_charset(media_type: str) -> None:
    charset = _CHARSET.search(media_type)
    if charset is not None and charset[1].lower() not in {"utf-8", "utf8", "us-ascii"}:
        raise UnsupportedMediaType("JSON is UTF-8; another charset is not read.", accepted=ACCEPTED)


def _batch(body: bytes, most: int) -> list[bytes]:
    """The events' own bytes: slices, never written anew."""
    try:
        slices = _slices(body)
    except msgspec.ValidationError:
        _invalid("", "A batch should be a JSON array of events")
    except (msgspec.DecodeError, RecursionError) as error:
        _invalid("", str(error) if isinstance(error, msgspec.DecodeError) else "JSON is nested too deeply")
    if len(slices) > most:
        raise TooLarge(f"A batch may have {most} events. Send several smaller ones.", more={"limit": most})
    return [bytes(one) for one in slices]


def _binary(media_type: str, attributes: Sequence[tuple[str, bytes]], body: bytes) -> bytes:
    if not any(name == "specversion" for name, _ in attributes):
        raise UnsupportedMediaType(
            f"This is no CloudEvent. Send one as {STRUCTURED_JSON}, several as {BATCH_JSON}, or the data alone as "
            "application/json with the attributes in headers ce-specversion, ce-id, ce-source, ce-type, ce-subject "
            "and ce-time.",
            accepted=ACCEPTED,
        )
    decoded: dict[str, str] = {}
    for name, value in attributes:
        if name in decoded:
            _invalid(f"/{name}", f"Header ce-{name} is given more than once")
        decoded[name] = _text(name, value)
    try:
        return assembled(media_type or None, decoded, body)
    except Unreadable as error:
        raise Invalid("The event cannot be read; see errors.", errors=error.problems) from None


def _text(name: str, value: bytes) -> str:
    """An attribute's value: double quotes undone, then one round of percent-decoding (section 3.1.3.2)."""
    try:
        text = value.decode()
        quoted = _QUOTED.fullmatch(text.strip())
        text = _ESCAPED.sub(r"\1", quoted[1]) if quoted else text
        return unquote_to_bytes(text).decode()
    except UnicodeDecodeError:
        _invalid(f"/{name}", f"Header ce-{name} is not UTF-8 (percent-encoded)")


def _invalid(pointer: str, detail: str) -> NoReturn:
    raise Invalid("The request cannot be read; see errors.", errors=[{"pointer": pointer, "detail": detail}])
