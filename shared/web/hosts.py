"""Which names a caller may have used for us."""

from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from shared.web.problems import Misdirected

LOOPBACK: Final = frozenset({b"127.0.0.1", b"localhost", b"[::1]"})


class LoopbackOnly:
    """An open API on loopback trusts whoever is on this machine, and that includes every web page in its browser: a
    page may point its own name at 127.0.0.1 and then read our answers as its own. The Host header gives it away."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and _host(scope) not in LOOPBACK:
            problem = Misdirected("Without authentication this API answers only under 127.0.0.1, localhost or [::1].")
            await problem.response()(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _host(scope: Scope) -> bytes:
    """Without the port. Several Host headers fit none."""
    given: list[bytes] = [value for name, value in scope["headers"] if name == b"host"]
    host = given[0].lower() if len(given) == 1 else b""
    name, colon, port = host.rpartition(b":")
    return name if colon and port.isdigit() else host
