"""How the engine paces itself. Times in seconds."""

from dataclasses import dataclass
from typing import Self

from shared.settings import WorkerSettings


@dataclass(frozen=True)
class EngineSettings:
    # One FCALL per chunk: beyond 500 events nothing is gained, and Redis blocks longer (about 2.4 ms at 500).
    chunk_size: int = 500
    # How often a handler is called with no records, so that a clock can speak.
    tick_every: float = 0.2
    # How often position, end offset and state are written for readers; a flushed Redis is noticed as fast.
    beat_every: float = 1.0
    # How old the known end offset may be before the broker is asked. A fetch answers within 0.1 s even when idle.
    end_known_for: float = 2.0
    # Kafka or Redis away: first and longest pause before the same chunk is tried again (halved at random).
    first_pause: float = 0.05
    longest_pause: float = 5.0
    # A position outside the log may be a broker that has just taken over and lags: look again.
    look_again_after: float = 5.0
    # Records in a batch: what is fetched is compressed, and unpacks to thirty times its size when it repeats itself.
    batch_size: int = 1000
    # Batches fetched but not yet begun, per partition. One is worked on while the next waits; more only costs memory.
    batches_waiting: int = 2
    # Records are known to wait on the broker and none come: fetch again. A batch that was lost shows with the next one;
    # this is for the last before a silence. (Control records at the log's end look the same.)
    overdue_after: float = 5.0
    # Bytes (compressed) of one fetch of one partition; a larger record still comes, alone.
    fetch_bytes: int = 512 * 1024
    # The group takes a silent member's partitions away after this; Faust's 60 s is a long time for a promise.
    session_timeout: float = 10.0
    heartbeat_every: float = 2.5
    commit_every: float = 1.0
    # A chunk in flight may end before its partition is given up: in a rebalance others wait for us meanwhile.
    rebalance_grace: float = 2.0
    stop_grace: float = 8.0

    @classmethod
    def of(cls, settings: WorkerSettings) -> Self:
        """Four beats of the heart in a session: three may be lost."""
        session = settings.session_timeout.total_seconds()
        return cls(session_timeout=session, heartbeat_every=session / 4)
