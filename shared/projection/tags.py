"""Where a partition's keys live in a Redis cluster.

All keys of a service's partition share a hash tag, so that one call touches one slot. Plain tags would fall on slots at
random, and one master of eight could hold a quarter of the partitions: so each partition gets the smallest suffix whose
slot lies in its even share of all slots.
"""

from __future__ import annotations

import binascii
import re
from functools import lru_cache

SLOTS = 16384

_PLAIN = re.compile(r"[a-z0-9_.-]{1,64}")


def slot_of(tag: str) -> int:
    """The slot Redis computes for a key with this hash tag: CRC16 (XMODEM) modulo 16384."""
    return binascii.crc_hqx(tag.encode(), 0) % SLOTS


@lru_cache(maxsize=4096)
def hash_tag(service: str, partition: int, partitions: int) -> str:
    """The same for the same arguments for ever: a stored key is found again only through it."""
    if not _PLAIN.fullmatch(service):
        raise ValueError(f"a service is named with a-z 0-9 _ . - only, not {service!r}")
    if not 0 <= partition < partitions <= SLOTS:
        raise ValueError(f"partition {partition} of {partitions} does not exist (at most {SLOTS} partitions)")
    first, last = partition * SLOTS // partitions, (partition + 1) * SLOTS // partitions
    suffix = 0
    while not first <= slot_of(tag := f"{service}-{partition}of{partitions}-{suffix}") < last:
        suffix += 1
    return tag
