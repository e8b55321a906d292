"""What a worker's orchestrator asks. GET /health/live: should I be restarted? GET /health/ready: is my work done? And
GET /metrics, for Prometheus.

live    the loop of every partition came round lately, whatever it found. Kafka or Redis away, a rebuild, a rule that
        raises: a restart mends none of these. A loop that stands still is our bug, and then it does. An event loop that
        is blocked answers nothing, which says the same.
ready   the group has given us our share (which may be none), and every partition of it is read and nearly caught up.
        A rollout that waits for this replaces the next worker only when the last one works.

aiohttp comes with Faust; FastAPI has no place in a worker. Nothing here tells of a customer.

HealthPortTaken     the address cannot be listened on; the message says which setting to change
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import NamedTuple, Self

from aiohttp import web

from shared.settings import WorkerSettings
from shared.stream.status import EngineStatus, PartitionStatus, State
from shared.telemetry.meter import CONTENT_TYPE

_FAREWELL_S = 1.0


class HealthPortTaken(Exception):
    def __init__(self, host: str, port: int, why: str) -> None:
        super().__init__(f"cannot listen on {host} port {port} for health ({why}): set another health_port")


@dataclass(frozen=True)
class HealthSettings:
    """port 0: nothing listens."""

    host: str = "127.0.0.1"
    port: int = 0
    # A chunk takes milliseconds, a call to Kafka or Redis 10 s at most before it counts as failed.
    stuck_after: timedelta = timedelta(seconds=60)
    # Records by which a partition may be behind its end: a worker reads them in a tenth of a second.
    ready_behind: int = 5_000

    @classmethod
    def of(cls, settings: WorkerSettings) -> Self:
        return cls(settings.health_host, settings.health_port, settings.stuck_after, settings.ready_behind)


class Vitals(NamedTuple):
    """A worker at one moment. joined: the group has answered with a share. trouble: what the service itself knows to
    be wrong (a clock that is off), in words."""

    status: EngineStatus
    joined: bool = True
    stopping: bool = False
    trouble: str | None = None


def not_live(vitals: Vitals, settings: HealthSettings) -> list[str]:
    """Why it should be restarted; empty when it should not."""
    limit = settings.stuck_after.total_seconds()
    return [
        f"partition {one.partition} has not moved for {one.still_for:.0f} s"
        for one in vitals.status.partitions
        if one.still_for > limit
    ]


def not_ready(vitals: Vitals, settings: HealthSettings) -> list[str]:
    """What keeps it from doing its work; empty when nothing does."""
    found = [] if vitals.joined else ["the group has not given out partitions yet"]
    if vitals.stopping:
        found.append("it is stopping")
    if vitals.trouble is not None:
        found.append(vitals.trouble)
    return found + [why for one in vitals.status.partitions if (why := _lacks(one, settings.ready_behind))]


def _lacks(one: PartitionStatus, most_behind: int) -> str | None:
    if one.state not in {State.RUNNING, State.REBUILDING}:
        return f"partition {one.partition} is {one.state.value}" + (f" ({one.reason})" if one.reason else "")
    if one.behind is None:
        return f"partition {one.partition}: its end is not known yet"
    return f"partition {one.partition} is {one.behind} records behind" if one.behind > most_behind else None


class HealthServer:
    """Answers 200 or 503 with {"live" or "ready": bool, "why": [...]}, in the event loop whose health it tells."""

    def __init__(
        self, settings: HealthSettings, vitals: Callable[[], Vitals], metrics: Callable[[], bytes] = lambda: b""
    ) -> None:
        self._settings = settings
        self._vitals = vitals
        self._metrics = metrics
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Raises HealthPortTaken."""
        if self._settings.port == 0:
            return
        app = web.Application()
        app.add_routes(
            [
                web.get("/health/live", self._live),
                web.get("/health/ready", self._ready),
                web.get("/metrics", self._measured),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=_FAREWELL_S)
        await self._runner.setup()
        host, port = self._settings.host, self._settings.port
        try:
            await web.TCPSite(self._runner, host, port).start()
        except OSError as error:
            await self.stop()
            raise HealthPortTaken(host, port, error.strerror or type(error).__name__) from None

    async def stop(self) -> None:
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    async def _live(self, _: web.Request) -> web.Response:
        return _answer("live", not_live(self._vitals(), self._settings))

    async def _ready(self, _: web.Request) -> web.Response:
        return _answer("ready", not_ready(self._vitals(), self._settings))

    async def _measured(self, _: web.Request) -> web.Response:
        return web.Response(body=self._metrics(), headers={"Content-Type": CONTENT_TYPE, "Cache-Control": "no-store"})


def _answer(word: str, why: Sequence[str]) -> web.Response:
    status = HTTPStatus.SERVICE_UNAVAILABLE if why else HTTPStatus.OK
    body = {word: not why, **({"why": list(why)} if why else {})}
    return web.json_response(body, status=status, headers={"Cache-Control": "no-store"}, dumps=json.dumps)
