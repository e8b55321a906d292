"""A token that is good, and by which of the issuer's keys; what is refused stands in test_access_attacks.py."""

import asyncio
import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from joserfc.jwk import ECKey, OctKey, RSAKey

from shared.access import Caller, KeysUnavailable, NotGood, Scope
from shared.access.caller import is_of
from shared.access.issuer_keys import FRESH_S, PAUSE_S, STALE_S, KeysFromFile, KeysFromUrl, read_keys
from shared.access.token_reader import TokenReader
from shared.access.tokens import TokenRules, key_id, read_token
from shared.access.watched import Watched
from tests.guarded import AUDIENCE, ISSUER, Issuer, ec_key
from tests.histories.builders import BEGIN, HOUR

RULES = TokenRules(ISSUER, AUDIENCE, timedelta(seconds=30))
A_LITTLE = timedelta(seconds=29)


@pytest.mark.parametrize("key", [ec_key("k-1"), RSAKey.generate_key(2048, {"kid": "k-1"})], ids=["ES256", "RS256"])
def test_a_good_token_says_who_it_is_and_what_they_may_do(key: ECKey | RSAKey) -> None:
    issuer = Issuer(key)
    token = issuer.token(scope="journey:read unheard-of flags:read", desks=["front", "tech"], sources=["urn:example"])
    published = read_keys(issuer.jwks())[key_id(token)]
    caller, until = read_token(token, published, RULES, BEGIN)
    assert until == BEGIN + HOUR + RULES.leeway
    assert caller == Caller(
        "agent-1", frozenset({Scope.JOURNEY_READ, Scope.FLAGS_READ}), frozenset({"front", "tech"}), ("urn:example",)
    )


def test_a_token_for_several_is_for_us_too() -> None:
    issuer = Issuer()
    assert read_token(issuer.token(aud=["payroll", AUDIENCE]), issuer.key, RULES, BEGIN)[0].name == "agent-1"


@pytest.mark.parametrize(
    ("offset", "good"),
    [(-A_LITTLE, True), (-2 * A_LITTLE, False), (HOUR + A_LITTLE, True), (HOUR + 2 * A_LITTLE, False)],
)
def test_clocks_may_differ_a_little(offset: timedelta, good: bool) -> None:
    issuer = Issuer()
    token = issuer.token(nbf=int(BEGIN.timestamp()))
    try:
        read_token(token, issuer.key, RULES, BEGIN + offset)
        found = True
    except NotGood:
        found = False
    assert found is good


class Turning:
    """An issuer with one key, which may become another."""

    def __init__(self, key: ECKey | RSAKey) -> None:
        self.key = key

    async def find(self, key_id: str) -> ECKey | RSAKey:
        if key_id != self.key.kid:
            raise NotGood("unknown_key")
        return self.key


async def test_a_token_that_was_good_is_good_until_it_expires() -> None:
    issuer = Issuer()
    reader, token = TokenReader(RULES, Turning(issuer.key)), issuer.token()
    first = await reader.caller(token, BEGIN)
    assert await reader.caller(token, BEGIN + HOUR) is first
    with pytest.raises(NotGood, match="expired"):
        await reader.caller(token, BEGIN + HOUR + RULES.leeway)


async def test_a_token_that_was_good_is_refused_with_the_key_that_signed_it() -> None:
    issuer = Issuer()
    keys, token = Turning(issuer.key), issuer.token()
    reader = TokenReader(RULES, keys)
    await reader.caller(token, BEGIN)
    keys.key = ec_key("k-1")
    with pytest.raises(NotGood, match="signature"):
        await reader.caller(token, BEGIN)
    keys.key = ec_key("k-2")
    with pytest.raises(NotGood, match="unknown_key"):
        await reader.caller(token, BEGIN)


async def test_one_good_token_makes_no_other_good() -> None:
    issuer = Issuer()
    reader, token = TokenReader(RULES, Turning(issuer.key)), issuer.token()
    await reader.caller(token, BEGIN)
    for other in (token[:-1], token + "A", token.rpartition(".")[0] + ".", f" {token}"):
        with pytest.raises(NotGood):
            await reader.caller(other, BEGIN)


@pytest.mark.parametrize(
    "source", ["urn:acme:pbx", "urn:acme:pbx:tokyo", "urn:acme:pbx/1", "urn:acme:pbx#a", "https://acme.example/x"]
)
def test_a_prefix_names_a_source_and_its_parts(source: str) -> None:
    assert is_of(source, ("urn:acme:pbx", "https://acme.example/"))


@pytest.mark.parametrize("source", ["urn:acme:pbx2", "urn:acme", "https://acme.example", "", "x:urn:acme:pbx"])
def test_and_nothing_that_only_begins_alike(source: str) -> None:
    assert not is_of(source, ("urn:acme:pbx", "https://acme.example/"))


