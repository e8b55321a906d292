"""API2, broken authentication: tokens that are forged, stale or for somebody else let nobody in."""

import base64
import hmac
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from joserfc.jwk import OctKey, RSAKey

from shared.projection.memory import MemoryProjection
from tests.guarded import EVERYTHING, Issuer, access_settings, asking, bearer, ec_key, empty_apps
from tests.histories.builders import BEGIN, HOUR


def b64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def by_hand(header: object, claims: object, signature: bytes = b"") -> str:
    """A token as no library would write it."""
    return f"{b64(json.dumps(header).encode())}.{b64(json.dumps(claims).encode())}.{b64(signature)}"


def by_secret(claims: object, secret: bytes) -> str:
    """What a careless verifier takes that lets the token choose how it is verified."""
    unsigned = by_hand({"alg": "HS256", "kid": "k-1"}, claims).rpartition(".")[0]
    return f"{unsigned}.{b64(hmac.digest(secret, unsigned.encode(), 'sha256'))}"


def swapped(token: str, part: int, value: object) -> str:
    """With another header (0) or other claims (1) under the same signature."""
    parts = token.split(".")
    parts[part] = b64(json.dumps(value).encode())
    return ".".join(parts)


RSA = RSAKey.generate_key(2048, {"kid": "k-1"})
STRANGER = ec_key("k-1")
Forging = Callable[[Issuer], str]

FORGED: dict[str, Forging] = {
    "none": lambda one: by_hand({"alg": "none", "kid": "k-1"}, one.claims(scope=EVERYTHING)),
    "None in another case": lambda one: by_hand({"alg": "NonE", "kid": "k-1"}, one.claims(scope=EVERYTHING)),
    "no algorithm": lambda one: by_hand({"kid": "k-1"}, one.claims()),
    "HS256 with the public key as secret": lambda one: by_secret(one.claims(), one.key.as_pem(private=False)),
    "HS256 with the public JWK as secret": lambda one: one.token(
        signed_by=OctKey.import_key(json.dumps(one.key.as_dict(private=False)), {"kid": "k-1"})
    ),
    "HS256 with an empty signature": lambda one: by_hand({"alg": "HS256", "kid": "k-1"}, one.claims()),
    "RS256 by a stranger under a known key id": lambda one: one.token(signed_by=RSA),
    "ES256 by a stranger under a known key id": lambda one: one.token(signed_by=STRANGER),
    "ES256 named, RSA signed": lambda one: swapped(one.token(signed_by=RSA), 0, {"alg": "ES256", "kid": "k-1"}),
    "unknown key id": lambda one: one.token(signed_by=ec_key("k-9")),
    "no key id": lambda one: by_hand({"alg": "ES256"}, one.claims()),
    "key id is no text": lambda one: by_hand({"alg": "ES256", "kid": ["k-1"]}, one.claims()),
    "key id is a path": lambda one: one.token(header={"kid": "../../../dev/null"}),
    "key id is a query": lambda one: one.token(header={"kid": "k-1' OR '1'='1"}),
    "embedded key": lambda one: one.token(
        signed_by=STRANGER, header={"jwk": STRANGER.as_dict(private=False), "kid": "stranger"}
    ),
    "key at an address": lambda one: one.token(signed_by=STRANGER, header={"jku": "https://evil.example/jwks.json"}),
    "certificate at an address": lambda one: one.token(signed_by=STRANGER, header={"x5u": "https://evil.example/c"}),
    "an extension that must be understood": lambda one: one.token(header={"crit": ["moon"], "moon": "full"}),
    "a payload that is not encoded": lambda one: swapped(one.token(), 0, {"alg": "ES256", "kid": "k-1", "b64": False}),
    "the type of an id token's kin": lambda one: one.token(header={"typ": "logout+jwt"}),
    "changed claims": lambda one: swapped(one.token(), 1, one.claims(scope=EVERYTHING)),
    "changed subject": lambda one: swapped(one.token(), 1, one.claims(sub="supervisor")),
    "no signature": lambda one: one.token().rpartition(".")[0] + ".",
    "signature of zeros": lambda one: f"{one.token().rpartition('.')[0]}.{b64(bytes(64))}",
    "signature cut": lambda one: one.token()[:-4],
    "two parts": lambda one: one.token().rpartition(".")[0],
    "four parts": lambda one: one.token() + ".e30",
    "five parts, as if encrypted": lambda one: one.token() + ".e30.e30",
    "no JSON": lambda _: "a.b.c",
    "a list for a header": lambda one: by_hand(["ES256"], one.claims()),
    "a text for a header": lambda one: by_hand("alg", one.claims()),
    "nested without end": lambda _: f"{b64(b'[' * 300)}.e30.e30",
    "not Base64": lambda _: "é!.é!.é!".encode("ascii", "replace").decode(),
    "nothing": lambda _: "",
    "too long": lambda one: one.token(padding="x" * 9000),
    "another issuer": lambda one: one.token(iss="https://evil.example"),
    "nearly the issuer": lambda one: one.token(iss="https://issuer.example/"),
    "no issuer": lambda one: one.token(iss=None),
    "for somebody else": lambda one: one.token(aud="payroll"),
    "for several others": lambda one: one.token(aud=["payroll", "ashiato-test"]),
    "for nobody": lambda one: one.token(aud=None),
    "for an odd audience": lambda one: one.token(aud={"ashiato": True}),
    "expired": lambda one: one.token(exp=int((BEGIN - HOUR).timestamp())),
    "never expires": lambda one: one.token(exp=None),
    "expires as text": lambda one: one.token(exp="tomorrow"),
    "expires at no number": lambda one: by_hand({"alg": "ES256", "kid": "k-1"}, one.claims(exp=float("nan"))),
    "not yet valid": lambda one: one.token(nbf=int((BEGIN + HOUR).timestamp())),
    "issued tomorrow": lambda one: one.token(iat=int((BEGIN + timedelta(days=1)).timestamp())),
    "of nobody": lambda one: one.token(sub=None),
    "with an empty name": lambda one: one.token(sub=""),
    "with a line break in its name": lambda one: one.token(sub="a\nhttp.request status=200"),
    "in the name of a machine's key": lambda one: one.token(sub="key:pbx"),
    "desks as text": lambda one: one.token(desks="front"),
    "desks of no text": lambda one: one.token(desks=[None]),
    "desks without number": lambda one: one.token(desks=[f"desk-{n}" for n in range(1000)]),
    "scope as a list": lambda one: one.token(scope=["journey:read"]),
    "a made-up key": lambda _: f"ashiato_000000000000_{'A' * 43}",
}


