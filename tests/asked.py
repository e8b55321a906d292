"""A store in memory that keeps what it was asked."""

from collections.abc import Sequence
from typing import Any

from shared.projection import Read
from shared.projection.memory import MemoryProjection


class Asked(MemoryProjection):
    def __init__(self) -> None:
        super().__init__()
        self.reads: list[Read[Any]] = []

    async def read(self, partition: int, reads: Sequence[Read[Any]]) -> list[Any]:
        self.reads += reads
        return await super().read(partition, reads)
