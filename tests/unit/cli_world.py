"""The command line with everything outside replaced: no network, no terminal, time that stands still."""

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx

from services.routing.api import build
from services.routing.settings import RoutingSettings
from shared.connections import Connections
from shared.event_log.memory import MemoryLog
from shared.event_log.topics import TOPICS
from shared.projection.memory import MemoryProjection
from tools.cli.broker import BrokerFacts
from tools.cli.main import main
from tools.cli.output import Output
from tools.cli.settings import CliSettings
from tools.cli.world import World

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
PARTITIONS = 4
PORTS = {8080: "routing", 8081: "journey", 8082: "followup"}

Answer = httpx.Response | Callable[[httpx.Request], httpx.Response]


@dataclass
class Outside:
    """`ashiato(...)` runs a command; what it printed is in `out` and `err`.

    answers: by (service, path). routing: the real front door on `log`, unless there is an answer for it.
    """

    answers: dict[tuple[str, str], Answer] = field(default_factory=dict)
    asked: list[httpx.Request] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)
    log: MemoryLog = field(default_factory=lambda: MemoryLog({topic.name: PARTITIONS for topic in TOPICS}))
    projections: dict[str, MemoryProjection] = field(default_factory=dict)
    broker: BrokerFacts | None = None
    while_sleeping: Callable[[], None] = lambda: None
    out: str = ""
    err: str = ""

    def ashiato(self, *arguments: str, stdin: bytes = b"") -> int:
        out, err = io.StringIO(), io.StringIO()
        world = World(
            settings=CliSettings(kafka="127.0.0.1:1"),
            output=Output(out, err),
            transport=ByPort(self),
            make_log=lambda _: self.log,
            look_at_broker=self._broker,
            make_projection=lambda service, _: self.projections[service],
            now=lambda: NOW,
            sleep=self._sleep,
            stdin=io.BytesIO(stdin),
        )
        code = main(arguments, world)
        self.out, self.err = out.getvalue(), err.getvalue()
        return code

    @property
    def lines(self) -> list[Any]:
        """What was printed as JSON lines."""
        return [json.loads(line) for line in self.out.splitlines()]

    async def _broker(self, _: Connections) -> BrokerFacts | None:
        return self.broker

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.while_sleeping()


class ByPort(httpx.AsyncBaseTransport):
    """Each service at its own port, as on a developer's machine."""

    def __init__(self, outside: Outside) -> None:
        self._outside = outside
        self._routing = httpx.ASGITransport(build(RoutingSettings(), outside.log, lambda: NOW))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        self._outside.asked.append(request)
        service = PORTS[request.url.port or 0]
        answer = self._outside.answers.get((service, request.url.path))
        if answer is None and service == "routing":
            return await self._routing.handle_async_request(request)
        if answer is None:
            raise httpx.ConnectError("nothing listens there", request=request)
        return answer(request) if callable(answer) else answer


def pages(*items: Mapping[str, Any]) -> Callable[[httpx.Request], httpx.Response]:
    """A service that answers these pages one after the other; the cursor is the page's number."""

    def answer(request: httpx.Request) -> httpx.Response:
        number = int(request.url.params.get("cursor", 0))
        following = str(number + 1) if number + 1 < len(items) else None
        return httpx.Response(200, json={**items[number], "next": following, "progress": (number + 1) / len(items)})

    return answer


def problem(status: int, detail: str, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, json={"title": "No", "detail": detail}, headers=named)
