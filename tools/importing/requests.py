"""A list of requests as events: a row is a request with a target. Source of the rules: definitions.md, "Real data".

A row with a target says promise.made when the request was opened, and promise.kept when it was closed (never before it
was opened). Rows without a target promise nothing. The promises are historic: never announced, they raise no flag.
"""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from shared.events import Envelope, Owner, PromiseKept, PromiseMade, derive, time_part
from tools.importing.arranging import in_time_order
from tools.importing.aside import Aside
from tools.importing.cells import LONGEST_ID, LONGEST_TEXT, bounded, customer_of, said, time_reader
from tools.importing.errors import BadRow
from tools.importing.mapping import LaterTime, Mapping
from tools.importing.reading import read_rows
from tools.importing.watch import Counts, Watch


class Request(NamedTuple):
    """What a row says."""

    number: str
    customer: str
    desk: str
    opened: datetime
    due: datetime
    closed: datetime | None
    wording: str | None


def read_requests(
    path: Path, mapping: Mapping, *, aside: Aside, counts: Counts, watch: Watch, limit: int | None = None
) -> Iterator[bytes]:
    """The events (structured mode) of a list of requests in the order of time. `limit`: rows read.

    Raises BadMapping and BadFile, both before the first event. Memory is bounded: everything is on disk.
    """
    requests = read_rows(path, mapping, _Reader(mapping).read, aside, counts, watch, limit)
    return in_time_order(_all_events(mapping, requests, counts), counts, watch)


def _all_events(mapping: Mapping, requests: Iterator[Request | None], counts: Counts) -> Iterator[Envelope]:
    for request in requests:
        if request is not None:
            counts.issues += 1
            yield from events_of_request(mapping, request)


class _Reader:
    def __init__(self, mapping: Mapping) -> None:
        self._mapping = mapping
        time = mapping.time
        self._opened = time_reader(time.column, time.format, time.zone)
        self._later = {
            later.column: time_reader(later.column, later.format or time.format, later.zone or time.zone)
            for later in (mapping.due, mapping.closed)
            if later is not None
        }

    def read(self, row: dict[str, str]) -> Request | None:
        """None for a row without a target. Raises BadRow."""
        mapping = self._mapping
        due = self._time(row, mapping.due)
        if due is None:
            return None
        number = bounded(mapping.issue.prefix + row[mapping.issue.column], mapping.issue.column, LONGEST_ID)
        if not row[mapping.issue.column]:
            raise BadRow(f"{mapping.issue.column} is empty")
        caller = mapping.customer and bounded(row[mapping.customer.column], mapping.customer.column, LONGEST_TEXT)
        wording = mapping.promise.wording
        return Request(
            number=number,
            customer=customer_of(mapping, caller or "", number),
            desk=self._desk(row),
            opened=self._opened(row[mapping.time.column]),
            due=due,
            closed=self._time(row, mapping.closed),
            wording=wording and said(bounded(row[wording], wording, LONGEST_TEXT)),
        )

    def _time(self, row: dict[str, str], later: LaterTime | None) -> datetime | None:
        text = later and said(row[later.column], later.none)
        return self._later[later.column](text) if later and text else None

    def _desk(self, row: dict[str, str]) -> str:
        desk = self._mapping.desk
        named = desk and (said(row[desk.column], desk.none) or desk.otherwise)
        if desk is None or not named:
            raise BadRow("no desk stands in for the promise; the mapping may name one as desk.otherwise")
        return bounded(named, desk.column, LONGEST_ID)


def events_of_request(mapping: Mapping, request: Request) -> Iterator[Envelope]:
    """A row that says the same again says the same event: ids follow from what it says."""
    made = [mapping.source, request.number, "promise.made", time_part(request.opened), time_part(request.due)]
    yield PromiseMade(
        id=derive(["import", *made]),
        source=mapping.source,
        subject=request.customer,
        time=request.opened,
        data=PromiseMade.Data(
            promise_id=request.number,
            kind=mapping.promise.kind,
            due_by=request.due,
            owner=Owner(desk=request.desk),
            channel=mapping.promise.channel,
            wording=request.wording,
            explicit=True,
            historic=True,
        ),
    )
    if request.closed is not None:
        closed = max(request.opened, request.closed)
        kept = [mapping.source, request.number, "promise.kept", time_part(closed)]
        yield PromiseKept(
            id=derive(["import", *kept]),
            source=mapping.source,
            subject=request.customer,
            time=closed,
            data=PromiseKept.Data(promise_id=request.number),
        )
