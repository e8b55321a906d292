"""Derived ids and the writing of times, written from definitions.md ("Derived events") and from nothing else."""

import json
from collections.abc import Sequence
from datetime import datetime
from uuid import NAMESPACE_URL, uuid5

_NAMESPACE = uuid5(NAMESPACE_URL, "urn:ashiato")


def derive(parts: Sequence[str]) -> str:
    """UUIDv5(N, parts as a compact JSON array of strings, UTF-8, unescaped)."""
    return str(uuid5(_NAMESPACE, json.dumps(list(parts), separators=(",", ":"), ensure_ascii=False)))


def stamp(time: datetime) -> str:
    """Times in parts: six decimals and Z."""
    return time.strftime("%Y-%m-%dT%H:%M:%S.%f") + "Z"
