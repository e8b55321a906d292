"""A person looks at a customer: whether they may, what they are shown; on the record before the answer."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, NamedTuple

import structlog

from services.journey.domain.sight import may_see
from services.journey.queries import NEWEST, Found, NoSuchCustomer, Queries, canonical
from shared.access.lookups import Question, Records, Result
from shared.web import Forbidden, Gate, NotFound

log = structlog.get_logger()

# The same words for a customer of another desk and for one that does not exist.
REFUSED: Final = (
    "You may see customers who have, or lately had, a matter at one of your desks. This one has none there, or does "
    "not exist. Somebody of the desk in charge can look, or a supervisor."
)


class Seen(NamedTuple):
    """desks: whose words are shown; None: everybody's."""

    found: Found
    desks: frozenset[str] | None


class Looking:
    def __init__(
        self, queries: Queries, gate: Gate, records: Records, now: Callable[[], datetime], lately: timedelta
    ) -> None:
        self._queries = queries
        self._gate = gate
        self._records = records
        self._now = now
        self._lately = lately

    async def at(self, question: Question, customer: str, *, newest: int = NEWEST) -> Seen:
        """customer: as asked. Raises Forbidden, NotFound, TooMany, NotRecorded, Rebuilding."""
        self._gate.count(question.caller, canonical(customer))
        try:
            found = await self._queries.look_up(customer, newest)
        except NoSuchCustomer as error:
            await self._note(question, canonical(customer), "unknown")
            raise (NotFound(str(error)) if _sees_all(question) else Forbidden(REFUSED)) from None
        journey, desks = found.journey, None if _sees_all(question) else question.caller.desks
        if desks is not None and not may_see(journey, desks, self._now(), self._lately):
            await self._note(question, journey.customer_id, "refused")
            raise Forbidden(REFUSED)
        await self._note(question, journey.customer_id, "shown")
        return Seen(found, desks)

    async def _note(self, question: Question, customer_id: str, result: Result) -> None:
        await self._records.note(question, [customer_id], result)
        if question.break_glass is not None:
            log.warning("access.break_glass", what=question.what, result=result, trace=question.trace_id)


def _sees_all(question: Question) -> bool:
    return question.caller.sees_all_desks or question.break_glass is not None
