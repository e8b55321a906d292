"""The front door for facts: POST /events. `python -m services.routing.api`."""

import asyncio
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Annotated, Any, Final

import structlog
from fastapi import APIRouter, FastAPI, Request, Response

from services.routing.handlers import Accepted, FrontDoor, Outcome, Refused
from services.routing.http_binding import ACCEPTED, receive
from services.routing.settings import RoutingSettings
from shared.access import Caller, Scope
from shared.event_log.kafka import KafkaLog
from shared.event_log.log import EventLog, LogUnavailable
from shared.event_log.measured import MeasuredLog
from shared.event_log.security import kafka_security
from shared.present import utc_now
from shared.telemetry.meter import Meter
from shared.telemetry.metrics import EVENTS_REFUSED, EVENTS_TAKEN
from shared.telemetry.traces import Telemetry, traces_of
from shared.web import BodyBounds, Invalid, Problem, TooLarge, Unavailable, application, json_answer, needs
from shared.web.access import gate_of
from shared.web.server import run

log = structlog.get_logger()

_UNKNOWN: Final = (
    "Kafka has not acknowledged. Whether the events were written is unknown: send the same ids again, a second copy is "
    "harmless."
)
_READY_WITHIN_S: Final = 2.0


class InvalidEvent(Invalid):
    name = "invalid_event"
    title = "Not an event of this contract"


class NotAdmitted(Invalid):
    name = "not_admitted"
    title = "An event that may not enter here"


class NothingAccepted(Invalid):
    name = "nothing_accepted"
    title = "No event of the batch was accepted"


def build(
    settings: RoutingSettings, event_log: EventLog | None = None, now: Callable[[], datetime] = utc_now
) -> FastAPI:
    """event_log: Kafka when None."""
    kafka = event_log or KafkaLog(
        settings.kafka,
        timeout=settings.answer_within.total_seconds(),
        in_flight=settings.appends,
        security=kafka_security(settings),
    )
    seen = Telemetry(Meter(settings.service), traces_of(settings))
    events = MeasuredLog(kafka, seen.meter)
    door = FrontDoor(events, topic=settings.topic, now=now, traces=seen.traces)

    async def ready() -> str | None:
        try:
            async with asyncio.timeout(_READY_WITHIN_S):
                await events.partition_count(settings.topic)
        except (LogUnavailable, TimeoutError) as error:
            log.warning("api.not_ready", detail=str(error) or type(error).__name__)
            return "Kafka does not answer, or has no topic for events."
        return None

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        connecting = asyncio.create_task(_connect(events))
        yield
        connecting.cancel()
        await events.stop()

    bounds = BodyBounds(largest=settings.largest_body, held=settings.held_bytes)
    return application(
        "Ashiato routing",
        routes(door, settings, seen.meter),
        ready=ready,
        lifespan=lifespan,
        bounds=bounds,
        gate=gate_of(settings, now),
        telemetry=seen,
    )


def routes(door: FrontDoor, settings: RoutingSettings, meter: Meter) -> APIRouter:
    router = APIRouter()

    @router.post("/events", status_code=202, summary="Say what has happened", openapi_extra=_BODY, responses=_ANSWERS)
    async def post_events(request: Request, caller: Annotated[Caller, needs(Scope.EVENTS_WRITE)]) -> Response:
        received = receive(request.headers.raw, await request.body(), most=settings.largest_batch)
        try:
            outcomes = await door.take(received.values, caller.may_write)
        except LogUnavailable as error:
            log.warning("events.not_acknowledged", count=len(received.values), reason=str(error))
            raise Unavailable(_UNKNOWN) from None
        _measure(outcomes, meter)
        return _batch_answer(outcomes) if received.batch else _single_answer(outcomes[0])

    return router


def _measure(outcomes: Sequence[Outcome], meter: Meter) -> None:
    refused = Counter(outcome.code for outcome in outcomes if isinstance(outcome, Refused))
    meter.count(EVENTS_TAKEN, len(outcomes) - refused.total())
    for code, count in refused.items():
        meter.count(EVENTS_REFUSED, count, reason=code)


def _single_answer(outcome: Outcome) -> Response:
    if isinstance(outcome, Refused):
        raise _problem(outcome)
    return json_answer({"accepted": [_names(outcome)]}, 202)


def _batch_answer(outcomes: Sequence[Outcome]) -> Response:
    """202 all (also of none), 207 some, 422 none was accepted."""
    results = [{"index": index, **_result(outcome)} for index, outcome in enumerate(outcomes)]
    accepted = sum(isinstance(outcome, Accepted) for outcome in outcomes)
    if outcomes and not accepted:
        raise NothingAccepted("Every event was refused; see results.", more={"results": results})
    return json_answer({"results": results}, 202 if accepted == len(outcomes) else 207)


def _result(outcome: Outcome) -> dict[str, Any]:
    if isinstance(outcome, Accepted):
        return {"status": "accepted", **_names(outcome)}
    known = {} if outcome.id is None else {"id": outcome.id}
    return {"status": "refused", **known, "problem": _problem(outcome).content()}


def _names(outcome: Accepted) -> dict[str, Any]:
    unknown = {"unknown_type": True} if outcome.unknown_type else {}
    return {"id": outcome.id, "source": outcome.source, "subject": outcome.subject, **unknown}


def _problem(outcome: Refused) -> Problem:
    match outcome.code:
        case "too_large":
            return TooLarge(outcome.problems[0]["detail"])
        case "not_admitted":
            return NotAdmitted("The event may not enter as it is; see errors.", errors=outcome.problems)
        case _:
            return InvalidEvent("The event cannot be taken as it is; see errors.", errors=outcome.problems)


async def _connect(events: EventLog) -> None:
    """The first connection, before the first request needs it. Later ones make their own (shared.event_log)."""
    with suppress(LogUnavailable):
        await events.start()


_BODY: Final = {
    "requestBody": {
        "required": True,
        "description": "CloudEvents 1.0: structured, a batch, or the data alone with ce- headers (binary mode).",
        "content": {media_type: {"schema": {}} for media_type in ACCEPTED},
    }
}
_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    202: {"description": "Kafka has acknowledged every event."},
    207: {"description": "A batch of which some events were refused; results say which and why."},
    413: {"description": "The body, an event or the batch is too large."},
    415: {"description": "No CloudEvent, or in a format that is not read."},
    422: {"description": "Refused; errors point at the fields."},
    503: {"description": "Kafka has not acknowledged: send the same ids again after Retry-After seconds."},
}


if __name__ == "__main__":
    sys.exit(run(RoutingSettings, build))
