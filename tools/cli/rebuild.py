"""`ashiato rebuild`: forget what a service keeps in Redis, so that its workers read it anew from the log."""

from shared.event_log.topics import CONTACT_EVENTS
from tools.cli.errors import BadInput
from tools.cli.progress import progress_bar
from tools.cli.world import World


async def rebuild(world: World, service: str, partitions: list[int] | None, *, progress: bool | None) -> int:
    """Returns how many partitions were wiped. A running worker finds itself Lost and begins at offset 0; look-ups
    answer 503 until it has caught up. Nothing is announced twice.

    Raises BadInput, LogUnavailable, ProjectionUnavailable.
    """
    async with world.log() as log:
        count = await log.partition_count(CONTACT_EVENTS.name)
    chosen = partitions or list(range(count))
    if max(chosen) >= count:
        raise BadInput(f"there is no partition {max(chosen)}: they are 0 to {count - 1}")
    with progress_bar(progress, world.output.err) as watch:
        watch.begin("forgetting", len(chosen))
        async with world.projection(service, count) as projection:
            for done, partition in enumerate(chosen, start=1):
                await projection.wipe(partition)
                watch.at(done)
    return len(chosen)
