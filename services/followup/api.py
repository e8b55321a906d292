"""What was promised and is due: work lists for supervisors. `python -m services.followup.api`."""

import sys
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, FastAPI, Query, Request, Response

from services.followup.domain.summary import COUNTED, ListState, PromiseSummary, outcome_of, state_of
from services.followup.queries import Asked, Queries
from services.followup.settings import FollowupApiSettings
from shared.access import Caller, Scope
from shared.access.lookups import NotRecorded, Records
from shared.access.recording import Recording
from shared.customers.reading import Position as SweepPosition
from shared.customers.reading import Rebuilding
from shared.event_log.log import EventLog
from shared.events import FOLLOWUP
from shared.present import utc_now
from shared.projection import Projection, ProjectionUnavailable
from shared.projection.redis import RedisProjection
from shared.telemetry.meter import Meter
from shared.telemetry.traces import Telemetry, traces_of
from shared.web import Cursor, Limit, application, json_answer, needs, read_cursor, tagged, together, write_cursor
from shared.web.access import desks_shown, gate_of
from shared.web.moments import AsOf, as_utc
from shared.web.partitions import partition_routes
from shared.web.questions import question
from shared.web.server import run
from shared.web.stored import living_with, ready_by
from shared.work_list.reading import Position


def build(
    settings: FollowupApiSettings,
    projection: Projection | None = None,
    now: Callable[[], datetime] = utc_now,
    event_log: EventLog | None = None,
) -> FastAPI:
    """projection: Redis when None. event_log, for the record of look-ups: Kafka when None. Raises SettingsError."""
    stored = projection or RedisProjection.of(settings)
    queries = Queries(stored, settings.partitions)
    gate, recording = gate_of(settings, now), Recording(settings, FOLLOWUP, now, event_log)

    router = together(
        promise_routes(queries, recording.records, now),
        report_routes(queries, now),
        partition_routes(stored, settings.partitions),
    )
    return application(
        "Ashiato followup",
        router,
        ready=ready_by(stored),
        lifespan=living_with(stored, recording),
        unavailable=(Rebuilding, ProjectionUnavailable, NotRecorded),
        gate=gate,
        telemetry=Telemetry(Meter(settings.service), traces_of(settings)),
    )


def promise_routes(queries: Queries, records: Records, now: Callable[[], datetime]) -> APIRouter:
    routes = APIRouter()

    @routes.get("/promises", summary="Promises that somebody still has to keep, the earliest deadline first")
    async def get_promises(
        request: Request,
        caller: Annotated[Caller, needs(Scope.PROMISES_READ)],
        state: ListState | None = None,
        desk: Annotated[str | None, Query(max_length=256)] = None,
        before: Annotated[datetime | None, Query(description="Only deadlines before this. UTC.")] = None,
        historic: Annotated[bool, Query(description="Imported history as well")] = False,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Response:
        moment = now()
        asked = Asked(state, desks_shown(caller, desk), None if before is None else as_utc(before), historic)
        after = None if cursor is None else read_cursor(cursor, "promises", Position)
        page = await queries.promises(asked, after=after, limit=limit, now=moment)
        await records.note(question(request, caller), sorted({one.customer_id for _, one in page}), "listed")
        follows = write_cursor("promises", page[-1][0].position) if len(page) == limit else None
        return tagged(request, {"items": [_described(one, moment) for _, one in page], "next": follows})

    return routes


def report_routes(queries: Queries, now: Callable[[], datetime]) -> APIRouter:
    routes = APIRouter()

    @routes.get(
        "/reports/promises",
        summary="Promises counted over a page of customers",
        dependencies=[needs(Scope.OPERATIONS)],
    )
    async def get_report(as_of: AsOf = None, limit: Limit = 500, cursor: Cursor = None) -> Response:
        start = SweepPosition() if cursor is None else read_cursor(cursor, "report", SweepPosition)
        swept = await queries.sweep(start, limit)
        total: Counter[str] = Counter()
        for part in swept.parts:
            total.update(await queries.counts(part, as_utc(as_of) if as_of else now()))
        follows = None if swept.after is None else write_cursor("report", swept.after)
        counts: dict[str, object] = {word: total[word] for word in COUNTED}
        return json_answer({**counts, "next": follows, "progress": swept.progress})

    return routes


def _described(summary: PromiseSummary, now: datetime) -> dict[str, object]:
    """What depends on the present moment is computed from what is stored."""
    fields: dict[str, object] = {name: getattr(summary, name) for name in summary.__struct_fields__}
    del fields["outcome_at"]
    return {**fields, "state": state_of(summary, now), "outcome": outcome_of(summary, now)}


if __name__ == "__main__":
    sys.exit(run(FollowupApiSettings, build))
