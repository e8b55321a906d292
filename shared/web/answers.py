"""Answers as JSON bytes, and answers that need not be sent twice."""

import hashlib
from collections.abc import Mapping

import msgspec
from fastapi import Request, Response

JSON = "application/json"

# Times become RFC 3339, msgspec.Raw stays as it is: an event is answered as the bytes that were received.
_encode = msgspec.json.Encoder().encode


def json_answer(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(_encode(value), status, headers, media_type=JSON)


def tagged(request: Request, value: object, *, beside: Mapping[str, object] | None = None) -> Response:
    """200 with an ETag, or 304 when the caller has it already (If-None-Match).

    beside: members that follow those of `value`, an object with some, and that the ETag does not cover, e.g. `as_of`,
    which changes every second while nothing else does.
    """
    body = _encode(value)
    tag = etag(body)
    if _has(request.headers.getlist("if-none-match"), tag):
        return Response(status_code=304, headers={"ETag": tag})
    if beside:
        body = b"%b,%b" % (body[:-1], _encode(beside)[1:])
    return Response(body, headers={"ETag": tag}, media_type=JSON)


def etag(body: bytes) -> str:
    """128 bits of SHA-256, for which processors have instructions: half of what BLAKE2 takes."""
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def _has(conditions: list[str], tag: str) -> bool:
    """RFC 9110 13.1.2: any of several, compared weakly. Our tags have no comma."""
    given = [one.strip() for condition in conditions for one in condition.split(",")]
    return any(one == "*" or one.removeprefix("W/") == tag for one in given)
