"""Bytes to fewer bytes and back: Zstandard with a dictionary that knows the contract's words.

Each piece is compressed by itself: an entry, a frame of entries, a state, a row. The first byte says the form:

    0x00         what follows, as it is: it would not have become smaller
    0x01 to 0x7a a frame without its magic number, made with the dictionary of this number
    0x90 to 0x9f a msgpack array: stored before anything was compressed, read as it is

A dictionary is a file beside this one, `NAME.vNUMBER.dict`. What was stored with it can be read with it alone: it is
never changed or taken away, only followed by another. Numbers from 64 on are left to whoever runs this, for
dictionaries made from their own events.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import zstandard

from shared.event_log.wire import LARGEST_RECORD

_MAGIC: Final = zstandard.FRAME_HEADER
_AS_IT_IS: Final = 0
_HIGHEST: Final = ord("{") - 1  # with a brace begins JSON, which is stored beside it from before
_STORED_BEFORE: Final = range(0x90, 0xA0)
_FILE: Final = re.compile(r".+\.v([1-9]\d*)\.dict")


class NotCompact(ValueError):
    """Stored bytes that nobody can have stored who knows what is known here, or that were damaged since."""


def dictionaries(folder: Path = Path(__file__).parent) -> Mapping[int, bytes]:
    """By number, as the files' names say. Raises ValueError for two of one number, or one that no byte can say."""
    found: dict[int, bytes] = {}
    for path in folder.glob("*.dict"):
        name = _FILE.fullmatch(path.name)
        number = int(name[1]) if name else 0
        if not 0 < number <= _HIGHEST or number in found:
            raise ValueError(
                f"{path.name}: a dictionary's name ends in .vNUMBER.dict, each with its own, 1 to {_HIGHEST}"
            )
        found[number] = path.read_bytes()
    return found


class Compact:
    """known: dictionaries by number; the highest is what is written with. largest: bytes of the largest piece that is
    compressed, and so of the largest that is believed when reading. level: Zstandard's.

    Not for several threads at once: the library lets go of the interpreter while its contexts work.
    """

    def __init__(self, known: Mapping[int, bytes], largest: int, level: int) -> None:
        self._largest = largest
        newest = max(known)
        words = zstandard.ZstdCompressionDict(known[newest])
        words.precompute_compress(level=level)
        self._form = bytes([newest])
        frames = zstandard.ZstdCompressionParameters(
            compression_level=level,
            format=zstandard.FORMAT_ZSTD1_MAGICLESS,
            write_checksum=False,
            write_content_size=True,
            write_dict_id=False,
        )
        self._compress = zstandard.ZstdCompressor(dict_data=words, compression_params=frames).compress
        self._decompress = {
            number: zstandard.ZstdDecompressor(dict_data=zstandard.ZstdCompressionDict(one)).decompress
            for number, one in known.items()
        }

    def compact(self, plain: bytes) -> bytes:
        """Whatever the bytes: at most one more than they were."""
        if len(plain) <= self._largest:
            frame = self._compress(plain)
            if len(frame) < len(plain):
                return self._form + frame
        return b"\0" + plain

    def plain(self, stored: bytes) -> bytes:
        """What was given to `compact`, or stored before. Raises NotCompact."""
        form = stored[0] if stored else None
        if form == _AS_IT_IS:
            return stored[1:]
        if form in _STORED_BEFORE:
            return stored
        decompress = self._decompress.get(form) if form else None
        if decompress is None:
            raise NotCompact(f"stored in form {form}; known here: {[_AS_IT_IS, *sorted(self._decompress)]}")
        frame = _MAGIC + stored[1:]
        try:
            # The library makes room for what a frame says of itself, whatever limit it is given.
            size = zstandard.frame_content_size(frame)
            if not 0 < size <= self._largest:
                raise NotCompact(f"a frame of {len(stored)} bytes says that it holds {size}, {self._largest} at most")
            return decompress(frame, allow_extra_data=False)
        except zstandard.ZstdError as error:
            raise NotCompact(f"a broken frame of {len(stored)} bytes: {error}") from error


_KNOWN: Final = dictionaries()
# To an event come two numbers and a length.
_LARGEST_ENTRY: Final = LARGEST_RECORD + 32
# The next takes half as long again, for a twenty-fifth less, until the entry is filed in a frame.
ENTRIES_LEVEL: Final = 3
ENTRIES: Final = Compact(_KNOWN, largest=_LARGEST_ENTRY, level=ENTRIES_LEVEL)
# Of several entries, 16 at most. The next takes half as long again, for a twenty-fifth less; the one before half of the
# time, for a fifteenth more.
FRAMES: Final = Compact(_KNOWN, largest=16 * _LARGEST_ENTRY, level=4)
_ROWS: Final = Compact(_KNOWN, largest=LARGEST_RECORD, level=3)
pack_row: Final = _ROWS.compact
# The next levels take half as long again for a hundredth less. Without any bound a few bytes that somebody wrote into
# Redis could ask for all memory; a state as large as this has a million entries.
STATES: Final = Compact(_KNOWN, largest=64 * 1024 * 1024, level=1)


def unpack_row(stored: bytes) -> bytes:
    """The JSON that `pack_row` was given; before rows were compressed, it was stored as it is. Raises NotCompact."""
    return stored if stored.startswith(b"{") else _ROWS.plain(stored)
