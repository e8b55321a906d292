"""Reports and digests over all customers, in pages that add up: GET /reports/handoffs, GET /digests."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response

from services.journey.domain.digest import content, digest
from services.journey.domain.journey import Journey
from services.journey.domain.report import report
from services.journey.queries import NoSuchCustomer, Queries, canonical
from shared.access import Caller, Scope
from shared.access.lookups import Records
from shared.customers.entry import Entry
from shared.customers.reading import Position, Sweep
from shared.event_log.wire import decode
from shared.events import PromiseMissed
from shared.present import utc_now
from shared.timeline.order import Identity, identity_of
from shared.web import Cursor, Limit, NotFound, json_answer, needs, read_cursor, write_cursor
from shared.web.moments import AsOf, as_utc
from shared.web.questions import question

Operator = Annotated[Caller, needs(Scope.OPERATIONS)]


def routes(queries: Queries, records: Records) -> APIRouter:
    router = digest_routes(queries, records)

    @router.get("/reports/handoffs", summary="Hand-offs and returns, counted over a page of customers")
    async def get_handoffs(_: Operator, limit: Limit = 500, cursor: Cursor = None) -> Response:
        swept = await queries.sweep(_start(cursor, "handoffs"), limit)
        journeys = [one for part in swept.parts for one, _ in await queries.journeys(part, with_entries=False)]
        counted = report(journeys)
        fields = {name: getattr(counted, name) for name in counted.__struct_fields__}
        return json_answer({**fields, **_page(swept, "handoffs")})

    return router


def digest_routes(queries: Queries, records: Records) -> APIRouter:
    router = APIRouter()

    @router.get("/digests", summary="What two runs are compared by, for a page of customers")
    async def get_digests(
        request: Request,
        caller: Operator,
        as_of: AsOf = None,
        content: bool = False,
        limit: Limit = 500,
        cursor: Cursor = None,
    ) -> Response:
        swept = await queries.sweep(_start(cursor, "digests"), limit)
        found = [one for part in swept.parts for one in await queries.journeys(part, with_entries=True)]
        named = [journey.customer_id for journey, _ in found]
        await records.note(question(request, caller), named, "listed")
        hashed = {journey.customer_id: _content(journey, entries, _moment(as_of)) for journey, entries in found}
        items = hashed if content else {customer_id: digest(one) for customer_id, one in hashed.items()}
        return json_answer({"items": items, **_page(swept, "digests")})

    @router.get("/journeys/{customer}/digest", summary="What two runs are compared by, of one customer")
    async def get_digest(request: Request, customer: str, caller: Operator, as_of: AsOf = None) -> Response:
        asked = question(request, caller)
        try:
            found = await queries.look_up(customer, newest=0)
        except NoSuchCustomer as error:
            await records.note(asked, [canonical(customer)], "unknown")
            raise NotFound(str(error)) from None
        await records.note(asked, [found.journey.customer_id], "shown")
        entries = await queries.entries(found.journey.customer_id, 0, -1)
        hashed = _content(found.journey, entries, _moment(as_of))
        return json_answer({"customer_id": found.journey.customer_id, "digest": digest(hashed), "content": hashed})

    return router


def _content(journey: Journey, entries: list[Entry], as_of: datetime) -> dict[str, Any]:
    return content(journey, _identities(entries), as_of)


def _identities(entries: list[Entry]) -> list[Identity]:
    events = (decode(entry.raw) for entry in entries)
    return [identity_of(event) for event in events if not isinstance(event, PromiseMissed)]


def _start(cursor: str | None, name: str) -> Position:
    return Position() if cursor is None else read_cursor(cursor, name, Position)


def _page(swept: Sweep, name: str) -> dict[str, Any]:
    after = None if swept.after is None else write_cursor(name, swept.after)
    return {"next": after, "progress": swept.progress}


def _moment(as_of: datetime | None) -> datetime:
    return utc_now() if as_of is None else as_utc(as_of)
