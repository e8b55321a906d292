"""Every route says which scope it needs, and lets nobody in without it."""

from pathlib import Path

import pytest
from fastapi import APIRouter, FastAPI, Response

from shared.access import Scope
from shared.projection.memory import MemoryProjection
from shared.web import application, json_answer
from shared.web.access import UnguardedRoute, scopes_of
from tests.guarded import EVERYTHING, Issuer, access_settings, asking, bearer, empty_apps

# Of each route the least that lets somebody in. A new route is entered here, with a thought.
NEEDED = {
    "routing": {"POST /events": Scope.EVENTS_WRITE},
    "journey": {
        "GET /journeys/{customer}": Scope.JOURNEY_READ,
        "GET /journeys/{customer}/events": Scope.JOURNEY_READ,
        "GET /journeys/{customer}/digest": Scope.OPERATIONS,
        "GET /flags": Scope.FLAGS_READ,
        "GET /digests": Scope.OPERATIONS,
        "GET /reports/handoffs": Scope.OPERATIONS,
        "GET /partitions": Scope.OPERATIONS,
    },
    "followup": {
        "GET /promises": Scope.PROMISES_READ,
        "GET /reports/promises": Scope.OPERATIONS,
        "GET /partitions": Scope.OPERATIONS,
    },
}
ROUTES = [(service, *route.split(), scope) for service, routes in NEEDED.items() for route, scope in routes.items()]


@pytest.fixture
def issuer() -> Issuer:
    return Issuer()


def apps(folder: Path, issuer: Issuer) -> dict[str, FastAPI]:
    return dict(empty_apps(MemoryProjection(), **access_settings(folder, issuer)))


def test_every_route_says_which_scope_it_needs(tmp_path: Path, issuer: Issuer) -> None:
    for service, app in apps(tmp_path, issuer).items():
        said = {path: scope for path, scope in scopes_of(app.router) if "/health/" not in path}
        assert said == NEEDED[service]


def test_health_is_all_that_is_open(tmp_path: Path, issuer: Issuer) -> None:
    for app in apps(tmp_path, issuer).values():
        assert [path for path, scope in scopes_of(app.router) if scope is None] == [
            "GET /health/live",
            "GET /health/ready",
        ]


def test_a_route_without_a_scope_keeps_the_process_from_starting() -> None:
    routes = APIRouter()

    @routes.get("/forgotten")
    async def forgotten() -> Response:
        return json_answer({})

    async def ready() -> None:
        return None

    with pytest.raises(UnguardedRoute, match="/forgotten"):
        application("test", routes, ready=ready)


@pytest.mark.parametrize(("service", "method", "path", "scope"), ROUTES)
async def test_a_route_lets_in_with_its_scope_alone(
    tmp_path: Path, issuer: Issuer, service: str, method: str, path: str, scope: Scope
) -> None:
    app = apps(tmp_path, issuer)[service]
    others = " ".join(word for word in EVERYTHING.split() if word != scope)
    async with asking(app) as client:
        nobody = await client.request(method, path)
        lacking = await client.request(method, path, headers=bearer(issuer.token(scope=others)))
        enough = await client.request(method, path, headers=bearer(issuer.token(scope=scope)))
    assert (nobody.status_code, nobody.headers["WWW-Authenticate"]) == (401, 'Bearer realm="ashiato"')
    assert (lacking.status_code, lacking.json()["scope"]) == (403, scope)
    assert f'scope="{scope}"' in lacking.headers["WWW-Authenticate"]
    # 503: nothing is stored. 415: an empty body is no event.
    assert enough.status_code == (415 if service == "routing" else 200 if path == "/partitions" else 503)


@pytest.mark.parametrize("path", ["/openapi.json", "/docs", "/redoc", "/metrics"])
async def test_nothing_describes_an_api_that_asks_who_comes(tmp_path: Path, issuer: Issuer, path: str) -> None:
    for app in apps(tmp_path, issuer).values():
        async with asking(app, issuer.token(scope=EVERYTHING)) as client:
            assert (await client.get(path)).status_code == 404


async def test_a_description_is_there_when_it_is_set(tmp_path: Path, issuer: Issuer) -> None:
    settings = {**access_settings(tmp_path, issuer), "access_openapi": True}
    async with asking(empty_apps(MemoryProjection(), **settings)["journey"]) as client:
        assert "/flags" in (await client.get("/openapi.json")).json()["paths"]


async def test_health_asks_nobody_and_any_host_is_answered(tmp_path: Path, issuer: Issuer) -> None:
    for app in apps(tmp_path, issuer).values():
        async with asking(app) as client:
            answer = await client.get("/health/live", headers={"Host": "10.1.2.3:8081"})
            assert answer.status_code == 200
