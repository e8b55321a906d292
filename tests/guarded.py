"""APIs that ask who comes: an issuer of tokens in memory, and each service behind its gate, asked through ASGI."""

import json
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from joserfc import jws, jwt
from joserfc.jwk import ECKey, OctKey, RSAKey
from joserfc.registry import HeaderParameter

from services.followup import api as followup_api
from services.followup.settings import FollowupApiSettings
from services.journey import api as journey_api
from services.journey.settings import JourneyApiSettings
from services.routing import api as routing_api
from services.routing.settings import RoutingSettings
from shared.access import Scope
from shared.event_log.log import Message
from shared.event_log.memory import MemoryLog
from shared.event_log.topics import LOOKUPS
from shared.projection import Projection
from shared.projection.memory import MemoryProjection
from shared.stream.handler import Handler
from tests import front_door
from tests.histories.builders import BEGIN, Event
from tests.properties.worlds import PARTITIONS, World

ISSUER = "https://issuer.example"
AUDIENCE = "ashiato"
PSEUDONYM_KEY = "for tests: thirty-two characters."
EVERYTHING = " ".join(Scope)
AGENT = "journey:read flags:read promises:read"

Json = dict[str, Any]


def ec_key(kid: str) -> ECKey:
    return ECKey.generate_key("P-256", {"kid": kid, "use": "sig"})


@dataclass
class Issuer:
    """Signs what it is told to. key: in use now; others: also published."""

    key: ECKey | RSAKey = field(default_factory=lambda: ec_key("k-1"))
    others: tuple[ECKey | RSAKey, ...] = ()
    now: datetime = BEGIN

    def jwks(self) -> bytes:
        return json.dumps({"keys": [key.as_dict(private=False) for key in (self.key, *self.others)]}).encode()

    def claims(self, **changed: Any) -> Json:
        """Of an agent at the front desk, unless told otherwise; what is None is left out."""
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": "agent-1",
            "iat": _epoch(self.now),
            "exp": _epoch(self.now + timedelta(hours=1)),
            "scope": AGENT,
            "desks": ["front"],
            **changed,
        }
        return {name: value for name, value in claims.items() if value is not None}

    def token(
        self, *, signed_by: ECKey | RSAKey | OctKey | None = None, header: Json | None = None, **claims: Any
    ) -> str:
        key = signed_by or self.key
        algorithm = {"EC": "ES256", "RSA": "RS256", "oct": "HS256"}[key.key_type]
        given = {"alg": algorithm, "kid": self.key.kid, "typ": "at+jwt", **(header or {})}
        odd = {name: HeaderParameter("odd", "str") for name in given}
        registry = jws.JWSRegistry(
            header_registry={**odd, **jws.JWSRegistry.default_header_registry},
            algorithms=[str(given["alg"])],
            strict_check_header=False,
        )
        return jwt.encode(given, self.claims(**claims), key, registry=registry)


def _epoch(moment: datetime) -> int:
    return int(moment.timestamp())


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def access_settings(folder: Path, issuer: Issuer) -> dict[str, Any]:
    """For the settings of any API. The issuer's keys lie in a file of the folder."""
    keys = folder / "jwks.json"
    keys.write_bytes(issuer.jwks())
    return {
        "access_issuer": ISSUER,
        "access_audience": AUDIENCE,
        "access_jwks_file": keys,
        "access_pseudonym_key": PSEUDONYM_KEY,
    }


def a_record() -> MemoryLog:
    return MemoryLog({LOOKUPS.name: 1})


def recorded(log: MemoryLog) -> list[Json]:
    """The events on the record of look-ups, in order."""
    return [json.loads(record.value or b"") for record in log.records(LOOKUPS.name)]


async def told(hire: Callable[[World], Handler], log: Iterable[Event | Message]) -> MemoryProjection:
    """What a service's worker has stored after it has read this."""
    async with World(hire) as world:
        await world.join()
        await world.send(log)
        await world.settle()
        return world.projection


def journey_app(stored: Projection, record: MemoryLog, now: datetime = BEGIN, **settings: Any) -> FastAPI:
    return journey_api.build(JourneyApiSettings(partitions=PARTITIONS, **settings), stored, lambda: now, record)


def followup_app(stored: Projection, record: MemoryLog, now: datetime = BEGIN, **settings: Any) -> FastAPI:
    return followup_api.build(FollowupApiSettings(partitions=PARTITIONS, **settings), stored, lambda: now, record)


def routing_app(log: MemoryLog, **settings: Any) -> FastAPI:
    return routing_api.build(RoutingSettings(**settings), log, lambda: front_door.NOW)


def empty_apps(projection: Projection, **settings: Any) -> Mapping[str, FastAPI]:
    """All three, with nothing stored."""
    return {
        "routing": routing_app(front_door.a_log(), **settings),
        "journey": journey_api.build(JourneyApiSettings(**settings), projection, lambda: BEGIN, a_record()),
        "followup": followup_api.build(FollowupApiSettings(**settings), projection, lambda: BEGIN, a_record()),
    }


@asynccontextmanager
async def asking(app: FastAPI, token: str | None = None) -> AsyncIterator[httpx.AsyncClient]:
    """With a token in every request; the application's lifespan is kept."""
    headers = {} if token is None else bearer(token)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://api.example", headers=headers) as client:
            yield client
