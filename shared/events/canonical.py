"""One writing for equal JSON values: what contents are compared by and digests are made of."""

import json
import math
from collections.abc import Mapping
from typing import Any

import rfc8785


def canonical(value: Any) -> bytes:
    """One writing for equal JSON values (RFC 8785): 1 and 1.0 are equal, 1 and true are not.

    For comparing content and for digests. Never fails on anything that a JSON reader can return: what RFC 8785 leaves
    out (integers beyond 2^53, numbers beyond a double) is written with all its digits.
    """
    try:
        return rfc8785.dumps(value)
    except ValueError:  # its own errors, and UnicodeEncodeError for a name with half a surrogate pair
        return _odd_canonical(value).encode("utf-8", "surrogatepass")


def _odd_canonical(value: Any) -> str:
    """RFC 8785 for values outside its range; equal to it inside."""
    if isinstance(value, Mapping):
        members = sorted(value.items(), key=lambda member: str(member[0]).encode("utf-16-be", "surrogatepass"))
        return "{" + ",".join(f"{_json_text(str(name))}:{_odd_canonical(item)}" for name, item in members) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(_odd_canonical(item) for item in value) + "]"
    if isinstance(value, int) and not isinstance(value, bool):
        return _integer(value)
    if isinstance(value, float) and not math.isfinite(value):
        return repr(value).replace("inf", "1e999")
    if isinstance(value, str):
        return _json_text(value)
    return rfc8785.dumps(value).decode()


def _integer(value: int) -> str:
    """As the equal double is written, where there is one (10^21 and 1e21 are equal), else all digits."""
    try:
        double = float(value)
    except OverflowError:
        return str(value)
    return rfc8785.dumps(double).decode() if double == value else str(value)


def _json_text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
