"""What the engine itself can find wrong.

EngineError
├── PositionOutsideLog     the log no longer holds the stored position, or ends before it: the partition pauses
├── WrongPartitionCount    the topic has not as many partitions as this worker was set up for: it does not start
├── HandlerSavedNothing    a handler returned without having moved the position: its partition pauses
└── NotSettled             a stream in memory did not come to rest (tests)

Trouble with Kafka or Redis is no error here (LogUnavailable, ProjectionUnavailable): the engine tries again for ever.
A refused save (Fenced, Moved, Lost) is answered by a new claim. Whatever else a handler raises pauses its partition.
"""


class EngineError(Exception):
    """Anything the engine refuses to go on with."""


class PositionOutsideLog(EngineError):
    def __init__(self, position: int, start: int, end: int) -> None:
        super().__init__(
            f"the stored position {position} lies outside the log ({start} to {end}): the topic was recreated or "
            "truncated. Restore the topic, or empty this service's store to rebuild from what the log still holds."
        )


class WrongPartitionCount(EngineError):
    def __init__(self, topic: str, expected: int | None, found: int) -> None:
        super().__init__(f"{topic} has {found} partitions, the setting says {expected}: set ASHIATO_PARTITIONS={found}")


class HandlerSavedNothing(EngineError):
    def __init__(self, position: int, expected: int) -> None:
        super().__init__(f"the handler left the position at {position}; it must save with next={expected}")


class NotSettled(EngineError):
    """A partition paused, or did not reach the end of the log in time."""
