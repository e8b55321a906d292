"""An incident log as events: a row is an update of an issue. Source of the rules: definitions.md, "Real data".

Per issue, in the mapping's order: the time of a row is its own, but at least a microsecond after the row before, since
exports repeat times and sometimes run backwards. A row with a desk says issue.assigned; then a change into a resolved
state says issue.resolved, a change into a reopened one issue.reopened. A first row already there is a change; if it
names a topic or product, it says issue.opened before all else, because that is where an issue takes them from.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import msgpack

from shared.events import IssueAssigned, IssueOpened, IssueReopened, IssueResolved, derive
from shared.events.words import EARLIEST
from tools.importing.arranging import in_time_order
from tools.importing.aside import Aside
from tools.importing.cells import (
    LONGEST_ID,
    LONGEST_TEXT,
    at_microsecond,
    bounded,
    customer_of,
    microseconds,
    order_of,
    said,
    time_reader,
)
from tools.importing.errors import BadRow
from tools.importing.in_order import Keyed, sort_on_disk
from tools.importing.mapping import Mapping
from tools.importing.reading import read_rows
from tools.importing.watch import Counts, Watch

_TICK = timedelta(microseconds=1)
_TELL_EVERY = 1_000  # rows


Said: TypeAlias = IssueOpened | IssueAssigned | IssueResolved | IssueReopened


class Update(NamedTuple):
    """What a row says. `time` in microseconds since 1970. `keys`: what orders the rows of an issue."""

    issue: str
    customer: str
    desk: str | None
    time: int
    state: str
    topic: str | None
    product: str | None
    keys: tuple[int | float | str, ...]


def read_incidents(
    path: Path, mapping: Mapping, *, aside: Aside, counts: Counts, watch: Watch, limit: int | None = None
) -> Iterator[bytes]:
    """The events (structured mode) of an incident log in the order of time. `limit`: rows read.

    Raises BadMapping and BadFile, both before the first event. Bound: the rows of one issue are not held, only their
    identities; everything else is on disk.
    """
    updates = read_rows(path, mapping, _Reader(mapping).read, aside, counts, watch, limit)
    width = 1 + max(1, len(mapping.order))
    by_issue = sort_on_disk((Keyed((one.issue, *one.keys), msgpack.packb(one)) for one in updates), keys=width)
    return in_time_order(_all_events(mapping, by_issue, counts, watch), counts, watch)


class _Reader:
    def __init__(self, mapping: Mapping) -> None:
        self._mapping = mapping
        self._time = time_reader(mapping.time.column, mapping.time.format, mapping.time.zone)

    def read(self, row: dict[str, str]) -> Update:
        """Raises BadRow."""
        mapping = self._mapping
        issue = bounded(mapping.issue.prefix + row[mapping.issue.column], mapping.issue.column, LONGEST_ID)
        if not row[mapping.issue.column]:
            raise BadRow(f"{mapping.issue.column} is empty")
        time = microseconds(self._time(row[mapping.time.column]))
        caller = mapping.customer and bounded(row[mapping.customer.column], mapping.customer.column, LONGEST_TEXT)
        return Update(
            issue=issue,
            customer=customer_of(mapping, caller or "", issue),
            desk=self._desk(row),
            time=time,
            state=bounded(row[mapping.state.column], mapping.state.column, LONGEST_TEXT) if mapping.state else "",
            topic=self._text(row, mapping.topic),
            product=self._text(row, mapping.product),
            keys=tuple(self._key(row, column, time) for column in mapping.order) or (time,),
        )

    def _desk(self, row: dict[str, str]) -> str | None:
        desk = self._mapping.desk
        if desk is None:
            return None
        named = said(row[desk.column], desk.none) or desk.otherwise
        return named and bounded(named, desk.column, LONGEST_ID)

    def _text(self, row: dict[str, str], column: str | None) -> str | None:
        return None if column is None else said(bounded(row[column], column, LONGEST_TEXT))

    def _key(self, row: dict[str, str], column: str, time: int) -> int | float | str:
        return time if column == self._mapping.time.column else order_of(bounded(row[column], column, LONGEST_TEXT))


def _all_events(mapping: Mapping, by_issue: Iterable[Keyed], counts: Counts, watch: Watch) -> Iterator[Said]:
    for _, rows in groupby(_updates(by_issue, counts, watch), key=lambda update: update.issue):
        counts.issues += 1
        yield from events_of_issue(mapping, rows)


def _updates(by_issue: Iterable[Keyed], counts: Counts, watch: Watch) -> Iterator[Update]:
    for number, item in enumerate(by_issue):
        if number == 0:
            watch.begin("arranging", counts.rows)
        if number % _TELL_EVERY == 0:
            watch.at(number)
        yield Update(*msgpack.unpackb(item.content))


def events_of_issue(mapping: Mapping, rows: Iterable[Update]) -> Iterator[Said]:
    """`rows` of one issue, in order. They belong to the customer that the first of them names."""
    customer, state, time = None, None, EARLIEST - _TICK
    seen: Counter[str] = Counter()
    for row in rows:
        customer = customer or row.customer
        time = max(at_microsecond(row.time), time + _TICK)
        for kind, value in _said_by(mapping, row, before=state):
            event_id = _identity(mapping.source, row, kind, value, seen)
            yield kind(id=event_id, source=mapping.source, subject=customer, time=time, data=_data(kind, row))
        state = row.state


def _said_by(mapping: Mapping, row: Update, *, before: str | None) -> Iterator[tuple[type[Said], str]]:
    """The types of event that a row says, in their order, each with the value that says it. `before`: the state of the
    row before, None for the first."""
    if before is None and (row.topic or row.product):
        yield IssueOpened, f"{row.topic}/{row.product}"
    if row.desk is not None:
        yield IssueAssigned, row.desk
    if mapping.state is not None and row.state != before:
        if row.state in mapping.state.resolved:
            yield IssueResolved, row.state
        elif row.state in mapping.state.reopened:
            yield IssueReopened, row.state


def _data(kind: type[Said], row: Update) -> Any:
    if kind is IssueOpened:
        return IssueOpened.Data(issue_id=row.issue, topic=row.topic, product=row.product)
    if kind is IssueAssigned:
        return IssueAssigned.Data(issue_id=row.issue, desk=row.desk)
    if kind is IssueResolved:
        return IssueResolved.Data(issue_id=row.issue, resolution=row.state, confirmed_by="agent")
    return IssueReopened.Data(issue_id=row.issue, cause=row.state)


def _identity(source: str, row: Update, kind: type[Said], value: str, seen: Counter[str]) -> str:
    """The id follows from what the row says, not from its number: a longer export of the same system, a file under
    another name or a mended row then give the same events. Equal rows of an issue are told apart by counting them."""
    parts = ["import", source, row.issue, kind.__name__, str(row.time), value, *map(str, row.keys)]
    key = "\0".join(parts)
    seen[key] += 1
    return derive([*parts, str(seen[key])])
