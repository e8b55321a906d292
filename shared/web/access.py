"""The gate in front of every route: who is it, not too often, and is this allowed.

UnguardedRoute      a route that does not say which scope it needs; the process does not start
"""

import time
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from typing import Any, Final, Protocol

import structlog
from fastapi import APIRouter, Request, Security
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from fastapi.security import SecurityScopes

from shared.access import ANYBODY, Caller, KeysUnavailable, NotGood, Scope
from shared.access.api_keys import PREFIX, KeyFile, known_key, read_key_file
from shared.access.issuer_keys import KeysFromFile, KeysFromUrl, fetch, read_keys
from shared.access.rates import DifferentCustomers, Rate
from shared.access.settings import AccessSettings
from shared.access.token_reader import TokenReader
from shared.access.tokens import TokenRules
from shared.access.watched import Watched
from shared.present import utc_now
from shared.settings import SettingsError
from shared.web.problems import Forbidden, MissingScope, TooMany, Unauthorized, Unavailable

log = structlog.get_logger()

_NOTHING_BROUGHT: Final = "Bring an access token or a key: Authorization: Bearer ..."
_NOT_GOOD: Final = "The access token or key is not accepted (any more). Get a new one."


class UnguardedRoute(Exception):
    """Our mistake."""


class Gate(Protocol):
    """is_open: everybody may pass, so only loopback is answered. describes: whether /openapi.json is there."""

    is_open: bool
    describes: bool

    async def admit(self, request: Request, scope: Scope, /) -> Caller:
        """Raises Unauthorized, MissingScope, TooMany, Unavailable."""

    def count(self, caller: Caller, customer: str, /) -> None:
        """Before a customer is looked up. Raises TooMany."""


class OpenGate:
    is_open = True
    describes = True

    async def admit(self, _request: Request, _scope: Scope) -> Caller:
        return ANYBODY

    def count(self, _caller: Caller, _customer: str) -> None:
        return


OPEN: Final = OpenGate()


class GuardedGate:
    is_open = False

    def __init__(
        self,
        tokens: TokenReader | None,
        keys: Watched[KeyFile] | None,
        settings: AccessSettings,
        now: Callable[[], datetime],
        clock: Callable[[], float],
    ) -> None:
        self.describes = settings.access_openapi
        self._tokens = tokens
        self._keys = keys
        self._now = now
        self._clock = clock
        self._rate = Rate(settings.access_rate, settings.access_burst)
        self._customers = DifferentCustomers(settings.access_customers_per_hour)

    async def admit(self, request: Request, scope: Scope) -> Caller:
        caller = await self._known(request)
        wait = self._rate.take(caller.name, self._clock())
        if wait is not None:
            raise TooMany("You ask too often.", retry_after=wait)
        if scope not in caller.scopes:
            raise MissingScope(scope)
        return caller

    def count(self, caller: Caller, customer: str) -> None:
        wait = self._customers.look_at(caller.name, customer, self._clock())
        if wait is not None:
            log.warning("access.too_many_customers")
            raise TooMany("You have looked at as many customers as one may in an hour.", retry_after=wait)

    async def _known(self, request: Request) -> Caller:
        given = request.headers.getlist("authorization")
        kind, _, credential = (given[0] if len(given) == 1 else "").partition(" ")
        if kind.lower() != "bearer":
            raise Unauthorized(_NOTHING_BROUGHT, brought=bool(given))
        try:
            return await self._caller(credential.strip())
        except NotGood as error:
            log.info("access.refused", why=error.code)
            raise Unauthorized(_NOT_GOOD, brought=True) from None
        except KeysUnavailable:
            raise Unavailable("Tokens cannot be checked now; ask again in a few seconds.", retry_after=5) from None

    async def _caller(self, credential: str) -> Caller:
        if credential.startswith(PREFIX) and self._keys is not None:
            return known_key(credential, self._keys.content.keys, self._now())
        if self._tokens is not None:
            return await self._tokens.caller(credential, self._now())
        raise NotGood("no_issuer")


def gate_of(
    settings: AccessSettings,
    now: Callable[[], datetime] = utc_now,
    clock: Callable[[], float] = time.monotonic,
) -> Gate:
    """Raises SettingsError: a file is not there, or not what it should be."""
    if not settings.access_is_on:
        return OPEN
    try:
        keys = None if settings.access_keys is None else Watched(settings.access_keys, read_key_file)
        return GuardedGate(_token_reader(settings), keys, settings, now, clock)
    except (OSError, ValueError) as error:
        raise SettingsError(f"a file that ASHIATO_ACCESS_* names cannot be used: {type(error).__name__}") from None


def _token_reader(settings: AccessSettings) -> TokenReader | None:
    """None: there is no issuer, only keys of machines. That what belongs together is set together was checked."""
    if settings.access_issuer is None or settings.access_audience is None:
        return None
    rules = TokenRules(settings.access_issuer, settings.access_audience, settings.access_leeway)
    if settings.access_jwks_file is not None:
        return TokenReader(rules, KeysFromFile(Watched(settings.access_jwks_file, read_keys)))
    return TokenReader(rules, KeysFromUrl(partial(fetch, settings.access_jwks_url or "")))


def needs(scope: Scope) -> Any:
    """What a route says: `caller: Annotated[Caller, needs(Scope.FLAGS_READ)]`, or among its `dependencies`."""
    return Security(_admitted, scopes=[scope.value])


def desks_shown(caller: Caller, desk: str | None) -> frozenset[str] | None:
    """Of which desks a list is shown to somebody who asks for one, or for none in particular; None: of all.

    Raises Forbidden.
    """
    if caller.sees_all_desks:
        return None if desk is None else frozenset({desk})
    if not caller.desks:
        raise Forbidden("Your token names no desk, and this list shows what desks have to do.")
    if desk is not None and desk not in caller.desks:
        raise Forbidden("You may see the lists of your own desks.")
    return caller.desks if desk is None else frozenset({desk})


async def _admitted(request: Request, needed: SecurityScopes) -> Caller:
    gate: Gate = request.app.state.gate
    return await gate.admit(request, Scope(needed.scopes[0]))


def needed_scope(dependency: Dependant) -> Scope | None:
    """None: another dependency than `needs`."""
    return Scope((dependency.own_oauth_scopes or [])[0]) if dependency.call is _admitted else None


def check_every_route(routes: APIRouter) -> None:
    """Raises UnguardedRoute."""
    unguarded = [path for path, scope in scopes_of(routes) if scope is None]
    if unguarded:
        raise UnguardedRoute(", ".join(unguarded))


def scopes_of(routes: APIRouter) -> Iterator[tuple[str, Scope | None]]:
    """Every route's method and path (without its prefix), and the scope that it says it needs."""
    for route in routes.routes:
        inner = getattr(route, "original_router", None)
        if isinstance(inner, APIRouter):
            yield from scopes_of(inner)
        elif isinstance(route, APIRoute):
            needed = [scope for one in route.dependant.dependencies if (scope := needed_scope(one)) is not None]
            yield f"{'/'.join(sorted(route.methods or ()))} {route.path}", needed[0] if needed else None
        else:
            yield getattr(route, "path", repr(route)), None
