"""Whatever stands on the log, reading it ends in an event or in Unreadable."""

import json
from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.event_log.wire import Unreadable, decode, encode, structured
from shared.events.canonical import canonical
from tests.contract.examples import BYTES, TYPES, Json, example, places, put, written

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
names = st.sampled_from(["ce_id", "ce_type", "ce_specversion", "ce_source", "ce_subject", "ce_time", "ce_data", "ce_",
                         "content-type", "CE_ID", "traceparent"])  # fmt: skip
any_data = st.binary(max_size=60) | json_values.map(lambda value: json.dumps(value).encode())
headers = st.lists(st.tuples(names | st.text(max_size=12), st.binary(max_size=40)), max_size=8)


def read(value: bytes, headers: Sequence[tuple[str, bytes]] = ()) -> None:
    """Whatever is read can be kept, compared, written and read again."""
    try:
        event = decode(value, headers)
    except Unreadable:
        return
    kept = structured(value, headers)
    assert decode(kept) == event
    assert canonical(json.loads(kept))
    assert decode(encode(event)).subject == event.subject


@given(st.binary(max_size=400), headers)
def test_any_bytes(value: bytes, headers: list[tuple[str, bytes]]) -> None:
    read(value, headers)


@given(json_values)
def test_any_json(value: Json) -> None:
    read(json.dumps(value).encode())


@given(st.sampled_from(TYPES), st.data(), json_values)
def test_an_example_with_anything_anywhere(event_type: str, data: st.DataObject, value: Json) -> None:
    event = example(event_type)
    place = data.draw(st.sampled_from(sorted(places(event), key=str)))
    read(json.dumps(put(event, place, value)).encode())


@given(st.sampled_from(TYPES), st.data(), st.binary(max_size=6))
@settings(max_examples=300)
def test_an_example_with_bytes_exchanged(event_type: str, data: st.DataObject, other: bytes) -> None:
    value = BYTES[event_type]
    start = data.draw(st.integers(0, len(value)))
    end = data.draw(st.integers(start, min(start + 8, len(value))))
    read(value[:start] + other + value[end:])


@given(
    st.sampled_from(TYPES), st.binary(max_size=60) | json_values.map(lambda value: json.dumps(value).encode()), headers
)
def test_binary_mode_with_any_data(event_type: str, value: bytes, extra: list[tuple[str, bytes]]) -> None:
    attributes = [(f"ce_{k}", str(v).encode()) for k, v in example(event_type).items() if k != "data"]
    read(value, [*attributes, *extra])


@given(st.text(alphabet=st.characters(), max_size=200))
def test_any_text_as_free_text(text: str) -> None:
    event = put(example("situation.noted"), ("data", "text"), text)
    read(json.dumps(event).encode())


@given(st.integers(1, 400), st.sampled_from(["[", '{"a":']))
def test_any_depth(depth: int, opening: str) -> None:
    nested = opening * depth + "1" + ("]" if opening == "[" else "}") * depth
    read(written(put(example("situation.noted"), ("data", "deep"), "@")).replace(b'"@"', nested.encode()))
