"""W3C trace context as it travels: in the header `traceparent` of HTTP requests and Kafka records, and as CloudEvents'
extension of that name. Only what has its form is passed on: in any other text a customer could be hidden."""

import re
from collections.abc import Iterable
from typing import Final

TRACEPARENT: Final = "traceparent"

_FORM: Final = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


def well_formed(text: str | None) -> str | None:
    return text if text is not None and _FORM.fullmatch(text) else None


def of_record(headers: Iterable[tuple[str, bytes]]) -> str | None:
    """What the record's header says; None: nothing, or nothing that has the form."""
    for name, value in headers:
        if name == TRACEPARENT:
            return well_formed(value.decode("latin-1"))
    return None


def trace_id(traceparent: str | None) -> str | None:
    """32 hex digits; None: nothing, or nothing that has the form."""
    found = well_formed(traceparent)
    return None if found is None else found.split("-")[1]


def is_sampled(traceparent: str) -> bool:
    return bool(int(traceparent[-2:], 16) & 1)
