"""Access tokens: RFC 9068 in its main points, signed with RS256 or ES256.

The key decides about the algorithm, never the token: a token that names another is refused before anything is computed.
Keys that a token brings along or points at (jwk, jku, x5c, x5u) are never looked at.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from joserfc import jws, jwt
from joserfc.errors import ExpiredTokenError, InvalidClaimError, JoseError, MissingClaimError
from joserfc.jwk import ECKey, RSAKey

from shared.access.caller import Caller
from shared.access.errors import NotGood
from shared.access.scopes import KNOWN, Scope

Key = RSAKey | ECKey

ALGORITHMS: Final = ("RS256", "ES256")
LONGEST: Final = 8192
_LONGEST_NAME: Final = 256
# Nobody works at more, and each costs a read of a work list.
MOST_DESKS: Final = 32
# What a library may raise over bytes that only look like a token.
_BROKEN: Final = (JoseError, ValueError, TypeError, LookupError, AttributeError, RecursionError)
_TYPES: Final = frozenset({"jwt", "at+jwt", "application/at+jwt"})


@dataclass(frozen=True)
class TokenRules:
    """issuer, audience: exactly these. leeway: what clocks may differ by."""

    issuer: str
    audience: str
    leeway: timedelta = timedelta(seconds=30)


def key_id(token: str) -> str:
    """Which of the issuer's keys is said to have signed it; nothing is known yet. Raises NotGood."""
    if len(token) > LONGEST:
        raise NotGood("too_long")
    try:
        header = jws.extract_compact(token.encode()).headers()
        algorithm, named = header.get("alg"), header.get("kid")
    except _BROKEN:
        raise NotGood("no_token") from None
    if algorithm not in ALGORITHMS:
        raise NotGood("algorithm")
    if str(header.get("typ", "jwt")).lower() not in _TYPES:
        raise NotGood("type")
    if not isinstance(named, str):
        raise NotGood("no_key_id")
    return named


def read_token(token: str, key: Key, rules: TokenRules, now: datetime) -> tuple[Caller, datetime]:
    """The caller, and until when the token says so. Raises NotGood."""
    registry = jws.JWSRegistry(algorithms=[algorithm_of(key)], strict_check_header=False)
    try:
        claims = jwt.decode(token, key, registry=registry).claims
        _rules(rules, now).validate(claims)
    except ExpiredTokenError:
        raise NotGood("expired") from None
    except (InvalidClaimError, MissingClaimError) as error:
        raise NotGood(_claim(error)) from None
    except _BROKEN:
        raise NotGood("signature") from None
    return _caller(claims), _end(claims["exp"]) + rules.leeway


def algorithm_of(key: Key) -> str:
    return "ES256" if isinstance(key, ECKey) else "RS256"


def _rules(rules: TokenRules, now: datetime) -> jwt.JWTClaimsRegistry:
    return jwt.JWTClaimsRegistry(
        now=int(now.timestamp()),
        leeway=int(rules.leeway.total_seconds()),
        iss={"essential": True, "value": rules.issuer},
        aud={"essential": True, "value": rules.audience},
        exp={"essential": True},
        sub={"essential": True},
    )


def _claim(error: JoseError) -> str:
    """`iss`, `aud`, ...: the claim's name when it is one that we look at."""
    return next((f"claim_{name}" for name in ("iss", "aud", "exp", "nbf", "iat", "sub") if name in str(error)), "claim")


def _end(seconds: float) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        raise NotGood("claim_exp") from None


def _caller(claims: Mapping[str, Any]) -> Caller:
    name = claims["sub"]
    # The names of machines' keys begin with key: and are nobody else's.
    if not 1 <= len(name) <= _LONGEST_NAME or not name.isprintable() or name.startswith("key:"):
        raise NotGood("claim_sub")
    scope = claims.get("scope", "")
    if not isinstance(scope, str):
        raise NotGood("claim_scope")
    return Caller(
        name=name,
        scopes=frozenset(Scope(word) for word in scope.split(" ") if word in KNOWN),
        desks=frozenset(_names(claims, "desks")),
        sources=_names(claims, "sources"),
    )


def _names(claims: Mapping[str, Any], claim: str) -> tuple[str, ...]:
    """A list of names; a claim that is none of the kind allows nothing, so the whole token is refused."""
    given = claims.get(claim, [])
    good = isinstance(given, list) and len(given) <= MOST_DESKS
    if not good or not all(isinstance(one, str) and 1 <= len(one) <= _LONGEST_NAME for one in given):
        raise NotGood(f"claim_{claim}")
    return tuple(given)
