"""The process around an application.

CannotServe         one line that says what to set otherwise

uvicorn with httptools and uvloop. Measured with a small POST on two busy cores: 6,200 answers/s beside 5,300 (Granian,
embedded, uvloop), 4,400 (the same, asyncio) and 2,500 (uvicorn with h11). Granian's normal mode would mean a second
process per API, which survives when the first is killed and keeps the port.
"""

import asyncio
import ipaddress
import signal
import socket
import sys
from collections.abc import Callable
from types import FrameType
from typing import Final, TypeVar, cast

import structlog
import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from shared.logs import configure_logs
from shared.settings import ApiSettings, SettingsError, load
from shared.stream.collector import spare_what_lasts
from shared.telemetry.exposition import MetricsPortTaken, exposed
from shared.web.in_one import InOne

log = structlog.get_logger()

USAGE: Final = 2
# Long enough for every append that is waiting for Kafka; a stop has 20 s in all.
_FAREWELL_S: Final = 12
# An idle connection must outlive what clients keep (httpx 5 s, many 60 s): closed just as one sends, its POST fails.
_IDLE_S: Final = 75
# httptools has no limit of its own for what comes before the body. 64 KiB is what other servers take.
_LONGEST_HEAD: Final = 64 * 1024


class CannotServe(Exception):
    """The address cannot be used."""


A = TypeVar("A", bound=ApiSettings)


def run(kind: type[A], build: Callable[[A], FastAPI]) -> int:
    """`main` of an API: settings, logs, and the application until SIGTERM or SIGINT. Returns the exit code.

    0: stopped as asked. 1: it could not start, or failed. 2: something is set wrong; one line on stderr says what.
    """
    try:
        settings = load(kind)
        configure_logs(settings.log_number)
        app = build(settings)
        listening = listen(settings.host, settings.port, guarded=settings.access_is_on)
    except (SettingsError, CannotServe) as error:
        print(f"{kind.service}: {error}", file=sys.stderr)
        return USAGE
    with listening:
        meter, traces = app.state.telemetry
        meter.watch_process()
        try:
            with exposed(meter, settings.metrics_host, settings.metrics_port):
                spare_what_lasts()
                return serve(app, listening)
        except MetricsPortTaken as error:
            print(f"{kind.service}: {error}", file=sys.stderr)
            return USAGE
        finally:
            traces.stop()


def listen(host: str, port: int, *, guarded: bool = False) -> socket.socket:
    """A listening socket. guarded: callers are asked who they are, so it need not be loopback.

    Raises CannotServe: not loopback, port 0, taken, forbidden.
    """
    address = _address(host, guarded=guarded)
    if not 1 <= port <= 65535:
        raise CannotServe(f"port {port} is none to listen on: set one from 1 to 65535")
    listening = socket.socket(socket.AF_INET6 if address.version == 6 else socket.AF_INET)
    try:
        # Connections of a process that has just ended linger (TIME_WAIT) and must not keep the next one out.
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((str(address), port))
        listening.listen(1024)
    except OSError as error:
        listening.close()
        raise CannotServe(f"cannot listen on {host} port {port}: {error.strerror}; set another port") from None
    return listening


def serve(app: FastAPI, listening: socket.socket) -> int:
    """Until SIGTERM or SIGINT; requests that are under way are answered first. Returns the exit code."""
    server = _Server(
        uvicorn.Config(
            app,
            http=Protocol,
            loop="uvloop",
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=_IDLE_S,
            timeout_graceful_shutdown=_FAREWELL_S,
        )
    )
    # uvicorn sends itself the signal again when it is done, so that the process would end by it instead of by 0.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, server.stop)
    host, port = listening.getsockname()[:2]
    log.info("api.listening", host=host, port=port)
    server.run(sockets=[listening])
    log.info("api.stopped")
    return 0 if server.started else 1


class Protocol(HttpToolsProtocol):
    """Writes an answer in one. Closes a connection whose headers (or trailers) do not end."""

    _head = 0
    _moved_on = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._answers = InOne(cast(asyncio.Transport, transport), self.loop)
        super().connection_made(cast(asyncio.Transport, self._answers))

    def on_response_complete(self) -> None:
        self._answers.flush()
        super().on_response_complete()

    def data_received(self, data: bytes) -> None:
        self._moved_on = False
        super().data_received(data)
        self._head = 0 if self._moved_on else self._head + len(data)
        if self._head > _LONGEST_HEAD:
            self.transport.close()

    def on_headers_complete(self) -> None:
        self._moved_on = True
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._moved_on = True
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._moved_on = True
        super().on_message_complete()


class _Server(uvicorn.Server):
    def stop(self, _number: int, _frame: FrameType | None) -> None:
        """Also before it has started: it looks after every step."""
        self.should_exit = True


def _address(host: str, *, guarded: bool) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    try:
        address = ipaddress.ip_address("127.0.0.1" if host == "localhost" else host)
    except ValueError:
        raise CannotServe(f"{host} is no address: set 127.0.0.1") from None
    if not guarded and not address.is_loopback:
        raise CannotServe(
            f"will not listen on {host}: without authentication only loopback is allowed, set 127.0.0.1 or "
            "ASHIATO_ACCESS_ISSUER"
        )
    return address
