"""What a worker says about itself: for health endpoints, and in each beat for readers."""

from enum import StrEnum
from typing import NamedTuple


class State(StrEnum):
    STARTING = "starting"  # taking the lease; nothing is known yet
    REBUILDING = "rebuilding"  # reading again what was in the log when the rebuild began
    RUNNING = "running"
    RETRYING = "retrying"  # Kafka or Redis is away
    PAUSED = "paused"  # a person must look; nothing is skipped
    GONE = "gone"  # the group gave the partition to someone else


class PartitionStatus(NamedTuple):
    """reason: the class of the error behind `retrying` and `paused`, else "". progressed_at: epoch seconds, of the last
    save that moved the position; None before the first. still_for: seconds since the loop last came round. as_of: epoch
    seconds, as readers were last told: the store holds what was on the log by then. rebuild_to: the log's end when a
    rebuild began. log_start: the first offset that the log held when the lease was taken."""

    partition: int
    state: State
    reason: str
    position: int | None
    end: int | None
    progressed_at: float | None
    still_for: float = 0.0
    as_of: float | None = None
    rebuild_to: int | None = None
    log_start: int | None = None

    @property
    def behind(self) -> int | None:
        """How many offsets are still to be read; None while either end is unknown."""
        return None if self.position is None or self.end is None else max(0, self.end - self.position)

    @property
    def rebuilt(self) -> float | None:
        """0 to 1, the part of a rebuild that is done; None before the lease is taken."""
        if self.position is None or self.log_start is None:
            return None
        whole = 0 if self.rebuild_to is None else self.rebuild_to - self.log_start
        return 1.0 if whole <= 0 else min(1.0, (self.position - self.log_start) / whole)


class EngineStatus(NamedTuple):
    partitions: tuple[PartitionStatus, ...]

    @property
    def ready(self) -> bool:
        """Every partition we were given is being read. A worker without partitions is ready: it waits for a share."""
        return all(one.state in {State.RUNNING, State.REBUILDING} for one in self.partitions)
