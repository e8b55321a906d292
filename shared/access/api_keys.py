"""Keys of machines: ashiato_<id>_<secret>, 256 random bits, of which only the hash is kept.

A plain SHA-256 suffices: what is hashed cannot be guessed, so nothing is gained by making guesses slow.
"""

import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final

import msgspec

from shared.access.caller import Caller
from shared.access.errors import NotGood
from shared.access.scopes import Scope

PREFIX: Final = "ashiato_"
# One in use, and the one that takes its place.
MOST_LIVE: Final = 2
_LONGEST: Final = 128
_SECRET_BYTES: Final = 32


class ApiKey(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """As it stands in the file. sources: prefixes of the sources whose events the producer may write."""

    id: str
    producer: str
    hash: str  # SHA-256 of the secret, hex
    scopes: tuple[Scope, ...]
    created_at: datetime
    not_after: datetime
    sources: tuple[str, ...] = ()
    revoked_at: datetime | None = None

    def is_live(self, now: datetime) -> bool:
        return self.revoked_at is None and now < self.not_after


class KeyFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    keys: tuple[ApiKey, ...] = ()


@dataclass(frozen=True)
class Wanted:
    """What a new key shall allow."""

    producer: str
    scopes: tuple[Scope, ...]
    sources: tuple[str, ...]
    not_after: datetime


def new_key(wanted: Wanted, now: datetime) -> tuple[ApiKey, str]:
    """The key as it is kept, and the text that is shown once."""
    key_id, secret = secrets.token_hex(6), secrets.token_urlsafe(_SECRET_BYTES)
    kept = ApiKey(key_id, wanted.producer, _hash(secret), wanted.scopes, now, wanted.not_after, wanted.sources)
    return kept, f"{PREFIX}{key_id}_{secret}"


def read_key_file(content: bytes) -> KeyFile:
    """Raises ValueError (msgspec's errors are of the kind)."""
    return _read(content)


def write_key_file(file: KeyFile) -> bytes:
    return msgspec.json.format(msgspec.json.encode(file)) + b"\n"


def known_key(text: str, keys: Iterable[ApiKey], now: datetime) -> Caller:
    """Raises NotGood."""
    key_id, _, secret = text[:_LONGEST].removeprefix(PREFIX).partition("_")
    found = next((key for key in keys if key.id == key_id), None)
    # Compared also for an id that nobody has, so that the answer takes as long.
    if not hmac.compare_digest(_hash(secret), found.hash if found else _hash("")) or found is None:
        raise NotGood("key")
    if found.revoked_at is not None:
        raise NotGood("key_revoked")
    if not found.is_live(now):
        raise NotGood("key_expired")
    return Caller(f"key:{found.producer}", frozenset(found.scopes), sources=found.sources)


def _hash(secret: str) -> str:
    return sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


_read: Final = msgspec.json.Decoder(KeyFile).decode
