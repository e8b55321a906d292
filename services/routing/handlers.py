"""What happens to events at the front door: decode, admit, append, and only then say so."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final, NamedTuple, TypeAlias

import msgspec

from services.routing.domain.admit import refusals
from shared.event_log.log import EventLog, Message
from shared.event_log.topics import CONTACT_EVENTS
from shared.event_log.wire import STRUCTURED_JSON, Problem, Unreadable, decode
from shared.events import UnknownEvent
from shared.present import utc_now
from shared.telemetry.traces import Traces

HEADERS: Final = (("content-type", STRUCTURED_JSON.encode()),)


class Accepted(NamedTuple):
    """On the log, acknowledged. unknown_type: kept on the timeline, but it changes no rule here."""

    id: str
    source: str
    subject: str
    unknown_type: bool


class Refused(NamedTuple):
    """Not on the log. id: where it could be read. code: an `Unreadable.code`, or "not_admitted"."""

    id: str | None
    code: str
    problems: list[Problem]


Outcome: TypeAlias = Accepted | Refused


class FrontDoor:
    """Takes events in structured mode, as bytes, and appends these bytes."""

    def __init__(
        self,
        log: EventLog,
        *,
        topic: str = CONTACT_EVENTS.name,
        now: Callable[[], datetime] = utc_now,
        traces: Traces | None = None,
    ) -> None:
        self._log = log
        self._topic = topic
        self._now = now
        self._traces = traces or Traces()

    async def take(self, values: Sequence[bytes], may_write: Callable[[str], bool] = lambda _: True) -> list[Outcome]:
        """One outcome for each, in order; what is accepted has been acknowledged by Kafka, in the same order.

        may_write: whether a source is the sender's own.
        Raises LogUnavailable: it is unknown which of the good ones were written. A repetition is harmless, because
        readers drop a second copy of the same source and id.
        """
        now = self._now()
        outcomes = [_judge(value, now, may_write) for value in values]
        accepted = [
            (outcome.subject.encode(), value)
            for value, outcome in zip(values, outcomes, strict=True)
            if isinstance(outcome, Accepted)
        ]
        with self._traces.sending(self._topic, len(accepted)) as context:
            await self._log.append([Message(self._topic, key, value, (*HEADERS, *context)) for key, value in accepted])
        return outcomes


def _judge(value: bytes, now: datetime, may_write: Callable[[str], bool]) -> Outcome:
    try:
        event = decode(value)
    except Unreadable as error:
        return Refused(_id(value), error.code, error.problems)
    if refused := refusals(event, now, may_write):
        return Refused(event.id, "not_admitted", [Problem(pointer=one.pointer, detail=one.detail) for one in refused])
    return Accepted(event.id, event.source, event.subject, isinstance(event, UnknownEvent))


class _HasId(msgspec.Struct):
    id: str


_read_id = msgspec.json.Decoder(_HasId).decode


def _id(value: bytes) -> str | None:
    """The id of an event that is otherwise unreadable, so that its sender finds it again."""
    try:
        return _read_id(value).id[:256]
    except (msgspec.DecodeError, RecursionError):
        return None
