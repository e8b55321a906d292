"""Whatever is sent: an answer below 500, and on the log only what was accepted."""

import json
from collections.abc import Sequence

import httpx
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.front_door import BATCH, STRUCTURED, a_door, a_log, an_event, values, written

_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
_events = st.builds(
    lambda name, value: written({**an_event(), name: value}), st.sampled_from(sorted(an_event())) | st.text(), _json
)
_bodies = st.one_of(
    st.binary(max_size=200),
    _json.map(lambda value: json.dumps(value).encode()),
    _events,
    st.lists(_events | st.just(written(an_event())), max_size=4).map(lambda events: b"[" + b",".join(events) + b"]"),
)
_types = st.sampled_from([STRUCTURED, BATCH, "application/json", "text/plain", "application/cloudevents"]).map(
    str.encode
)
_names = st.sampled_from(
    ["ce-id", "ce-source", "ce-type", "ce-subject", "ce-time", "ce-data", "ce-", "ce-x~/", "accept"]
)
_headers = st.lists(st.tuples(_names.map(str.encode), st.binary(max_size=30)), max_size=6)
_modes = st.sampled_from([[], [(b"ce-specversion", b"1.0")]])

Headers = Sequence[tuple[bytes, bytes]]


async def sent(body: bytes, headers: Headers) -> tuple[httpx.Response, list[bytes | None]]:
    log = a_log()
    async with a_door(log) as client:
        answer = await client.post("/events", content=body, headers=list(headers))
    return answer, values(log)


@given(_bodies, _types | st.binary(max_size=40), _headers, _modes)
@settings(max_examples=300)
async def test_any_request_is_answered_below_500(body: bytes, kind: bytes, headers: Headers, mode: Headers) -> None:
    answer, kept = await sent(body, [(b"content-type", kind), *mode, *headers])
    assert answer.status_code in {202, 207, 413, 415, 422}
    found = answer.json()
    if answer.status_code in {413, 415, 422}:
        assert answer.headers["content-type"] == "application/problem+json"
        assert kept == []
    results = found.get("accepted" if "accepted" in found else "results", [])
    if answer.status_code in {202, 207}:
        assert len(kept) == sum(one.get("status", "accepted") == "accepted" for one in results)
