"""The look-up API: a customer's whole picture, and the work list of flags. `python -m services.journey.api`."""

import sys
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Final, Literal

from fastapi import APIRouter, FastAPI, Query, Request, Response

from services.journey import reports
from services.journey.answers import Before, look_up_answer, page_of_entries
from services.journey.looking import Looking
from services.journey.queries import Queries
from services.journey.settings import JourneyApiSettings
from shared.access import Caller, Scope
from shared.access.lookups import NotRecorded, Records
from shared.access.recording import Recording
from shared.customers.reading import Rebuilding
from shared.event_log.log import EventLog
from shared.events import JOURNEY
from shared.present import utc_now
from shared.projection import Projection, ProjectionUnavailable
from shared.projection.redis import RedisProjection
from shared.telemetry.meter import Meter
from shared.telemetry.traces import Telemetry, traces_of
from shared.web import Cursor, Limit, application, json_answer, needs, read_cursor, tagged, together, write_cursor
from shared.web.access import desks_shown, gate_of
from shared.web.direct import Direct
from shared.web.partitions import partition_routes
from shared.web.questions import question
from shared.web.server import run
from shared.web.stored import living_with, ready_by
from shared.work_list.reading import Position

# A read by itself takes half of that in Redis' client; sixteen together take little more than one.
PATIENCE_S: Final = 0.001


def build(
    settings: JourneyApiSettings,
    projection: Projection | None = None,
    now: Callable[[], datetime] = utc_now,
    event_log: EventLog | None = None,
) -> FastAPI:
    """projection: Redis when None. event_log, for the record of look-ups: Kafka when None. Raises SettingsError."""
    stored = projection or RedisProjection.of(settings, PATIENCE_S)
    queries = Queries(stored, settings.partitions)
    gate, recording = gate_of(settings, now), Recording(settings, JOURNEY, now, event_log)
    looking = Looking(queries, gate, recording.records, now, settings.desk_remembers)

    router = together(
        look_up_routes(queries, looking, now),
        flag_routes(queries, recording.records, now),
        reports.routes(queries, recording.records),
        partition_routes(stored, settings.partitions),
    )
    return application(
        "Ashiato journey",
        router,
        ready=ready_by(stored),
        lifespan=living_with(stored, recording),
        unavailable=(Rebuilding, ProjectionUnavailable, NotRecorded),
        gate=gate,
        telemetry=Telemetry(Meter(settings.service), traces_of(settings)),
    )


Reader = Annotated[Caller, needs(Scope.JOURNEY_READ)]


def look_up_routes(queries: Queries, looking: Looking, now: Callable[[], datetime]) -> APIRouter:
    pictures, timelines = APIRouter(prefix="/journeys", route_class=Direct), APIRouter(prefix="/journeys")

    @pictures.get("/{customer}", summary="The whole picture, debts first", description=_CUSTOMER)
    async def get_journey(request: Request, customer: str, caller: Reader) -> Response:
        seen = await looking.at(question(request, caller), customer)
        answer, beside = look_up_answer(seen, now())
        return tagged(request, answer, beside=beside)

    @timelines.get("/{customer}/events", summary="The timeline, newest first, page by page")
    async def get_events(
        request: Request, customer: str, caller: Reader, limit: Limit = 50, cursor: Cursor = None
    ) -> Response:
        before = None if cursor is None else read_cursor(cursor, "events", Before)
        seen = await looking.at(question(request, caller), customer, newest=0)
        return json_answer(await page_of_entries(queries, seen, before, limit))

    return together(pictures, timelines)


def flag_routes(queries: Queries, records: Records, now: Callable[[], datetime]) -> APIRouter:
    routes = APIRouter()

    @routes.get("/flags", summary="What somebody should act on, the most urgent first")
    async def get_flags(
        request: Request,
        caller: Annotated[Caller, needs(Scope.FLAGS_READ)],
        kind: Annotated[Literal["missed_promise", "ping_pong", "runaround"] | None, Query()] = None,
        desk: Annotated[str | None, Query(max_length=256)] = None,
        state: Literal["raised", "settled"] = "raised",
        lapsed: Annotated[bool, Query(description="Also issues that nobody touched for 7 days")] = False,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Response:
        page = await queries.flags(
            state=state,
            kind=kind,
            desks=desks_shown(caller, desk),
            lapsed=lapsed,
            after=None if cursor is None else read_cursor(cursor, f"flags.{state}", Position),
            limit=limit,
            now=now(),
        )
        await records.note(question(request, caller), sorted({item.customer_id for _, item in page}), "listed")
        after = write_cursor(f"flags.{state}", page[-1][0].position) if len(page) == limit else None
        return tagged(request, {"items": [item for _, item in page], "next": after})

    return routes


_CUSTOMER = "`customer`: a customer id, or a customer number in any writing (7K3M-9QX2-C, 7k3m9qx2c)."

if __name__ == "__main__":
    sys.exit(run(JourneyApiSettings, build))
