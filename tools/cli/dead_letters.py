"""`ashiato dead-letters`: what was set aside, and once the cause is mended, sending it again."""

from base64 import b64encode
from collections.abc import AsyncIterator, Collection
from datetime import UTC, datetime
from typing import Any, NamedTuple

from shared.event_log.dead_letters import DeadLetter, NotADeadLetter, read_dead_letter, sent_again
from shared.event_log.log import EventLog, Record
from shared.event_log.topics import DEAD_LETTERS
from tools.cli.errors import BadInput, NotThere
from tools.cli.moments import moment
from tools.cli.world import World

_AT_ONCE = 500


class Found(NamedTuple):
    letter: DeadLetter
    set_aside_at: datetime


async def list_dead_letters(world: World, *, as_json: bool) -> int:
    """Prints them, the oldest of each partition first; returns how many. as_json: one JSON object a line."""
    rows: list[tuple[object, ...]] = []
    total = 0
    async with world.log() as log:
        async for one in _all(log):
            total += 1
            if as_json:
                world.output.json(_described(one), indent=None)
            else:
                rows.append((one.letter.id, moment(one.set_aside_at), one.letter.code, one.letter.text))
    if rows:
        world.output.table(("ID", "SET ASIDE (UTC)", "CODE", "REASON"), rows)
    elif not as_json:
        world.output.line("No dead letters.")
    return total


async def retry_dead_letters(world: World, ids: Collection[str], *, every: bool) -> int:
    """Appends the original key, headers and bytes to the original topic once more; returns how many.

    What is still bad is set aside again, under a new id. Raises NotThere for an id that does not exist, before anything
    is sent, and BadInput for one that was too large to be kept whole.
    """
    async with world.log() as log:
        chosen = {one.letter.id: one.letter async for one in _all(log) if every or one.letter.id in ids}
        missing = sorted(set(ids) - chosen.keys())
        if missing:
            raise NotThere(f"there is no dead letter {', '.join(missing)}; `ashiato dead-letters list` shows all")
        try:
            messages = [sent_again(letter) for letter in chosen.values()]
        except ValueError as error:
            raise BadInput(str(error)) from None
        for first in range(0, len(messages), _AT_ONCE):
            await log.append(messages[first : first + _AT_ONCE])
    return len(messages)


async def count_dead_letters(log: EventLog) -> int:
    return sum((await log.end_offsets(DEAD_LETTERS.name)).values())


async def _all(log: EventLog) -> AsyncIterator[Found]:
    """Those of the moment. One that is there twice (set aside by two owners of a partition) comes once."""
    seen: set[str] = set()
    for partition, end in sorted((await log.end_offsets(DEAD_LETTERS.name)).items()):
        async for records in log.read(DEAD_LETTERS.name, partition, 0, end):
            for found in filter(None, map(_read, records)):
                if found.letter.id not in seen:
                    seen.add(found.letter.id)
                    yield found


def _read(record: Record) -> Found | None:
    try:
        return Found(read_dead_letter(record), datetime.fromtimestamp(record.timestamp_ms / 1000, UTC))
    except NotADeadLetter:
        return None


def _described(one: Found) -> dict[str, Any]:
    letter = one.letter
    return {
        "id": letter.id,
        "topic": letter.topic,
        "partition": letter.partition,
        "offset": letter.offset,
        "set_aside_at": one.set_aside_at.isoformat(),
        "code": letter.code,
        "text": letter.text,
        "clipped": letter.clipped,
        "key": _text(letter.key),
        **_value(letter.value),
    }


def _value(value: bytes) -> dict[str, str]:
    """Readable where it is text; exact in any case."""
    try:
        return {"value": value.decode()}
    except UnicodeDecodeError:
        return {"value_base64": b64encode(value).decode()}


def _text(key: bytes | None) -> str | None:
    return None if key is None else key.decode(errors="replace")
