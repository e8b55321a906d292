"""The routing api as a process: how it starts, refuses to start, protects itself and stops."""

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing

import httpx
import pytest

from tests.front_door import an_event, post, written
from tests.routing_process import RoutingProcess, ended
from tests.waiting import eventually
from tools.stack import LOOPBACK, free_ports

Running = Callable[[], AbstractAsyncContextManager[tuple[RoutingProcess, httpx.AsyncClient]]]


@pytest.fixture
def without_kafka() -> Running:
    """A running api whose Kafka is away."""

    @asynccontextmanager
    async def running() -> AsyncIterator[tuple[RoutingProcess, httpx.AsyncClient]]:
        async with RoutingProcess(kafka=f"{LOOPBACK}:{free_ports(1)[0]}") as api, api.client() as client:
            yield api, client

    return running


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("HOST", "0.0.0.0", "without authentication only loopback"),  # noqa: S104
        ("HOST", "::", "without authentication only loopback"),
        ("HOST", "example.com", "is no address"),
        ("ROUTING_PORT", "0", "ASHIATO_ROUTING_PORT"),
        ("ROUTING_PORT", "http", "ASHIATO_ROUTING_PORT"),
        ("LOG_LEVEL", "loud", "LOG_LEVEL"),
    ],
)
async def test_a_wrong_setting_is_one_line_and_exit_code_2(name: str, value: str, told: str) -> None:
    code, stderr = await ended({f"ASHIATO_{name}": value})
    assert code == 2
    assert told in stderr
    assert stderr.count("\n") == 1


async def test_a_port_that_is_taken_is_one_line_and_exit_code_2() -> None:
    with closing(socket.create_server((LOOPBACK, 0))) as taken:
        code, stderr = await ended({"ASHIATO_ROUTING_PORT": f"{taken.getsockname()[1]}"})
    assert code == 2
    assert "in use" in stderr
    assert stderr.count("\n") == 1


async def test_a_port_for_metrics_that_is_taken_is_one_line_and_exit_code_2() -> None:
    with closing(socket.create_server((LOOPBACK, 0))) as taken:
        port, metrics = free_ports(1)[0], taken.getsockname()[1]
        code, stderr = await ended({"ASHIATO_ROUTING_PORT": f"{port}", "ASHIATO_ROUTING_METRICS_PORT": f"{metrics}"})
    assert code == 2
    assert f"cannot listen on 127.0.0.1 port {metrics} for metrics" in stderr
    assert stderr.count("\n") == 1


async def test_it_starts_without_kafka_and_says_so(without_kafka: Running) -> None:
    async with without_kafka() as (_, client):
        assert (await client.get("/health/live")).status_code == 200
        assert (await client.get("/health/ready")).status_code == 503
        answer = await post(client, written(an_event()))
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
async def test_it_stops_when_asked_with_exit_code_0(without_kafka: Running, stop: signal.Signals) -> None:
    async with without_kafka() as (api, client):
        await client.get("/health/live")  # leaves a connection open that nobody uses
        os.kill(api.pid, stop)
        assert await api.exit_code() == 0
        assert "Traceback" not in api.output()


async def test_large_bodies_are_refused_and_not_held(without_kafka: Running) -> None:
    async def much() -> AsyncIterator[bytes]:
        for _ in range(200):
            yield bytes(256 * 1024)

    async with without_kafka() as (api, client):
        before = api.resident_mib()
        answers = await asyncio.gather(*(client.post("/events", content=much()) for _ in range(4)))
        assert {answer.status_code for answer in answers} == {413}
        assert api.resident_mib() - before < 20
        assert (await client.get("/health/live")).status_code == 200


async def test_headers_that_do_not_end_are_cut_off(without_kafka: Running) -> None:
    async with without_kafka() as (api, client):
        reader, writer = await asyncio.open_connection(LOOPBACK, api.port)
        writer.write(b"GET /health/live HTTP/1.1\r\nhost: 127.0.0.1\r\nx: ")
        sent = 0

        async def cut_off() -> bool:
            nonlocal sent
            try:
                writer.write(b"x" * 16 * 1024)
                await writer.drain()
                sent += 16 * 1024
            except ConnectionError:
                return True
            return False

        await eventually(cut_off, 20)
        assert sent < 8 * 1024 * 1024
        writer.close()
        assert (await client.get("/health/live")).status_code == 200
        assert reader.at_eof() or reader.exception() is not None


async def test_what_is_not_http_is_refused(without_kafka: Running) -> None:
    async with without_kafka() as (api, client):
        reader, writer = await asyncio.open_connection(LOOPBACK, api.port)
        writer.write(b"\x16\x03\x01\x00\xff\x00\r\n\r\n")
        assert (await asyncio.wait_for(reader.read(), 10)).startswith(b"HTTP/1.1 400")
        writer.close()
        assert (await client.get("/health/live")).status_code == 200
