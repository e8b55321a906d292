"""What can be asked of followup's projection: open promises as a work list, and counts for a report."""

from collections import Counter
from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple

from services.followup.domain.summary import (
    Counted,
    ListState,
    PromiseSummary,
    counted_as,
    is_listed_as,
)
from services.followup.store import PROMISES, ObligationsFold, listed_promise
from shared.customers.customers import At, Versioned
from shared.customers.reading import Complete, Part, Sweep, sweep
from shared.customers.reading import Position as SweepPosition
from shared.projection import GetValue, Projection, Read
from shared.work_list.reading import Listed, Position, Range, read_groups


class Asked(NamedTuple):
    """state None: all that are not closed. desks None: of all. before: only deadlines before it. historic: imported
    ones too."""

    state: ListState | None = None
    desks: Collection[str] | None = None
    before: datetime | None = None
    historic: bool = False


class Queries:
    def __init__(self, projection: Projection, partitions: int) -> None:
        self._projection = Complete(projection)
        self.partitions = partitions
        self._states = Versioned(ObligationsFold())

    async def promises(
        self, asked: Asked, *, after: Position | None, limit: int, now: datetime
    ) -> list[tuple[Listed, PromiseSummary]]:
        """By deadline, the earliest first. Raises Rebuilding while any partition is."""

        def fits(content: bytes) -> bool:
            summary = listed_promise(content)
            if summary.historic and not asked.historic:
                return False
            if asked.desks is not None and summary.owner.desk not in asked.desks:  # listed there by another version
                return False
            if asked.before is not None and summary.deadline >= asked.before:
                return False
            return asked.state is None or is_listed_as(summary, asked.state, now)

        page = await read_groups(
            self._projection,
            self.partitions,
            PROMISES,
            groups=asked.desks,
            within=_range(asked, after, now),
            limit=limit,
            fits=fits,
        )
        return [(one, listed_promise(one.content)) for one in page]

    async def sweep(self, start: SweepPosition, limit: int) -> Sweep:
        return await sweep(self._projection, self.partitions, start, limit)

    async def counts(self, part: Part, as_of: datetime) -> Counter[Counted]:
        reads: list[Read[Any]] = [GetValue(f"state:{customer_id}") for customer_id in part.customer_ids]
        at, stored = At(self._projection, part.partition), await self._projection.read(part.partition, reads)
        states = [await self._states.open(at, *one, past=()) for one in zip(part.customer_ids, stored, strict=True)]
        counted = (counted_as(promise, as_of) for state in states for promise in state.promises.values())
        return Counter(one for one in counted if one is not None)


def _range(asked: Asked, after: Position | None, now: datetime) -> Range:
    """Rows are sorted by deadline, so most states are a range; the rest `fits` decides."""
    moment = now.timestamp()
    low = moment if asked.state in ("due", "open") else float("-inf")
    high = moment if asked.state == "overdue" else float("inf")
    if asked.before is not None:
        high = min(high, asked.before.timestamp())
    return Range(low, high, after)