@pytest.fixture(scope="module")
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, issuer: Issuer) -> FastAPI:
    settings = {**access_settings(tmp_path_factory.mktemp("access"), issuer), "access_burst": 10_000}
    return empty_apps(MemoryProjection(), **settings)["journey"]


@pytest.mark.parametrize("attempt", FORGED)
async def test_forged_and_stale_tokens_let_nobody_in(app: FastAPI, issuer: Issuer, attempt: str) -> None:
    async with asking(app) as client:
        answer = await client.get("/partitions", headers=bearer(FORGED[attempt](issuer)))
        good = await client.get("/partitions", headers=bearer(issuer.token(scope="operations")))
    assert answer.status_code == 401, attempt
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]
    assert "items" not in answer.json()
    assert good.status_code == 200


MORE_THAN_ALLOWED: dict[str, dict[str, Any]] = {
    "roles": {"roles": ["admin", "operations"], "admin": True},
    "scopes in another claim": {"scp": ["operations"], "scopes": "operations", "permissions": ["operations"]},
    "a scope that contains ours": {"scope": "not-operations operations:all OPERATIONS"},
    "scopes with other gaps": {"scope": "journey:read\toperations journey:read,operations"},
    "a scope for all": {"scope": "*"},
    "no scope": {"scope": None},
}


@pytest.mark.parametrize("attempt", MORE_THAN_ALLOWED)
async def test_what_a_token_says_elsewhere_allows_nothing(app: FastAPI, issuer: Issuer, attempt: str) -> None:
    async with asking(app, issuer.token(**MORE_THAN_ALLOWED[attempt])) as client:
        answer = await client.get("/partitions")
    assert (answer.status_code, answer.json()["scope"]) == (403, "operations")


def test_there_are_many_attempts() -> None:
    assert len(FORGED) >= 50
