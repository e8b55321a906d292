"""Request bodies: how large one may be, how long it may take, and how much of them may be held at once."""

import asyncio
from dataclasses import dataclass
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.web.problems import Problem, RequestTimeout, TooLarge, Unavailable

_MIB: Final = 1024 * 1024
# What a request costs beside its body, roughly: task, headers, the decoded event. It also bounds how many there are.
_BESIDE: Final = 16 * 1024


@dataclass(frozen=True)
class BodyBounds:
    """largest: bytes of one body. held: bytes of all requests being served that bring a body. within: seconds until a
    body must have arrived, so that nobody keeps room by sending a byte now and then."""

    largest: int = _MIB
    held: int = 64 * _MIB
    within: float = 10.0


class BoundedBodies:
    """Counts what arrives, whatever Content-Length says. (Starlette's own limit answers in plain text.)

    Room is taken before the first byte is read and given back with the answer, so memory stays bounded while the
    endpoint waits for a log that does not answer. No room: 503 at once.
    """

    def __init__(self, app: ASGIApp, bounds: BodyBounds) -> None:
        self._app = app
        self._bounds = bounds
        self._held = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        announced = _announced(scope, self._bounds.largest) if scope["type"] == "http" else 0
        if not announced:
            await self._app(scope, receive, send)
            return
        cost = announced + _BESIDE
        problem = self._refusal(announced, cost)
        if problem is not None:
            await problem.response()(scope, receive, send)
            return
        self._held += cost
        try:
            await self._app(scope, Incoming(receive, self._bounds), send)
        finally:
            self._held -= cost

    def _refusal(self, announced: int, cost: int) -> Problem | None:
        if announced > self._bounds.largest:
            return _too_large(self._bounds)
        if self._held + cost > self._bounds.held:
            return Unavailable(
                "Too much is waiting to be taken. Nothing of this request was read; send it again later."
            )
        return None


class Incoming:
    """`receive` of one request, with a count and a deadline until the body is complete."""

    def __init__(self, receive: Receive, bounds: BodyBounds) -> None:
        self._receive = receive
        self._bounds = bounds
        self._count = 0
        self._complete = False
        self._deadline = asyncio.get_running_loop().time() + bounds.within

    async def __call__(self) -> Message:
        if self._complete:
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._deadline):
                message = await self._receive()
        except TimeoutError:
            raise RequestTimeout(f"The body must arrive within {self._bounds.within:g} s.") from None
        self._count += len(message.get("body", b""))
        if self._count > self._bounds.largest:
            raise _too_large(self._bounds)
        self._complete = not message.get("more_body", False)
        return message


def _announced(scope: Scope, unknown: int) -> int:
    """Bytes that are to come; 0: no body. `unknown` when the length is not said."""
    for name, value in scope["headers"]:
        if name == b"transfer-encoding":
            return unknown
        if name == b"content-length":
            return int(value) if value.isdigit() and len(value) < 20 else unknown
    return 0


def _too_large(bounds: BodyBounds) -> TooLarge:
    return TooLarge(
        f"A body may have {bounds.largest} bytes. Send several smaller ones.", more={"limit": bounds.largest}
    )
