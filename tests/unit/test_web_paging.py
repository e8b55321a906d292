"""Cursors and tags."""

from typing import NamedTuple

import msgspec
import pytest
from fastapi import Request
from hypothesis import given
from hypothesis import strategies as st

from shared.web import Invalid, json_answer, read_cursor, tagged, write_cursor


class Place(NamedTuple):
    score: float
    member: str


places = st.builds(Place, st.floats(allow_nan=False), st.text(st.characters(exclude_categories=["Cs"])))


@given(places)
def test_a_cursor_comes_back_as_it_went(place: Place) -> None:
    assert read_cursor(write_cursor("flags", place), "flags", Place) == place


@given(places)
def test_a_cursor_fits_into_an_address(place: Place) -> None:
    assert set(write_cursor("flags", place)) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


@given(places, st.data())
def test_a_changed_cursor_is_refused(place: Place, data: st.DataObject) -> None:
    cursor = write_cursor("flags", place)
    at = data.draw(st.integers(0, len(cursor) - 1))
    put = data.draw(st.sampled_from(["", "A", "-", "=", "!", "é"]))
    changed = cursor[:at] + put + cursor[at + 1 :]
    if changed != cursor:
        with pytest.raises(Invalid):
            read_cursor(changed, "flags", Place)


@given(st.text())
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_cursor(text, "flags", Place)
    assert refused.value.errors == [{"parameter": "cursor", "detail": "Not a cursor of this list"}]


def test_a_cursor_of_another_list_is_refused() -> None:
    with pytest.raises(Invalid):
        read_cursor(write_cursor("promises", (1.0, "x")), "flags", Place)


def test_a_cursor_of_another_shape_is_refused() -> None:
    with pytest.raises(Invalid):
        read_cursor(write_cursor("flags", 7), "flags", Place)


def asking(*conditions: str) -> Request:
    return Request({"type": "http", "headers": [(b"if-none-match", one.encode()) for one in conditions]})


def test_the_same_content_is_sent_once() -> None:
    first = tagged(asking(), {"a": 1})
    tag = first.headers["etag"]
    assert (first.status_code, first.body) == (200, b'{"a":1}')
    again = tagged(asking(tag), {"a": 1})
    assert (again.status_code, again.body, again.headers["etag"]) == (304, b"", tag)
    assert tagged(asking(tag), {"a": 2}).status_code == 200


@pytest.mark.parametrize("write", ["*", "W/{}", '"x", {}', '"x" , W/{},"y"'])
def test_tags_are_found_in_every_writing(write: str) -> None:
    tag = tagged(asking(), {"a": 1}).headers["etag"]
    assert tagged(asking(write.format(tag)), {"a": 1}).status_code == 304
    assert tagged(asking('"other"', write.format(tag)), {"a": 1}).status_code == 304


def test_a_tag_may_cover_less_than_the_answer() -> None:
    first = tagged(asking(), {"a": 1}, beside={"as_of": 1, "behind": None})
    tag = first.headers["etag"]
    assert first.body == b'{"a":1,"as_of":1,"behind":null}'
    assert tagged(asking(tag), {"a": 1}, beside={"as_of": 2}).status_code == 304
    assert tagged(asking(tag), {"a": 2}, beside={"as_of": 1}).status_code == 200


def test_received_bytes_are_answered_as_they_are() -> None:
    assert json_answer([msgspec.Raw(b'{"a" : 1.50}')]).body == b'[{"a" : 1.50}]'
