"""Taking a partition: claim it, and find out whether what is stored of it is complete.

A store that was emptied is rebuilt up to the log's end. One that was restored from an older copy, or failed over to a
replica that lagged, knows its position and looks complete; that it knew more shows in what the group has committed, and
in what its owner remembers to have saved. Until it has read as far again, it is being rebuilt as well: readers must not
hear that a customer does not exist who did a minute ago.
"""

from shared.projection import Claim, GetValue, Projection, SetValue
from shared.stream.lease import HORIZON, Lease
from shared.stream.source import Bounds, Source


async def take(projection: Projection, source: Source, saved: int) -> Lease:
    """`saved`: how far the caller has saved under an earlier lease. Raises as projection and source do."""
    partition = source.partition
    claim = await projection.claim(partition)
    bounds = await source.bounds()
    known, horizon = await _horizons(projection, source, claim, bounds, saved)
    begins = bounds.start if claim.next is None else claim.next
    if claim.next is None or horizon != known:
        writes = [] if horizon is None else [SetValue(HORIZON, str(horizon).encode())]
        await projection.save(partition, claim.token, claim.next, writes, begins)
    lease = Lease(projection, partition, claim.token, begins, horizon)
    lease.start, lease.end = bounds
    return lease


async def _horizons(
    projection: Projection, source: Source, claim: Claim, bounds: Bounds, saved: int
) -> tuple[int | None, int | None]:
    """Up to where a rebuild goes, by what is stored and by all that is known; None: what is stored is complete."""
    if claim.next is None:
        return None, bounds.end if bounds.end > bounds.start else None
    [stored] = await projection.read(source.partition, [GetValue(HORIZON)])
    known = int(stored) if stored else None
    reached = min(max(saved, await source.committed() or 0), bounds.end)
    return known, max(reached, known or 0) if reached > claim.next else known
