"""What every API does around its routes."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import APIRouter, FastAPI, Request, Response
from structlog.testing import capture_logs

from shared.access import Scope
from shared.web import BodyBounds, Cursor, Limit, Problem, application, json_answer, needs
from tests.front_door import a_client

PROTECTED = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
}
NUMBER = "090-1234-5678"
BOUNDS = BodyBounds(largest=1000, within=0.05)


def an_app(*, missing: str | None = None, bounds: BodyBounds = BOUNDS) -> FastAPI:
    routes = APIRouter(dependencies=[needs(Scope.OPERATIONS)])

    @routes.get("/customers/{customer_id}")
    async def customer(customer_id: str, limit: Limit = 50, cursor: Cursor = None) -> Response:
        return json_answer({"id": customer_id, "limit": limit, "cursor": cursor}, headers={"Cache-Control": "private"})

    @routes.get("/broken/{customer_id}")
    async def broken(customer_id: str) -> Response:
        raise RuntimeError(f"no such number: {customer_id}")

    @routes.post("/echo")
    async def echo(request: Request) -> Response:
        return Response(await request.body())

    async def ready() -> str | None:
        return missing

    return application("test", routes, ready=ready, bounds=bounds)


def is_problem(answer: httpx.Response, status: int, name: str) -> None:
    assert answer.headers["content-type"] == "application/problem+json"
    found = answer.json()
    assert (answer.status_code, found["status"], found["type"]) == (status, status, f"urn:ashiato:problem:{name}")
    assert found["title"]
    assert found["detail"]
    assert answer.headers.items() >= PROTECTED.items()


async def test_every_answer_is_protected() -> None:
    async with a_client(an_app()) as client:
        answer = await client.get("/health/live")
    assert answer.headers.items() >= PROTECTED.items()


async def test_an_endpoint_may_decide_otherwise() -> None:
    async with a_client(an_app()) as client:
        answer = await client.get("/customers/c1")
    assert answer.headers.get_list("cache-control") == ["private"]


@pytest.mark.parametrize(
    ("method", "path", "status", "name"),
    [
        ("GET", "/nothing", 404, "not_found"),
        ("GET", "/customers/c1/", 404, "not_found"),
        ("GET", "/docs", 404, "not_found"),
        ("DELETE", "/customers/c1", 405, "method_not_allowed"),
        ("GET", "/customers/c1?limit=0", 422, "invalid"),
        ("GET", "/customers/c1?limit=1001", 422, "invalid"),
        ("GET", "/customers/c1?limit=many", 422, "invalid"),
        ("GET", f"/customers/c1?cursor={'x' * 9000}", 422, "invalid"),
    ],
)
async def test_every_error_is_a_problem(method: str, path: str, status: int, name: str) -> None:
    async with a_client(an_app()) as client:
        is_problem(await client.request(method, path), status, name)


async def test_a_wrong_method_hears_the_right_ones() -> None:
    async with a_client(an_app()) as client:
        assert (await client.get("/echo")).headers["allow"] == "POST"


async def test_a_refused_parameter_is_named_but_not_repeated() -> None:
    async with a_client(an_app()) as client:
        answer = await client.get("/customers/c1", params={"limit": NUMBER})
    assert [error["parameter"] for error in answer.json()["errors"]] == ["limit"]
    assert NUMBER not in answer.text


async def test_a_failure_tells_nothing_of_the_inside() -> None:
    with capture_logs() as logs:
        async with a_client(an_app()) as client:
            answer = await client.get(f"/broken/{NUMBER}")
    is_problem(answer, 500, "internal_server_error")
    assert "RuntimeError" not in answer.text
    assert NUMBER not in answer.text
    (failed,) = [line for line in logs if line["event"] == "http.failed"]
    assert failed["error"] == "RuntimeError"
    assert failed["instance"] == answer.json()["instance"]
    assert NUMBER not in str(logs)


async def test_the_log_knows_the_route_but_not_the_path() -> None:
    with capture_logs() as logs:
        async with a_client(an_app()) as client:
            await client.get(f"/customers/{NUMBER}?q={NUMBER}")
            await client.get(f"/nothing/{NUMBER}")
            await client.request(NUMBER, f"/customers/{NUMBER}")
    told = [(line["method"], line["route"], line["status"]) for line in logs if line["event"] == "http.request"]
    assert told == [
        ("GET", "/customers/{customer_id}", 200),
        ("GET", "(none)", 404),
        ("other", "/customers/{customer_id}", 405),
    ]
    assert NUMBER not in str(logs)


async def test_live_is_not_ready() -> None:
    async with a_client(an_app(missing="The stars are not right.")) as client:
        assert (await client.get("/health/live")).status_code == 200
        answer = await client.get("/health/ready")
    is_problem(answer, 503, "unavailable")
    assert answer.json()["detail"] == "The stars are not right."
    assert answer.headers["retry-after"].isdigit()


async def test_there_is_a_description_but_no_page() -> None:
    async with a_client(an_app()) as client:
        assert "/echo" in (await client.get("/openapi.json")).json()["paths"]


async def chunks(*sizes: int) -> AsyncIterator[bytes]:
    for size in sizes:
        yield b"x" * size


async def test_a_body_may_reach_the_limit_and_not_pass_it() -> None:
    async with a_client(an_app()) as client:
        assert len((await client.post("/echo", content=b"x" * 1000)).content) == 1000
        is_problem(await client.post("/echo", content=b"x" * 1001), 413, "too_large")


async def test_a_body_of_unknown_length_is_counted() -> None:
    async with a_client(an_app()) as client:
        assert len((await client.post("/echo", content=chunks(500, 500))).content) == 1000
        is_problem(await client.post("/echo", content=chunks(500, 500, 1)), 413, "too_large")


async def test_a_length_that_lies_is_not_believed() -> None:
    async with a_client(an_app()) as client:
        for length in ("1", "-1", "x", "9" * 30):
            headers = {"content-length": length}
            is_problem(await client.post("/echo", content=chunks(600, 600), headers=headers), 413, "too_large")


async def never() -> AsyncIterator[bytes]:
    yield b"x"
    await asyncio.get_running_loop().create_future()


async def test_a_body_must_arrive_in_time() -> None:
    async with a_client(an_app()) as client:
        is_problem(await client.post("/echo", content=never()), 408, "request_timeout")


async def test_room_is_given_back() -> None:
    async with a_client(an_app(bounds=BodyBounds(largest=1000, held=17 * 1024))) as client:
        for _ in range(3):
            assert (await client.post("/echo", content=b"x")).status_code == 200
        assert (await client.post("/echo", content=b"x" * 1001)).status_code == 413
        assert (await client.post("/echo", content=b"x")).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "127.0.0.1@evil.example", ""])
async def test_other_hosts_are_refused(host: str) -> None:
    async with a_client(an_app()) as client:
        is_problem(await client.get("/health/live", headers={"host": host}), 421, "misdirected_request")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:8080", "LOCALHOST", "[::1]", "[::1]:8080"])
async def test_loopback_is_answered_under_all_its_names(host: str) -> None:
    async with a_client(an_app()) as client:
        assert (await client.get("/health/live", headers={"host": host})).status_code == 200


def test_problems_carry_at_most_twenty_errors() -> None:
    problem = Problem("many", errors=({"pointer": f"/{number}", "detail": "wrong"} for number in range(100)))
    assert len(problem.errors) == 20
