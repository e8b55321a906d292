"""All partitions that this worker was given."""

import asyncio
import time
from collections.abc import Callable, Iterable
from functools import partial

from shared.projection import Projection
from shared.stream.handler import Handler
from shared.stream.partition import PartitionTask
from shared.stream.settings import EngineSettings
from shared.stream.source import Source
from shared.stream.status import EngineStatus


class Engine:
    """One task per partition, so that one partition's round trip to Redis overlaps another's decoding, and one that is
    stuck holds up nobody else."""

    def __init__(
        self,
        handler: Handler,
        projection: Projection,
        settings: EngineSettings,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._task = partial(PartitionTask, handler=handler, projection=projection, settings=settings, clock=clock)
        self._tasks: list[PartitionTask] = []

    def assign(self, sources: Iterable[Source]) -> None:
        """Begin with these. What was assigned before must have been released."""
        self._tasks = [self._task(source) for source in sources]
        for task in self._tasks:
            task.start()

    async def release(self, grace: float) -> None:
        """Stop all, with `grace` seconds for what is in flight. Positions stay known, to be committed."""
        await asyncio.gather(*(task.stop(grace) for task in self._tasks))

    @property
    def positions(self) -> dict[int, int]:
        """By partition: what is saved, for Kafka's committed offsets."""
        return {task.source.partition: task.position for task in self._tasks if task.position is not None}

    @property
    def ticks(self) -> dict[int, int]:
        """By partition: how often the handler was given a moment to look at its clock."""
        return {task.source.partition: task.ticks for task in self._tasks}

    @property
    def status(self) -> EngineStatus:
        return EngineStatus(tuple(sorted(task.status for task in self._tasks)))
