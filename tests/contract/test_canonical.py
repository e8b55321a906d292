"""One writing for equal values: what content is compared by, and what digests are made of."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.events.canonical import canonical
from tests.contract.examples import Json

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
)


@pytest.mark.parametrize(
    ("value", "writing"),
    [
        ({"b": 1, "a": [True, None]}, '{"a":[true,null],"b":1}'),
        ({"\u20ac": 1, "\r": 2, "\U0001f600": 3, "\ufb33": 4}, '{"\\r":2,"€":1,"😀":3,"\ufb33":4}'),
        ("たらい回し\n\x07", '"たらい回し\\n\\u0007"'),
        ([1e21, 1e-7, 0.000001, 333333333.33333329, 4.50], "[1e+21,1e-7,0.000001,333333333.3333333,4.5]"),
    ],
)
def test_values_are_written_as_rfc_8785_says(value: Json, writing: str) -> None:
    assert canonical(value) == writing.encode()


@pytest.mark.parametrize(("one", "other"), [(1, 1.0), (0.0, -0.0), (10**21, 1e21), (2**60, float(2**60))])
def test_equal_numbers_are_written_alike(one: float, other: float) -> None:
    assert canonical([one]) == canonical([other])


@pytest.mark.parametrize(
    ("one", "other"), [(1, True), (0, False), (1, "1"), (None, "null"), (2**53, 2**53 + 1), (10**400, 10**400 + 1)]
)
def test_different_values_are_written_differently(one: Json, other: Json) -> None:
    assert canonical({"a": one}) != canonical({"a": other})


@pytest.mark.parametrize("odd", [math.inf, -math.inf, 10**4000, -(2**53), "\ud800", {"\ud800": 2**53, "a": 1.5}])
def test_odd_values_are_written_too(odd: Json) -> None:
    assert canonical([odd, "ü", {"b": odd}])


@given(json_values)
def test_the_writing_is_json_that_says_the_same(value: Json) -> None:
    writing = canonical(value)

    assert canonical(json.loads(writing)) == writing


@given(st.dictionaries(st.text(), st.integers()))
def test_the_order_of_members_does_not_matter(members: dict[str, int]) -> None:
    assert canonical(members) == canonical(dict(reversed(members.items())))
