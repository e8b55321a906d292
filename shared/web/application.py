"""A FastAPI application as all services have it."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from shared.telemetry.meter import Meter
from shared.telemetry.metrics import LOOKUPS_REFUSED
from shared.telemetry.traces import Telemetry, Traces
from shared.web.access import OPEN, Gate, check_every_route
from shared.web.answers import json_answer
from shared.web.bodies import BodyBounds, BoundedBodies
from shared.web.direct import ShortWay
from shared.web.hosts import LoopbackOnly
from shared.web.problems import Unavailable, answer_http_exception, answer_validation_error
from shared.web.requests import Requests

# None: ready. Else a sentence that says what is missing.
Readiness = Callable[[], Awaitable[str | None]]
Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]

_BOUNDS = BodyBounds()


def application(
    title: str,
    routes: APIRouter,
    *,
    ready: Readiness,
    lifespan: Lifespan | None = None,
    unavailable: Sequence[type[Exception]] = (),
    bounds: BodyBounds = _BOUNDS,
    telemetry: Telemetry | None = None,
    gate: Gate = OPEN,
) -> FastAPI:
    """The routes, /health/live, /health/ready and, if the gate lets see it, /openapi.json; every error as problem+json.

    unavailable: errors that mean "not now" (503); their text is for callers. telemetry: the service's; it
    stays `app.state.telemetry`, for who runs the process (shared.web.server).
    Raises UnguardedRoute when one of the routes does not say which scope it needs.

    Endpoints are coroutines that return a Response made of bytes (shared.web.answers): no response_model.
    """
    check_every_route(routes)
    handlers: dict[int | type[Exception], Any] = {**_HANDLERS, **dict.fromkeys(unavailable, _not_now)}
    app = FastAPI(
        title=title,
        openapi_url="/openapi.json" if gate.describes else None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # a redirect would repeat the path, and with it the customer id
        lifespan=lifespan,
        exception_handlers=handlers,
        # Its spans and log records would carry paths, and with them customer ids.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.gate = gate
    app.state.telemetry = telemetry or Telemetry(Meter(), Traces())
    for error in unavailable:
        app.state.telemetry.meter.begin(LOOKUPS_REFUSED, reason=error.__name__)
    app.router.routes.extend(together(routes, _health(ready)).routes)
    app.add_middleware(ShortWay, routes=app.router.routes, handlers=handlers)
    _surround(app, bounds)
    return app


def together(*routers: APIRouter) -> APIRouter:
    """Their routes in one flat list: routers within routers are each asked twice whether they have the path, 15 µs."""
    flat = APIRouter()
    flat.routes.extend(route for router in routers for route in router.routes)
    return flat


def _surround(app: FastAPI, bounds: BodyBounds) -> None:
    """The last one added is the outermost."""
    app.add_middleware(BoundedBodies, bounds=bounds)
    if app.state.gate.is_open:
        app.add_middleware(LoopbackOnly)
    app.add_middleware(Requests, telemetry=app.state.telemetry)


_HANDLERS: dict[int | type[Exception], Any] = {
    HTTPException: answer_http_exception,
    RequestValidationError: answer_validation_error,
}


async def _not_now(request: Request, error: Exception) -> Response:
    request.app.state.telemetry.meter.count(LOOKUPS_REFUSED, reason=type(error).__name__)
    return await answer_http_exception(request, Unavailable(str(error)))


def _health(ready: Readiness) -> APIRouter:
    routes = APIRouter(prefix="/health", tags=["health"])

    @routes.get("/live", summary="The process answers")
    async def live() -> Response:
        return json_answer({"live": True})

    @routes.get("/ready", summary="The process can do its work", responses={503: {"description": "Not now"}})
    async def is_ready() -> Response:
        missing = await ready()
        if missing is not None:
            raise Unavailable(missing)
        return json_answer({"ready": True})

    return routes
