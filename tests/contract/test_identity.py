"""Ids that two systems compute apart must be equal: constants, and a second way to them from SHA-1 alone."""

import hashlib
import json
from datetime import UTC, datetime, timedelta, timezone
from uuid import NAMESPACE_URL, UUID, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.events import derive, time_part
from shared.events.identity import NAMESPACE


def _uuid5(namespace: UUID, name: bytes) -> str:
    """RFC 9562, 5.5: SHA-1 over namespace and name, version and variant bits set."""
    digest = bytearray(hashlib.sha1(namespace.bytes + name, usedforsecurity=False).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x50
    digest[8] = digest[8] & 0x3F | 0x80
    return str(UUID(bytes=bytes(digest)))


def test_the_namespace_is_that_of_our_urn() -> None:
    assert str(NAMESPACE) == _uuid5(NAMESPACE_URL, b"urn:ashiato") == "ba0da48a-d703-5881-bac9-64b9113b1e95"


@pytest.mark.parametrize(
    ("parts", "name", "expected"),
    [
        (
            ["issue", "7K3M9QX2C", "tel-88412"],
            b'["issue","7K3M9QX2C","tel-88412"]',
            "818ed069-a2c6-54ec-86d7-5404190605a9",
        ),
        (
            ["flag", "c-1", "ping_pong", "障害-7"],
            '["flag","c-1","ping_pong","障害-7"]'.encode(),
            "856ff2c4-1fe9-52c0-a3eb-67bbba594ff1",
        ),
        (['a"b', "c\\d", "e\nf"], b'["a\\"b","c\\\\d","e\\nf"]', "d199568c-3949-51d1-8745-ba986ee7e6d0"),
    ],
)
def test_derived_ids_are_those_of_the_compact_unescaped_array(parts: list[str], name: bytes, expected: str) -> None:
    assert derive(parts) == _uuid5(NAMESPACE, name) == expected


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=5))
def test_derived_ids_are_version_5_as_the_library_makes_them(parts: list[str]) -> None:
    name = json.dumps(parts, ensure_ascii=False, separators=(",", ":"))

    assert derive(parts) == str(uuid5(NAMESPACE, name))


def test_parts_do_not_run_into_each_other() -> None:
    assert derive(["a", "bc"]) != derive(["ab", "c"])


def test_times_in_parts_have_six_decimals_and_z() -> None:
    tokyo = timezone(timedelta(hours=9))

    assert time_part(datetime(2026, 3, 6, 8, 15, tzinfo=UTC)) == "2026-03-06T08:15:00.000000Z"
    assert time_part(datetime(2026, 3, 6, 17, 15, 0, 120, tzinfo=tokyo)) == "2026-03-06T08:15:00.000120Z"
