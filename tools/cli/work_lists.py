"""`ashiato flags` and `ashiato promises`: what somebody should act on; and flags as they are raised."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from itertools import count
from typing import Any

from shared.event_log.log import Record
from shared.event_log.topics import FLAGS
from shared.event_log.wire import Unreadable, decode
from shared.events import FlagRaised, FlagSettled, FlagWithdrawn
from tools.cli.journey import sayable
from tools.cli.moments import ago, moment
from tools.cli.plain_words import owner
from tools.cli.world import World

Json = dict[str, Any]
FlagEvent = FlagRaised | FlagSettled | FlagWithdrawn

_STYLES = {"flag.raised": "bold yellow", "flag.withdrawn": "dim", "flag.settled": "green"}


async def list_flags(world: World, filters: Json, *, as_json: bool, patience: float, limit: int | None) -> None:
    """The most urgent first. as_json: one JSON object a line. Raises Unavailable, Rejected."""
    async with world.api("journey", patience) as api:
        found = _items(api.pages("/flags", limit=min(limit or 500, 500), **filters), limit)
        if as_json:
            async for item in found:
                world.output.json(item, indent=None)
            return
        items = [item async for item in found]
    head = ("FLAG", "SEVERITY", "CUSTOMER", "ABOUT", "SINCE", "STATE", "DESKS")
    _table_or_nothing(world, head, [_flag_row(item, world.now()) for item in items], "No flags.")


async def list_promises(world: World, filters: Json, *, as_json: bool, patience: float, limit: int | None) -> None:
    """Those due first come first. as_json: one JSON object a line. Raises Unavailable, Rejected."""
    async with world.api("followup", patience) as api:
        found = _items(api.pages("/promises", limit=min(limit or 500, 500), **filters), limit)
        if as_json:
            async for item in found:
                world.output.json(item, indent=None)
            return
        items = [item async for item in found]
    head = ("DUE BY (UTC)", "", "PROMISE", "STATE", "CUSTOMER", "OWNER", "WORDING")
    _table_or_nothing(world, head, [_promise_row(item, world.now()) for item in items], "No promises.")


async def follow_flags(world: World, *, kind: str | None, from_start: bool, as_json: bool, limit: int | None) -> None:
    """A line for each flag event as it comes, for ever or until `limit` were shown. Raises LogUnavailable."""
    async with world.log() as log:
        start = None if from_start else await log.end_offsets(FLAGS.name)
        shown = count(1)
        async for flag, record in _flag_events(log.tail(FLAGS.name, start)):
            if kind is not None and flag.data.kind != kind:
                continue
            if as_json:
                world.output.raw(f"{(record.value or b'').decode()}\n")
            else:
                world.output.line(flag_line(flag, record), _STYLES[flag.type])
            world.output.flush()
            if next(shown) == limit:
                return


def flag_line(flag: FlagEvent, record: Record) -> str:
    """When it was said, what, how bad, about whom and what."""
    said = datetime.fromtimestamp(record.timestamp_ms / 1000, UTC).strftime("%H:%M:%SZ")
    about = f"issue {flag.data.issue_id}" if flag.data.issue_id else f"promise {flag.data.promise_id}"
    why = f"  ({flag.data.why})" if isinstance(flag, FlagSettled) else ""
    verb = flag.type.removeprefix("flag.")
    who = sayable(flag.customer_id)
    return f"{said}  {verb:<9}  {flag.data.kind:<14}  severity {flag.data.severity}  {who}  {about}{why}"


async def _flag_events(batches: AsyncIterator[list[Record]]) -> AsyncIterator[tuple[FlagEvent, Record]]:
    async for batch in batches:
        for record in batch:
            try:
                event = decode(record.value, record.headers)
            except Unreadable:
                continue
            if isinstance(event, FlagRaised | FlagSettled | FlagWithdrawn):
                yield event, record


async def _items(pages: AsyncIterator[Json], limit: int | None) -> AsyncIterator[Json]:
    shown = 0
    async for page in pages:
        for item in page["items"]:
            if shown == limit:
                return
            shown += 1
            yield item


def _table_or_nothing(world: World, head: tuple[str, ...], rows: list[tuple[object, ...]], nothing: str) -> None:
    if rows:
        world.output.table(head, rows)
    else:
        world.output.line(nothing)


def _flag_row(item: Json, now: datetime) -> tuple[object, ...]:
    first: Json = next(iter(item["flags"]), {})
    more = f" (+{len(item['flags']) - 1})" if len(item["flags"]) > 1 else ""
    about = " ".join(str(item[name]) for name in ("topic", "product") if item.get(name)) or item["subject"]
    return (
        f"{first.get('kind')}{more}",
        first.get("severity"),
        sayable(item["customer_id"]),
        about,
        ago(first.get("complete_at"), now),
        first.get("state"),
        ", ".join(item.get("desks", ())),
    )


def _promise_row(item: Json, now: datetime) -> tuple[object, ...]:
    return (
        moment(item.get("due_by")),
        ago(item.get("due_by"), now),
        item.get("kind"),
        item.get("state"),
        sayable(item["customer_id"]),
        owner(item.get("owner")),
        item.get("wording") or "",
    )
