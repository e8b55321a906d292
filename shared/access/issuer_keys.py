"""The public keys of the tokens' issuer: fetched, remembered, fetched again when they are turned over."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, Protocol

import aiohttp
import msgspec
import structlog
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from shared.access.errors import KeysUnavailable, NotGood
from shared.access.tokens import Key, algorithm_of
from shared.access.watched import Watched

log = structlog.get_logger()

# Issuers publish a new key hours before they use it.
FRESH_S: Final = 600.0
# As long as an issuer may be away before nobody is let in any more: longer than a night.
STALE_S: Final = 24 * 3600.0
# Whoever sends made-up key ids must not make us knock at the issuer for each.
PAUSE_S: Final = 30.0
_WITHIN_S: Final = 5.0
_LARGEST: Final = 256 * 1024
_LEAST_RSA_BITS: Final = 2048

Keys = Mapping[str, Key]


class FindsKeys(Protocol):
    async def find(self, key_id: str) -> Key:
        """Raises NotGood (there is no such key), KeysUnavailable."""


def read_keys(content: bytes) -> Keys:
    """By key id, those of a JWK Set that we can use. Raises ValueError when there is none."""
    try:
        listed = msgspec.json.decode(content)["keys"]
        found = {one["kid"]: key for one in listed if (key := _key(one)) is not None}
    except (msgspec.DecodeError, LookupError, TypeError, AttributeError) as error:
        raise ValueError("no JWK Set") from error
    if not found:
        raise ValueError("no key of RS256 or ES256 with a key id")
    return found


def _key(described: Mapping[str, Any]) -> Key | None:
    if described.get("use", "sig") != "sig" or not isinstance(described.get("kid"), str):
        return None
    try:
        key: Key
        match described.get("kty"):
            case "RSA":
                key = RSAKey.import_key(dict(described))
                if key.public_key.key_size < _LEAST_RSA_BITS:
                    return None
            case "EC" if described.get("crv") == "P-256":
                key = ECKey.import_key(dict(described))
            case _:
                return None
    except (JoseError, ValueError, TypeError):
        return None
    return key if described.get("alg", algorithm_of(key)) == algorithm_of(key) else None


class KeysFromFile:
    def __init__(self, keys: Watched[Keys]) -> None:
        self._keys = keys

    async def find(self, key_id: str) -> Key:
        return _found(self._keys.content, key_id)


class KeysFromUrl:
    """fetch: the JWK Set's bytes; raises OSError, TimeoutError or aiohttp's errors."""

    def __init__(self, fetch: Callable[[], Awaitable[bytes]], clock: Callable[[], float] = time.monotonic) -> None:
        self._fetch = fetch
        self._clock = clock
        self._keys: Keys = {}
        self._good_at = self._tried_at = float("-inf")
        self._fetching = asyncio.Lock()

    async def find(self, key_id: str) -> Key:
        age = self._clock() - self._good_at
        if key_id in self._keys and (age < FRESH_S or (age < STALE_S and self._fetching.locked())):
            return self._keys[key_id]  # who comes while another fetches need not wait
        await self._fetch_again()
        if self._clock() - self._good_at >= STALE_S:
            raise KeysUnavailable("the issuer's keys cannot be fetched")
        return _found(self._keys, key_id)

    async def _fetch_again(self) -> None:
        """At most once in PAUSE_S, one at a time; what we have stays when it fails."""
        async with self._fetching:
            if self._clock() - self._tried_at < PAUSE_S:
                return
            self._tried_at = self._clock()
            try:
                self._keys = read_keys(await self._fetch())
                self._good_at = self._clock()
            except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
                log.warning("access.keys.not_fetched", error=type(error).__qualname__)


async def fetch(url: str) -> bytes:
    """No redirect is followed: it could lead away from the address that was checked."""
    timeout = aiohttp.ClientTimeout(total=_WITHIN_S)
    async with aiohttp.ClientSession(timeout=timeout) as session, session.get(url, allow_redirects=False) as answer:
        if answer.status != 200:
            raise ValueError("no answer of 200")
        content = await answer.content.read(_LARGEST + 1)
        while len(content) <= _LARGEST and (more := await answer.content.read(_LARGEST + 1 - len(content))):
            content += more
    if len(content) > _LARGEST:
        raise ValueError("too long for a JWK Set")
    return content


def _found(keys: Keys, key_id: str) -> Key:
    key = keys.get(key_id)
    if key is None:
        raise NotGood("unknown_key")
    return key
