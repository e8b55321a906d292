"""Around every request: a log line, what is measured, protective headers, and an answer even when the inside fails."""

import time
import traceback
import uuid
from typing import Final

import structlog
from opentelemetry.trace import INVALID_SPAN, Span
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.telemetry.metrics import HTTP_IN_FLIGHT, HTTP_REQUESTS, HTTP_SECONDS
from shared.telemetry.traces import Telemetry, answered
from shared.web.problems import Internal

log = structlog.get_logger()

# What an endpoint sets itself goes before these. Answers are about persons: no-store keeps them off disks and proxies.
PROTECTION: Final = (
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"referrer-policy", b"no-referrer"),
    (b"strict-transport-security", b"max-age=31536000"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
)
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Requests:
    """The outermost layer. Logs method, route and status: a path may name a customer, so only its template is known."""

    def __init__(self, app: ASGIApp, telemetry: Telemetry) -> None:
        self._app = app
        self._meter, self._traces = telemetry
        self._in_flight = 0
        self._log = log.bind()  # once, not for each request
        self._meter.read_from(HTTP_IN_FLIGHT, lambda: [((), self._in_flight)])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if not self._traces.on:
            await self._answer(scope, receive, send, INVALID_SPAN)
            return
        with self._traces.answering(_method(scope), _traceparent(scope)) as span:
            await self._answer(scope, receive, send, span)

    async def _answer(self, scope: Scope, receive: Receive, send: Send, span: Span) -> None:
        began, answer = time.perf_counter(), Answer(send)
        self._in_flight += 1
        try:
            await self._app(scope, receive, answer)
        except ClientDisconnect:
            return
        except Exception as error:  # noqa: BLE001  the one place where whatever is left becomes a 500
            await self._fail(error, scope, receive, answer)
        finally:
            self._in_flight -= 1
            self._note(scope, answer.status, time.perf_counter() - began)
            if span.is_recording():
                answered(span, _method(scope), _route(scope), answer.status)

    async def _fail(self, error: Exception, scope: Scope, receive: Receive, answer: "Answer") -> None:
        instance = f"urn:uuid:{uuid.uuid4()}"
        # Without the error's text, which may quote what a customer said.
        where = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)]
        log.error(
            "http.failed", instance=instance, route=_route(scope), error=type(error).__qualname__, where=where[-8:]
        )
        if answer.status is None:
            await Internal(instance).response()(scope, receive, answer)

    def _note(self, scope: Scope, status: int | None, seconds: float) -> None:
        route, method = _route(scope), _method(scope)
        self._meter.count(HTTP_REQUESTS, route=route, method=method, status=status or "none")
        self._meter.observe(HTTP_SECONDS, seconds, route=route)
        tell = self._log.debug if route.startswith("/health/") else self._log.info
        tell("http.request", method=method, route=route, status=status, ms=round(seconds * 1000, 2))


class Answer:
    """`send` of one request. status: None until the answer has begun."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status: int | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            present = {name.lower() for name, _ in message["headers"]}
            added = [header for header in PROTECTION if header[0] not in present]
            message = {**message, "headers": [*message["headers"], *added]}
        await self._send(message)


def _method(scope: Scope) -> str:
    return scope["method"] if scope["method"] in _METHODS else "other"


def _traceparent(scope: Scope) -> bytes | None:
    return next((value for name, value in scope["headers"] if name == b"traceparent"), None)


def _route(scope: Scope) -> str:
    return getattr(scope.get("route"), "path", None) or "(none)"
