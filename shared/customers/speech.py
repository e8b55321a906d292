"""What a handler says on the log about a chunk: once, however often the chunk must be tried until it is saved.

A store that takes no writes lets the engine try a chunk again and again, perhaps for hours; what was acknowledged at
the first try must not be appended at each. Only an append whose acknowledgement was lost is repeated.
"""

from collections.abc import Sequence

from shared.event_log.log import EventLog, Message


class Speech:
    """Of one partition, while it is held under one lease."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._said: dict[Message, int] = {}

    async def say(self, messages: Sequence[Message]) -> list[int]:
        """Returns, once all are acknowledged, where they lie (offsets). Raises LogUnavailable."""
        fresh = [message for message in messages if message not in self._said]
        if fresh:
            placed = await self._log.append(fresh)
            self._said |= {message: offset for message, (_, offset) in zip(fresh, placed, strict=True)}
        return [self._said[message] for message in messages]

    def saved(self) -> None:
        """What was said is covered by the position: it will not be tried again."""
        self._said.clear()