USELESS = [
    {"kty": "oct", "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0", "kid": "k-2"},
    {"kty": "RSA", "kid": "k-3", "e": "AQAB", "n": urlsafe_b64encode(b"\xc5" * 128).decode()},  # 1024 bits
    ECKey.generate_key("P-384", {"kid": "k-4"}).as_dict(private=False),
    {**ec_key("k-5").as_dict(private=False), "use": "enc"},
    {**ec_key("k-6").as_dict(private=False), "alg": "ES512"},
    {**ec_key("k-7").as_dict(private=False), "x": "nonsense"},
    {"kty": "EC", "kid": "k-8"},
    {"kty": "OKP", "crv": "Ed25519", "kid": "k-9", "x": "AA"},
]


def test_of_an_issuers_keys_only_those_of_our_two_algorithms_count() -> None:
    good = ec_key("k-1").as_dict(private=False)
    nameless = {name: value for name, value in ec_key("x").as_dict(private=False).items() if name != "kid"}
    assert list(read_keys(json.dumps({"keys": [*USELESS, nameless, good]}).encode())) == ["k-1"]


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b'{"keys": 7}', b'{"keys": [7]}', b'{"keys": []}', b"<html>"])
def test_what_is_no_set_of_keys_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"JWK Set|no key"):
        read_keys(content)


class Site:
    """Where an issuer publishes its keys, and a clock."""

    def __init__(self, issuer: Issuer) -> None:
        self.issuer = issuer
        self.away = False
        self.asked = 0
        self.now = 0.0
        self.keys = KeysFromUrl(self.fetch, lambda: self.now)

    async def fetch(self) -> bytes:
        self.asked += 1
        await asyncio.sleep(0)
        if self.away:
            raise ConnectionRefusedError
        return self.issuer.jwks()


async def test_keys_are_fetched_once_and_remembered() -> None:
    site = Site(Issuer())
    await asyncio.gather(*(site.keys.find("k-1") for _ in range(20)))
    site.now += FRESH_S - 1
    assert (await site.keys.find("k-1")).kid == "k-1"
    assert site.asked == 1


async def test_a_key_that_is_turned_over_is_found_at_once() -> None:
    site = Site(Issuer())
    await site.keys.find("k-1")
    site.issuer = Issuer(ec_key("k-2"), others=(site.issuer.key,))
    site.now += PAUSE_S
    assert (await site.keys.find("k-2")).kid == "k-2"
    assert (await site.keys.find("k-1")).kid == "k-1"
    assert site.asked == 2


async def test_a_key_that_is_published_no_more_is_forgotten() -> None:
    site = Site(Issuer())
    await site.keys.find("k-1")
    site.issuer = Issuer(ec_key("k-2"))
    site.now += FRESH_S
    with pytest.raises(NotGood):
        await site.keys.find("k-1")


async def test_made_up_key_ids_do_not_make_us_knock_for_each() -> None:
    site = Site(Issuer())
    for number in range(100):
        site.now += 1
        with pytest.raises(NotGood):
            await site.keys.find(f"made-up-{number}")
    assert site.asked <= 1 + 100 / PAUSE_S


async def test_while_the_issuer_is_away_what_we_have_is_good_for_a_day() -> None:
    site = Site(Issuer())
    await site.keys.find("k-1")
    site.away = True
    site.now = STALE_S - 1
    assert (await site.keys.find("k-1")).kid == "k-1"
    site.now = STALE_S + PAUSE_S
    with pytest.raises(KeysUnavailable):
        await site.keys.find("k-1")
    site.away = False
    site.now += PAUSE_S
    assert (await site.keys.find("k-1")).kid == "k-1"


async def test_without_any_keys_nobody_can_be_told_from_anybody() -> None:
    site = Site(Issuer())
    site.away = True
    with pytest.raises(KeysUnavailable):
        await site.keys.find("k-1")


async def test_keys_in_a_file_are_read_again_when_it_changes(tmp_path: Path) -> None:
    now, path = [0.0], tmp_path / "jwks.json"
    path.write_bytes(Issuer().jwks())
    keys = KeysFromFile(Watched(path, read_keys, lambda: now[0]))
    assert (await keys.find("k-1")).kid == "k-1"
    replaced(path, Issuer(ec_key("k-22")).jwks())
    now[0] += 1
    assert (await keys.find("k-22")).kid == "k-22"


@pytest.mark.parametrize("harm", [lambda path: path.unlink(), lambda path: replaced(path, b"{")], ids=["gone", "torn"])
async def test_a_file_that_is_spoilt_locks_nobody_out(tmp_path: Path, harm: Callable[[Path], None]) -> None:
    now, path = [0.0], tmp_path / "jwks.json"
    path.write_bytes(Issuer().jwks())
    keys = KeysFromFile(Watched(path, read_keys, lambda: now[0]))
    harm(path)
    now[0] += 1
    assert (await keys.find("k-1")).kid == "k-1"


def test_a_secret_of_ours_is_no_key_of_an_issuer() -> None:
    secret = OctKey.generate_key(256, {"kid": "k-1"}).as_dict(private=True)
    with pytest.raises(ValueError, match="no key"):
        read_keys(json.dumps({"keys": [secret]}).encode())


def replaced(path: Path, content: bytes) -> None:
    """As editors and Kubernetes do it: another file under the name."""
    fresh = path.with_suffix(".new")
    fresh.write_bytes(content)
    fresh.replace(path)
