"""What is stored of a customer, small: everything comes back, and what nobody stored is said to be that."""

import json
import random
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from shared.customers.compact import ENTRIES, STATES, Compact, NotCompact, dictionaries
from shared.customers.entry import Entry, unpack
from shared.event_log.wire import LARGEST_RECORD, decode
from tests.contract.examples import BYTES
from tools.dictionary.__main__ import main
from tools.dictionary.corpus import Corpus

# Of every dictionary that was ever used: what was stored with it must stay readable.
FINGERPRINTS = {1: "f8073f1803a69dc1b60cc3817aad77e30db2d57932e1e9a9111779865ba604e2"}

EXAMPLES = [json.dumps(json.loads(one), separators=(",", ":")).encode() for one in BYTES.values()]
pieces = (
    st.binary(max_size=2_000) | st.sampled_from(EXAMPLES) | st.builds(bytes.__mul__, st.binary(), st.integers(0, 99))
)


@given(pieces)
def test_whatever_the_bytes_they_come_back_and_never_take_much_more(piece: bytes) -> None:
    for stored in (ENTRIES, STATES):
        compacted = stored.compact(piece)
        assert stored.plain(compacted) == piece
        assert len(compacted) <= len(piece) + 1


@given(st.integers(0, 2**63 - 1), st.integers(0, 2**63 - 1), pieces)
def test_an_entry_comes_back(offset: int, recorded_ms: int, raw: bytes) -> None:
    entry = Entry(offset, recorded_ms, raw)
    assert unpack(entry.pack()) == entry


@given(st.integers(0, 2**63 - 1), pieces)
def test_what_was_stored_before_anything_was_compressed_is_read(offset: int, raw: bytes) -> None:
    entry = Entry(offset, 7, raw)
    assert unpack(msgspec.msgpack.encode(entry)) == entry


def test_events_of_the_contract_take_half_and_less() -> None:
    packed = [Entry(104_233, 1_790_000_000_000, raw).pack() for raw in EXAMPLES]
    assert sum(map(len, packed)) < 0.5 * sum(map(len, EXAMPLES))


def test_the_largest_event_is_read_again_whether_or_not_it_gets_smaller() -> None:
    for raw in (b" " * LARGEST_RECORD, random.Random(7).randbytes(LARGEST_RECORD)):
        entry = Entry(2**63 - 1, 2**63 - 1, raw)
        assert unpack(entry.pack()) == entry


@given(st.binary(min_size=1, max_size=300))
def test_bytes_from_elsewhere_are_refused(foreign: bytes) -> None:
    if foreign[0] in (0, *range(0x90, 0xA0)):
        assert foreign.endswith(ENTRIES.plain(foreign))
    else:
        with pytest.raises(NotCompact):
            ENTRIES.plain(foreign)


@pytest.mark.parametrize(
    ("stored", "says"),
    [
        (b"", "form None"),
        (b"\x02" + ENTRIES.compact(EXAMPLES[0])[1:], "form 2; known here: \\[0, 1\\]"),
        (b'{"specversion":"1.0"}', "form 123"),
        (b"\x01", "broken frame"),
        (b"\x01nonsense", "broken frame|says that it holds"),
        (ENTRIES.compact(EXAMPLES[0])[:-1], "broken frame"),
        (ENTRIES.compact(EXAMPLES[0]) + b"\0", "broken frame"),
    ],
)
def test_a_broken_or_foreign_piece_is_refused_in_words(stored: bytes, says: str) -> None:
    with pytest.raises(NotCompact, match=says):
        ENTRIES.plain(stored)


def test_a_frame_of_another_dictionary_is_not_taken_for_ours() -> None:
    other = Compact({1: zstandard.train_dictionary(2_048, [*EXAMPLES * 20]).as_bytes()}, largest=10_000, level=3)
    stored = other.compact(EXAMPLES[0])
    with pytest.raises(NotCompact):
        ENTRIES.plain(stored)


@pytest.mark.parametrize("with_size", [True, False])
def test_a_few_bytes_cannot_ask_for_much_memory(with_size: bool) -> None:
    small = Compact(dictionaries(), largest=1_000, level=3)
    bomb = zstandard.ZstdCompressor(write_content_size=with_size).compress(b"\0" * 10_000_000)
    assert len(bomb) < 1_000
    with pytest.raises(NotCompact, match="says that it holds"):
        small.plain(b"\x01" + bomb[4:])


def test_a_frame_that_says_less_than_it_holds_is_broken() -> None:
    frame = bytearray(ENTRIES.compact(b"a" * 200))
    assert frame[2] == 200
    frame[2] = 100
    with pytest.raises(NotCompact, match="broken frame"):
        ENTRIES.plain(bytes(frame))


def test_dictionaries_are_what_they_ever_were() -> None:
    assert {number: sha256(one).hexdigest() for number, one in dictionaries().items()} == FINGERPRINTS


def test_a_dictionary_is_followed_by_another(tmp_path: Path) -> None:
    events = tmp_path / "events.jsonl"
    corpus = Corpus(seed=2)
    events.write_bytes(b"\n".join(corpus.event() for _ in range(1_000)))
    own = tmp_path / "own.v64.dict"
    assert main([str(own), "--events", str(events)]) == 0
    known = {**dictionaries(), **dictionaries(tmp_path)}
    both = Compact(known, largest=LARGEST_RECORD, level=3)
    piece = corpus.event()
    assert both.plain(ENTRIES.compact(piece)) == piece
    assert both.compact(piece)[0] == 64
    assert both.plain(both.compact(piece)) == piece


def test_a_dictionary_is_never_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept = tmp_path / "own.v64.dict"
    kept.write_bytes(b"something is stored with it")
    assert main([str(kept)]) == 1
    assert kept.read_bytes() == b"something is stored with it"
    assert "next number" in capsys.readouterr().err


def test_too_few_events_teach_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    events = tmp_path / "events.jsonl"
    events.write_bytes(EXAMPLES[0])
    assert main([str(tmp_path / "own.v64.dict"), "--events", str(events)]) == 1
    assert not (tmp_path / "own.v64.dict").exists()
    assert "1 events are too few" in capsys.readouterr().err


@pytest.mark.parametrize("names", [["a.v123.dict"], ["a.v0.dict"], ["a.dict"], ["a.v3.dict", "b.v3.dict"]])
def test_a_dictionary_without_a_number_of_its_own_is_refused(tmp_path: Path, names: list[str]) -> None:
    for name in names:
        (tmp_path / name).write_bytes(b"")
    with pytest.raises(ValueError, match="NUMBER"):
        dictionaries(tmp_path)


def test_what_dictionaries_are_made_of_is_of_the_contract() -> None:
    corpus = Corpus(seed=3)
    kinds = {decode(corpus.event()).type for _ in range(2_000)}
    assert len(kinds) == len(EXAMPLES)
