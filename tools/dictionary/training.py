"""From events to a dictionary."""

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec
import zstandard

from tools.dictionary.corpus import Corpus

# Half as much again saved nothing of events that were kept aside; half of it cost 4 %.
SIZE: Final = 8 * 1024
EVENTS: Final = 12_000
_SEGMENT_LENGTHS: Final = 40  # so many are tried
_SHORTEST_MATCH: Final = 8

# As shared.customers.entry does, which cannot be imported where there is no dictionary yet.
_pack: Final = msgspec.msgpack.Encoder().encode


class TooFewEvents(ValueError):
    """Nothing can be learnt from so few."""


def packed(events: Iterable[bytes]) -> Iterator[bytes]:
    """Entries that hold such events (structured mode JSON), not yet compressed."""
    corpus = Corpus()
    return (_pack((corpus.offset(), corpus.recorded_ms(), event)) for event in events)


def trained(events: Iterable[bytes]) -> bytes:
    """A dictionary of Zstandard's format for entries that hold such events. Raises TooFewEvents."""
    pieces: list[bytes | bytearray | memoryview] = [*packed(events)]
    try:
        return zstandard.train_dictionary(SIZE, pieces, d=_SHORTEST_MATCH, steps=_SEGMENT_LENGTHS).as_bytes()
    except zstandard.ZstdError as error:
        raise TooFewEvents(f"{len(pieces)} events are too few to learn from: {error}") from error


def made_up(count: int = EVENTS) -> list[bytes]:
    corpus = Corpus()
    return [corpus.event() for _ in range(count)]
