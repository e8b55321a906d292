"""Routes that FastAPI describes and we answer: guarded as every other, and refused where they would need more."""

from typing import Annotated, Any

import pytest
from fastapi import APIRouter, FastAPI, Path, Request, Response
from structlog.testing import capture_logs

from shared.access import Caller, Scope
from shared.web import Limit, NotFound, application, json_answer, needs
from shared.web.direct import Direct, NotDirect
from tests.front_door import a_client


class Away(Exception):
    """Of a kind that the application takes for "not now"."""


Reader = Annotated[Caller, needs(Scope.JOURNEY_READ)]


def an_app() -> FastAPI:
    routes = APIRouter(prefix="/things", route_class=Direct)

    @routes.get("/{thing}/of/{owner}")
    async def thing_of(request: Request, owner: str, thing: str, caller: Reader) -> Response:
        if thing == "none":
            raise NotFound("There is no such thing.")
        if thing == "away":
            raise Away("The thing is away.")
        if thing == "broken":
            raise RuntimeError(thing)
        return json_answer([request.method, owner, thing, caller.name])

    async def ready() -> None:
        return None

    return application("test", routes, ready=ready, unavailable=[Away])


async def test_the_endpoint_hears_who_asks_and_what_the_path_names() -> None:
    async with a_client(an_app()) as client:
        answer = await client.get("/things/a%20b/of/c?limit=none")
    assert (answer.status_code, answer.json()) == (200, ["GET", "c", "a b", ""])
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/things/none/of/c", 404),
        ("GET", "/things/away/of/c", 503),
        ("GET", "/things/broken/of/c", 500),
        ("GET", "/things/a/of/c/d", 404),
        ("POST", "/things/a/of/c", 405),
    ],
)
async def test_what_goes_wrong_is_a_problem(method: str, path: str, status: int) -> None:
    async with a_client(an_app()) as client:
        answer = await client.request(method, path)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


async def test_the_log_knows_the_route_whichever_way_it_went() -> None:
    with capture_logs() as logs:
        async with a_client(an_app()) as client:
            await client.get("/things/a/of/c")
            await client.post("/things/a/of/c")
    told = [(line["route"], line["status"]) for line in logs if line["event"] == "http.request"]
    assert told == [("/things/{thing}/of/{owner}", 200), ("/things/{thing}/of/{owner}", 405)]


async def test_a_body_too_large_is_refused_before_the_endpoint_is_asked() -> None:
    async with a_client(an_app()) as client:
        answer = await client.request("GET", "/things/a/of/c", headers={"Content-Length": str(2**40)})
    assert answer.status_code == 413


async def test_it_is_described_as_every_route() -> None:
    async with a_client(an_app()) as client:
        described = (await client.get("/openapi.json")).json()["paths"]["/things/{thing}/of/{owner}"]["get"]
    assert [one["name"] for one in described["parameters"]] == ["owner", "thing"]


async def limited(request: Request, caller: Reader, limit: Limit = 50) -> Response:
    return json_answer(limit)


async def numbered(request: Request, caller: Reader, thing: int) -> Response:
    return json_answer(thing)


async def bounded(request: Request, caller: Reader, thing: Annotated[str, Path(max_length=3)]) -> Response:
    return json_answer(thing)


async def renamed(request: Request, caller: Reader, one: Annotated[str, Path(alias="thing")]) -> Response:
    return json_answer(one)


async def answering(request: Request, caller: Reader, thing: str, response: Response) -> Response:
    return json_answer(thing)


async def unguarded(request: Request, thing: str) -> Response:
    return json_answer(thing)


async def without_request(caller: Reader, thing: str) -> Response:
    return json_answer(thing)


@pytest.mark.parametrize("endpoint", [limited, numbered, bounded, renamed, answering, unguarded, without_request])
def test_an_endpoint_that_needs_more_keeps_the_process_from_starting(endpoint: Any) -> None:
    with pytest.raises(NotDirect, match="/things"):
        APIRouter(route_class=Direct).get("/things/{thing}")(endpoint)
