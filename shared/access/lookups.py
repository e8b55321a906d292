"""Whom somebody looked at, on the record before the answer: topic journey.lookups.v1, key = who asked.

Customers stand there by a pseudonym (HMAC-SHA256, keyed), so that the record is no second list of customers; "who
looked at me?" is answered by whoever has the key.

NotRecorded     the record is not known to be written, so there is no answer
"""

import asyncio
import hmac
import uuid
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final, Literal, NamedTuple, Protocol

import msgspec

from shared.access.caller import Caller
from shared.event_log.log import EventLog, LogUnavailable, Message, check_sizes
from shared.event_log.topics import LOOKUPS
from shared.event_log.wire import STRUCTURED_JSON
from shared.events import rfc3339
from shared.together import Together

# Somebody has a customer on the line: after this long they should rather hear 503 and ask again.
WITHIN_S: Final = 3.0
# A record has some 500 bytes: together they stay far below one batch of the client's.
MOST_AT_ONCE: Final = 200
# An append takes the broker about as long, and its client a tenth of that, however many records there are.
PATIENCE_S: Final = 0.003
TYPE: Final = "journey.looked_up"
_HEADERS: Final = (("content-type", STRUCTURED_JSON.encode()),)

# shown: with what the desk may see. refused: at another desk, or unknown to a caller who may not learn that.
Result = Literal["shown", "refused", "unknown", "listed"]


class NotRecorded(Exception):
    def __init__(self) -> None:
        super().__init__("Look-ups are recorded before they are answered, and the record cannot be written now.")


class Question(NamedTuple):
    """what: method and template of the path. purpose: a word of the caller's. break_glass: why the rules are passed by.

    trace_id: 32 hex digits of the caller's traceparent.
    """

    caller: Caller
    what: str
    purpose: str | None = None
    break_glass: str | None = None
    trace_id: str | None = None


class Records(Protocol):
    async def note(self, question: Question, customer_ids: Sequence[str], result: Result, /) -> None:
        """Returns when the record is on the log. Raises NotRecorded."""


class Unrecorded:
    """Where nobody is asked who they are there is nothing to record."""

    async def note(self, _question: Question, _customer_ids: Sequence[str], _result: Result) -> None:
        return


class LookUps(msgspec.Struct, frozen=True, omit_defaults=True):
    """The data of a record. customers: pseudonyms; several for a list."""

    who: str
    what: str
    customers: list[str]
    result: Result
    desks: list[str] = []
    purpose: str | None = None
    break_glass: str | None = None
    trace_id: str | None = None


class RecordsOnLog:
    """source: urn:ashiato:<service>."""

    def __init__(self, log: EventLog, source: str, pseudonym_key: str, now: Callable[[], datetime]) -> None:
        self._log = log
        self._source = source
        self._key = pseudonym_key.encode()
        self._now = now
        # While one append is under way, those who come meanwhile wait and go together: under load an append costs as
        # much as everything else of a look-up.
        self._together: Together[Message, None] = Together(self._append, MOST_AT_ONCE, ways=1, patience=PATIENCE_S)

    async def note(self, question: Question, customer_ids: Sequence[str], result: Result) -> None:
        caller = question.caller
        data = LookUps(
            who=caller.name,
            what=question.what,
            customers=[pseudonym(self._key, customer_id) for customer_id in customer_ids],
            result=result,
            desks=sorted(caller.desks),
            purpose=question.purpose,
            break_glass=question.break_glass,
            trace_id=question.trace_id,
        )
        record = Message(LOOKUPS.name, caller.name.encode(), self._written(data), _HEADERS)
        check_sizes([record])  # so that nobody's is refused for the sake of another's
        try:
            async with asyncio.timeout(WITHIN_S):
                await self._together.ask(record)
        except (LogUnavailable, TimeoutError):
            raise NotRecorded from None

    async def _append(self, records: Sequence[Message]) -> list[None]:
        return [None for _ in await self._log.append(records)]

    def _written(self, data: LookUps) -> bytes:
        event = {
            "specversion": "1.0",
            "id": str(uuid.uuid4()),
            "source": self._source,
            "type": TYPE,
            "subject": data.who,
            "time": rfc3339(self._now()),
            "datacontenttype": "application/json",
            "data": data,
        }
        return msgspec.json.encode(event)


def pseudonym(key: bytes, customer_id: str) -> str:
    """128 bits, hex: enough to tell 10^9 customers apart."""
    return hmac.digest(key, customer_id.encode("utf-8", "surrogatepass"), "sha256").hex()[:32]
