"""Tokens to callers, each verified once: people send the same one for an hour, and a signature takes 150 µs.

What is remembered is good as long as the key that signed it is still published, and until the token expires.
"""

from collections import OrderedDict
from datetime import datetime
from hashlib import sha256
from typing import Final, NamedTuple

from shared.access.caller import Caller
from shared.access.errors import NotGood
from shared.access.issuer_keys import FindsKeys
from shared.access.tokens import Key, TokenRules, key_id, read_token

REMEMBERED: Final = 10_000


class Verified(NamedTuple):
    key_id: str
    key: Key
    caller: Caller
    until: datetime


class TokenReader:
    def __init__(self, rules: TokenRules, keys: FindsKeys) -> None:
        self._rules = rules
        self._keys = keys
        self._verified: OrderedDict[bytes, Verified] = OrderedDict()

    async def caller(self, token: str, now: datetime) -> Caller:
        """Raises NotGood, KeysUnavailable."""
        mark = sha256(token.encode("utf-8", "surrogatepass")).digest()
        known = self._verified.get(mark)
        named = key_id(token) if known is None else known.key_id
        key = await self._keys.find(named)
        if known is None or known.key is not key:
            caller, until = read_token(token, key, self._rules, now)
            known = self._remember(mark, Verified(named, key, caller, until))
        if now >= known.until:
            raise NotGood("expired")
        return known.caller

    def _remember(self, mark: bytes, verified: Verified) -> Verified:
        self._verified[mark] = verified
        if len(self._verified) > REMEMBERED:
            self._verified.popitem(last=False)
        return verified
